/**
 * One partition as a fetcher works on it: where it stands and whether it is its turn. A new leader epoch makes a new
 * FetchedPartition, so an answer to the old one is recognised by the object it belongs to.
 */
import type { ReplicaLog } from '../replica-log.ts';
import type { Partition } from '../partition.ts';
import type { SessionPartition } from './fetch-session-client.ts';

/**
 * `starting`: the log may still be writing what was appended under the last role.
 * `fetching`: its offset is known.
 * `looking`: the leader does not have its offset; where to go on has to be found out.
 */
export type FetchStage = 'starting' | 'fetching' | 'looking';

export class FetchedPartition {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  stage: FetchStage = 'starting';
  fetchOffset = 0;
  lastFetchedEpoch = -1;
  /** By the monotonic clock. */
  notBeforeMs = 0;
  /** As it is read; undefined while it is not. */
  request: SessionPartition | undefined;
  /** The first fetch that asks for it: answers to earlier ones are about something else under its name. */
  firstRound = 0;
  /** How far the leader is ahead, after the latest answer. */
  lag = 0;
  /** As of the last answer: everything that is committed is here. Unknown at first. */
  isInSync = false;

  constructor(partition: Partition) {
    this.partition = partition;
    this.leaderEpoch = partition.leaderEpoch;
  }

  get log(): ReplicaLog | undefined {
    return this.partition.log;
  }

  /** After the log moved: go on at its end, in its latest epoch. */
  moveToLogEnd(log: ReplicaLog): void {
    this.fetchOffset = log.logEndOffset;
    this.lastFetchedEpoch = log.latestEpoch;
    this.stage = 'fetching';
  }

  /** What was asked for is not what would be asked for now. */
  hasMoved(log: ReplicaLog): boolean {
    const { request } = this;
    return (
      request?.fetchOffset !== this.fetchOffset ||
      request.logStartOffset !== log.logStartOffset ||
      request.lastFetchedEpoch !== this.lastFetchedEpoch ||
      request.topicId !== this.partition.topicId
    );
  }

  asRequest(log: ReplicaLog, maxBytes: number): SessionPartition {
    const { topic, partition, topicId } = this.partition;
    return {
      topic,
      partition,
      topicId,
      fetchOffset: this.fetchOffset,
      logStartOffset: log.logStartOffset,
      currentLeaderEpoch: this.leaderEpoch,
      lastFetchedEpoch: this.lastFetchedEpoch,
      maxBytes,
    };
  }
}
