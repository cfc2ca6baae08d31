/**
 * The rules of moving a partition between log dirs (KIP-113): what an AlterReplicaLogDirs request makes of a partition,
 * and what is to be done next on a future log. A future log follows the current one as a follower follows its leader,
 * so where they part is found in the same way: by leader epochs.
 */
import type { ErrorName } from '../../protocol/index.ts';
import { planOutOfRange, truncationPoint, type EpochEndOffset } from '../decide-truncation.ts';

export interface AlterLogDirInput {
  /** Where the partition shall go. */
  readonly destination: string;
  readonly destinationState: 'online' | 'offline' | 'unknown';
  readonly isFutureNameTooLong: boolean;
  /** What this broker has of it; undefined: nothing. */
  readonly partition:
    | {
        readonly isOffline: boolean;
        readonly currentDir: string | undefined;
        readonly futureDir: string | undefined;
      }
    | undefined;
  readonly isInMetadata: boolean;
}

export interface AlterLogDirPlan {
  readonly error: ErrorName;
  /** A move to another dir is under way: it is called off. */
  readonly removesFuture: boolean;
  /** The dir is remembered for the day the partition's log is created. */
  readonly prefersDir: boolean;
  readonly createsFuture: boolean;
}

const REFUSED = { removesFuture: false, prefersDir: false, createsFuture: false };

export function decideAlterLogDir(input: AlterLogDirInput): AlterLogDirPlan {
  const { destination, destinationState, partition } = input;
  if (input.isFutureNameTooLong) return { error: 'INVALID_TOPIC_EXCEPTION', ...REFUSED };
  if (destinationState === 'unknown') return { error: 'LOG_DIR_NOT_FOUND', ...REFUSED };
  if (destinationState === 'offline' || partition?.isOffline === true)
    return { error: 'KAFKA_STORAGE_ERROR', ...REFUSED };
  const futureDir = partition?.futureDir;
  const removesFuture = futureDir !== undefined && futureDir !== destination;
  if (partition?.currentDir === undefined) {
    const isUnknown = partition === undefined && !input.isInMetadata;
    const error = isUnknown ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'REPLICA_NOT_AVAILABLE';
    return { error, removesFuture, prefersDir: true, createsFuture: false };
  }
  const createsFuture = partition.currentDir !== destination && futureDir !== destination;
  return { error: 'NONE', removesFuture, prefersDir: true, createsFuture };
}

export interface CopyInput {
  readonly source: {
    readonly logStartOffset: number;
    /** Written. */
    readonly logEndOffset: number;
    endOffsetForEpoch(epoch: number): EpochEndOffset;
  };
  readonly future: {
    readonly latestEpoch: number;
    readonly logEndOffset: number;
    readonly highWatermark: number;
    endOffsetForEpoch(epoch: number): EpochEndOffset;
  };
  /** What a log without epochs is cut to: beyond, nothing tells whether it agrees. */
  readonly cutWithoutEpochs: number;
}

export type CopyStep =
  | { readonly kind: 'cut'; readonly toOffset: number }
  | { readonly kind: 'start-anew'; readonly atOffset: number }
  | { readonly kind: 'copy'; readonly fromOffset: number }
  | { readonly kind: 'caught-up' };

export function decideCopyStep({ source, future, cutWithoutEpochs }: CopyInput): CopyStep {
  const { logEndOffset } = future;
  const agreed = agreedEnd(source, future, cutWithoutEpochs);
  if (agreed < logEndOffset) return { kind: 'cut', toOffset: agreed };
  if (logEndOffset < source.logStartOffset || logEndOffset > source.logEndOffset) {
    const plan = planOutOfRange({
      leaderLogEndOffset: source.logEndOffset,
      leaderLogStartOffset: source.logStartOffset,
      logEndOffset,
    });
    if (plan.kind === 'truncate') return { kind: 'cut', toOffset: plan.toOffset };
    return { kind: 'start-anew', atOffset: plan.atOffset };
  }
  return logEndOffset < source.logEndOffset
    ? { kind: 'copy', fromOffset: logEndOffset }
    : { kind: 'caught-up' };
}

function agreedEnd(
  source: CopyInput['source'],
  future: CopyInput['future'],
  cutWithoutEpochs: number,
): number {
  const { latestEpoch, logEndOffset, highWatermark } = future;
  if (latestEpoch === -1) return Math.min(cutWithoutEpochs, logEndOffset);
  const leader = source.endOffsetForEpoch(latestEpoch);
  const own = leader.leaderEpoch === -1 ? undefined : future.endOffsetForEpoch(leader.leaderEpoch);
  return truncationPoint({
    leader,
    own: own === undefined || own.endOffset === -1 ? undefined : own,
    logEndOffset,
    highWatermark,
  });
}
