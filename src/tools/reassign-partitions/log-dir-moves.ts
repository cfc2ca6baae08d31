/** Moves of replicas between the log dirs of their brokers, as the files of kafka-reassign-partitions ask for them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  alterReplicaLogDirs,
  describeLogDirs,
  type ClusterClient,
  type LogDirOfBroker,
  type ReplicaMove,
} from '../client/index.ts';
import { replicasInOrder } from './plan.ts';

const RETRY_MS = 100;

/** Where a replica lies, and where a move takes it; undefined where there is none. */
export interface ReplicaPlace {
  readonly move: ReplicaMove;
  readonly current: string | undefined;
  readonly future: string | undefined;
}

export async function placesOf(
  client: ClusterClient,
  moves: readonly ReplicaMove[],
): Promise<ReplicaPlace[]> {
  const dirsOf = new Map<number, readonly LogDirOfBroker[]>();
  for (const id of new Set(moves.map(({ brokerId }) => brokerId)))
    dirsOf.set(id, await describeLogDirs(client, id));
  return moves.map((move) => {
    const dirs = dirsOf.get(move.brokerId) ?? [];
    return { move, current: dirWith(dirs, move, false), future: dirWith(dirs, move, true) };
  });
}

function dirWith(
  dirs: readonly LogDirOfBroker[],
  { topic, partition }: ReplicaMove,
  isFuture: boolean,
): string | undefined {
  return dirs.find(({ replicas }) =>
    replicas.some((row) => row.topic === topic && row.partition === partition && row.isFuture === isFuture),
  )?.path;
}

export function isMoving({ current, future }: ReplicaPlace): boolean {
  return current !== undefined && future !== undefined;
}

export function placeText({ move, current, future }: ReplicaPlace): string {
  const { topic, partition, brokerId, logDir } = move;
  const name = `${topic}-${partition}`;
  if (current === undefined)
    return (
      `Partition ${name} is not found in any live log dir on broker ${brokerId}. There is likely an offline log ` +
      'directory on the broker.'
    );
  if (future === undefined)
    return current === logDir
      ? `Reassignment of replica ${name}-${brokerId} completed successfully.`
      : `Partition ${name} on broker ${brokerId} is not being moved from log dir ${current} to ${logDir}.`;
  return future === logDir
    ? `Reassignment of replica ${name}-${brokerId} is still in progress.`
    : `Partition ${name} on broker ${brokerId} is being moved to log dir ${future} instead of ${logDir}.`;
}

/**
 * Begins the moves. A replica that its broker does not have yet is asked for again until `timeoutMs` is over: the
 * broker may be just about to get it. Returns those that could not begin in time.
 */
export async function startMoves(
  client: ClusterClient,
  moves: readonly ReplicaMove[],
  timeoutMs: number,
  out: (line: string) => void,
): Promise<readonly ReplicaMove[]> {
  const deadlineMs = performance.now() + timeoutMs;
  let pending = moves;
  for (;;) {
    const { started, unavailable } = await startOnce(client, pending);
    for (const { topic, partition, brokerId, logDir } of replicasInOrder(started))
      out(
        `Successfully started moving log directory to ${logDir} for replica ${topic}-${partition} with broker ` +
          `${brokerId} `,
      );
    pending = unavailable;
    if (pending.length === 0 || performance.now() >= deadlineMs) return replicasInOrder(pending);
    await sleep(RETRY_MS);
  }
}

async function startOnce(
  client: ClusterClient,
  moves: readonly ReplicaMove[],
): Promise<{ readonly started: ReplicaMove[]; readonly unavailable: ReplicaMove[] }> {
  const started: ReplicaMove[] = [];
  const unavailable: ReplicaMove[] = [];
  for (const brokerId of new Set(moves.map((move) => move.brokerId))) {
    const here = moves.filter((move) => move.brokerId === brokerId);
    const outcomes = await alterReplicaLogDirs(client, brokerId, here);
    for (const [index, move] of here.entries()) {
      const error = outcomes[index];
      if (error === undefined) started.push(move);
      else if (error.error === 'REPLICA_NOT_AVAILABLE') unavailable.push(move);
      else
        throw new Error(`Failed to alter dir for ${move.topic}-${move.partition}-${brokerId}`, {
          cause: error,
        });
    }
  }
  return { started, unavailable };
}
