/**
 * Produce over many partitions: every entry is checked and given its offsets at once, in order; then one wait for the
 * disk and, with acks=-1, one wait in the purgatory for the in-sync replicas.
 *
 * An outcome per entry, whatever happens. Errors that a producer may fix come from the log (contract 8.1); which of
 * them carry the log start offset and a text of their own is Kafka's choice and copied here.
 */
import { isInternalTopic } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import { RecordValidationError, type LogAppendInfo } from '../storage/index.ts';
import type { AppendEntry, AppendRequest, CurrentLeader, PartitionAppendResult } from './append-types.ts';
import type { BrokerTopicMetrics } from './broker-topic-metrics.ts';
import { errorNameOfThrown } from './error-name.ts';
import type { Partition } from './partition.ts';

/** What appending needs of the ReplicaManager. */
export interface AppendHost {
  readonly topicMetrics: BrokerTopicMetrics;
  getPartition(topic: string, partition: number): Partition | undefined;
  /** Why there is no such partition here. */
  missingPartitionError(topic: string, partition: number): ErrorName;
  currentLeader(topic: string, partition: number): CurrentLeader | undefined;
  /** Something broke that is nobody's fault but ours or the disk's. */
  onAppendFailed(entry: AppendEntry, thrown: unknown): void;
}

export interface AppendedEntries {
  readonly results: PartitionAppendResult[];
  /** The high watermark each entry needs to be committed; -1 where there is nothing to wait for. */
  readonly requiredOffsets: number[];
}

export function isValidRequiredAcks(requiredAcks: number): boolean {
  return requiredAcks === -1 || requiredAcks === 0 || requiredAcks === 1;
}

/** Resolves when everything that can be written is written. One promise, however many entries. */
export function appendToLeaders(request: AppendRequest, host: AppendHost): Promise<AppendedEntries> {
  const { entries } = request;
  const results = new Array<PartitionAppendResult>(entries.length);
  const requiredOffsets = new Array<number>(entries.length).fill(-1);
  return new Promise((resolve) => {
    // One more than entries: nobody is told before all have begun.
    let unsettled = entries.length + 1;
    const settle = (): void => {
      unsettled -= 1;
      if (unsettled === 0) resolve({ results, requiredOffsets });
    };
    // One may have to wait until its partition has changed its log.
    let notBegun = entries.length;
    const onBegun = (): void => {
      notBegun -= 1;
      if (notBegun === 0) request.onBegun?.();
    };
    for (const [index, entry] of entries.entries()) {
      const end: End = (outcome) => {
        if ('error' in outcome) results[index] = outcome;
        else {
          results[index] = appended(entry, outcome, host);
          requiredOffsets[index] = outcome.lastOffset + 1;
        }
        settle();
      };
      begin(entry, request, host, { onBegun, end });
    }
    settle();
  });
}

type End = (outcome: LogAppendInfo | PartitionAppendResult) => void;

/** A partition that is changing its log dir at this moment takes the entry as soon as it has. */
function begin(
  entry: AppendEntry,
  request: AppendRequest,
  host: AppendHost,
  { onBegun, end }: { readonly onBegun: () => void; readonly end: End },
): void {
  const handover = host.getPartition(entry.topic, entry.partition)?.handover;
  if (handover?.isUnderWay === true) {
    handover.afterwards(() => begin(entry, request, host, { onBegun, end }));
    return;
  }
  const refused = startAppend(entry, request, host, end);
  if (refused !== undefined) end(refused);
  onBegun();
}

/** Begins to append; the outcome is told to `end` once, unless it is returned: then nothing was begun. */
function startAppend(
  entry: AppendEntry,
  request: AppendRequest,
  host: AppendHost,
  end: End,
): PartitionAppendResult | undefined {
  const { topic, partition: number } = entry;
  host.topicMetrics.mark('totalProduceRequests', topic);
  if (!request.internalTopicsAllowed && isInternalTopic(topic)) {
    return appendFailure(entry, 'INVALID_TOPIC_EXCEPTION');
  }
  const partition = host.getPartition(topic, number);
  if (partition === undefined) return refused(entry, host.missingPartitionError(topic, number), host);
  try {
    const done = (failure: Error | undefined): void =>
      end(failure === undefined ? info : failed(entry, failure, host));
    const info = partition.startAppendAsLeader(entry, request.origin, request.requiredAcks, done);
    return undefined;
  } catch (thrown) {
    return failed(entry, thrown, host);
  }
}

function appended(entry: AppendEntry, info: LogAppendInfo, host: AppendHost): PartitionAppendResult {
  if (!info.duplicate) {
    host.topicMetrics.mark('bytesIn', entry.topic, info.sizeInBytes);
    host.topicMetrics.mark('messagesIn', entry.topic, info.numMessages);
  }
  return {
    topic: entry.topic,
    partition: entry.partition,
    error: 'NONE',
    baseOffset: info.firstOffset,
    logAppendTimeMs: info.logAppendTime,
    logStartOffset: info.logStartOffset,
    recordCount: info.numMessages,
  };
}

/** These say nothing about the log, so they come without its start. */
const WITHOUT_LOG_START: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
]);

function failed(entry: AppendEntry, thrown: unknown, host: AppendHost): PartitionAppendResult {
  const error = errorNameOfThrown(thrown);
  if (error === 'UNKNOWN_SERVER_ERROR' || error === 'KAFKA_STORAGE_ERROR') host.onAppendFailed(entry, thrown);
  const result = refused(entry, error, host);
  if (!(thrown instanceof RecordValidationError)) return result;
  return { ...result, errorMessage: thrown.message, recordErrors: thrown.recordErrors };
}

function refused(entry: AppendEntry, error: ErrorName, host: AppendHost): PartitionAppendResult {
  const { topic, partition, records } = entry;
  // A producer's own mistakes and a moved leader are not failures of the broker.
  if (!WITHOUT_LOG_START.has(error)) host.topicMetrics.mark('failedProduceRequests', topic);
  if (error === 'MESSAGE_TOO_LARGE') host.topicMetrics.mark('bytesRejected', topic, records.length);
  const logStartOffset = WITHOUT_LOG_START.has(error)
    ? -1
    : (host.getPartition(topic, partition)?.log?.logStartOffset ?? -1);
  const currentLeader = error === 'NOT_LEADER_OR_FOLLOWER' ? host.currentLeader(topic, partition) : undefined;
  return {
    ...appendFailure(entry, error),
    logStartOffset,
    ...(currentLeader === undefined ? {} : { currentLeader }),
  };
}

export function appendFailure(entry: AppendEntry, error: ErrorName): PartitionAppendResult {
  const { topic, partition } = entry;
  return { topic, partition, error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, recordCount: 0 };
}
