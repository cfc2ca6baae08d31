/**
 * A DeleteRecords that waits in the purgatory until every live replica's log starts at the asked offset or later, so
 * that no replica that takes over can show the deleted records again.
 *
 * It looks again when a low or high watermark moved. An election or a failed dir wakes nobody, as in the original:
 * unless another partition of the request does, its time is up first.
 *
 * Invariant: what is known of a partition once, its low watermark or why there is none, is what is answered. The log of
 * the leader starts at the offset whatever comes of it: REQUEST_TIMED_OUT means "not known to be gone everywhere".
 */
import { DelayedOperation } from '../purgatory/index.ts';
import type { TopicPartition } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

export interface DeleteRecordsResult extends TopicPartition {
  readonly error: ErrorName;
  /** The smallest log start of the live replicas, -1 with an error other than REQUEST_TIMED_OUT. */
  readonly lowWatermark: number;
}

/** Done on the leader, or refused there. */
export interface LocalDeletion extends DeleteRecordsResult {
  /** Where the log starts now on the leader at least. */
  readonly requiredOffset: number;
}

/** What a DelayedDeleteRecords needs of the ReplicaManager. */
export interface DelayedDeleteRecordsHost {
  getPartition(topic: string, partition: number): Partition | undefined;
  onDeleteRecordsExpired(): void;
}

export class DelayedDeleteRecords extends DelayedOperation {
  readonly #results: DeleteRecordsResult[];
  readonly #waiting = new Map<number, LocalDeletion>();
  readonly #host: DelayedDeleteRecordsHost;
  readonly #answer: (results: readonly DeleteRecordsResult[]) => void;

  constructor(
    timeoutMs: number,
    deletions: readonly LocalDeletion[],
    host: DelayedDeleteRecordsHost,
    answer: (results: readonly DeleteRecordsResult[]) => void,
  ) {
    super(timeoutMs);
    this.#host = host;
    this.#answer = answer;
    this.#results = deletions.map((deletion, index) => {
      const { topic, partition, error, lowWatermark } = deletion;
      if (error !== 'NONE') return { topic, partition, error, lowWatermark };
      this.#waiting.set(index, deletion);
      return { topic, partition, error: 'REQUEST_TIMED_OUT', lowWatermark };
    });
  }

  override tryComplete(): boolean {
    for (const [index, deletion] of this.#waiting) {
      const outcome = this.#check(deletion);
      if (outcome === 'WAITING') continue;
      this.#results[index] = { topic: deletion.topic, partition: deletion.partition, ...outcome };
      this.#waiting.delete(index);
    }
    return this.#waiting.size === 0 && this.forceComplete();
  }

  override onComplete(): void {
    this.#answer(this.#results);
  }

  override onExpiration(): void {
    for (let expired = this.#waiting.size; expired > 0; expired -= 1) this.#host.onDeleteRecordsExpired();
  }

  #check(deletion: LocalDeletion): Pick<DeleteRecordsResult, 'error' | 'lowWatermark'> | 'WAITING' {
    const partition = this.#host.getPartition(deletion.topic, deletion.partition);
    if (partition === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', lowWatermark: -1 };
    if (partition.isOffline) return { error: 'KAFKA_STORAGE_ERROR', lowWatermark: -1 };
    if (!partition.isLeader) return { error: 'NOT_LEADER_OR_FOLLOWER', lowWatermark: -1 };
    const { lowWatermark } = partition;
    return lowWatermark >= deletion.requiredOffset ? { error: 'NONE', lowWatermark } : 'WAITING';
  }
}
