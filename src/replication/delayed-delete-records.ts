/**
 * A DeleteRecords that waits in the purgatory until every live replica's log starts at the asked offset or later, so
 * that no replica that takes over can show the deleted records again.
 */
import { DelayedOperation } from '../purgatory/index.ts';
import type { TopicPartition } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

export interface DeleteRecordsResult extends TopicPartition {
  readonly error: ErrorName;
  /** The smallest log start of the live replicas, -1 with an error. */
  readonly lowWatermark: number;
}

export interface DeletionToAwait extends DeleteRecordsResult {
  /** Where the log starts now on the leader. */
  readonly requiredOffset: number;
}

export class DelayedDeleteRecords extends DelayedOperation {
  readonly #deletions: readonly DeletionToAwait[];
  readonly #getPartition: (topic: string, partition: number) => Partition | undefined;
  readonly #answer: (results: readonly DeleteRecordsResult[]) => void;

  constructor(
    timeoutMs: number,
    deletions: readonly DeletionToAwait[],
    getPartition: (topic: string, partition: number) => Partition | undefined,
    answer: (results: readonly DeleteRecordsResult[]) => void,
  ) {
    super(timeoutMs);
    this.#deletions = deletions;
    this.#getPartition = getPartition;
    this.#answer = answer;
  }

  override tryComplete(): boolean {
    return this.#results().every(({ error }) => error !== 'REQUEST_TIMED_OUT') && this.forceComplete();
  }

  override onComplete(): void {
    this.#answer(this.#results());
  }

  /** What would be told now; REQUEST_TIMED_OUT stands for what is still waited for. */
  #results(): DeleteRecordsResult[] {
    return this.#deletions.map(({ topic, partition: number, error, requiredOffset }) => {
      const failure = (reason: ErrorName): DeleteRecordsResult => ({
        topic,
        partition: number,
        error: reason,
        lowWatermark: -1,
      });
      if (error !== 'NONE') return failure(error);
      const partition = this.#getPartition(topic, number);
      if (partition === undefined) return failure('UNKNOWN_TOPIC_OR_PARTITION');
      if (partition.isOffline) return failure('KAFKA_STORAGE_ERROR');
      if (!partition.isLeader) return failure('NOT_LEADER_OR_FOLLOWER');
      const { lowWatermark } = partition;
      return lowWatermark >= requiredOffset
        ? { topic, partition: number, error: 'NONE', lowWatermark }
        : failure('REQUEST_TIMED_OUT');
    });
  }
}
