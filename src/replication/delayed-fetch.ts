/**
 * A fetch that waits in the purgatory until there are `minBytes` to send, something changed that it should be told
 * at once, or `maxWaitMs` are over (contract 8.2). Whatever ends it, the answer is read anew then.
 *
 * Trying it must be cheap, since every append to a watched partition does: comparing offsets is enough for the usual
 * `minBytes` of 1, and only a larger minimum is measured by reading.
 */
import { DelayedOperation } from '../purgatory/index.ts';
import type { FetchIsolation } from '../storage/index.ts';
import type { FetchParams, FetchPartitionRequest } from './fetch-types.ts';
import { endOffsetFor, isFollowerFetch, isLeaderOnly, isolationOf } from './read-partition.ts';
import type { Partition } from './partition.ts';

/** What a DelayedFetch needs of the ReplicaManager. */
export interface DelayedFetchHost {
  getPartition(topic: string, partition: number): Partition | undefined;
  /** The bytes a read would give now, or undefined if only the disk could tell. */
  readableBytes(request: FetchPartitionRequest, isolation: FetchIsolation): number | undefined;
  onFetchExpired(fromFollower: boolean): void;
  /** There may be records, but this follower gets none now: it is throttled. */
  isHeldBack(partition: Partition, params: FetchParams): boolean;
}

export class DelayedFetch extends DelayedOperation {
  readonly #params: FetchParams;
  readonly #requests: () => Iterable<FetchPartitionRequest>;
  readonly #host: DelayedFetchHost;
  readonly #answer: () => void;

  constructor(
    params: FetchParams,
    requests: () => Iterable<FetchPartitionRequest>,
    host: DelayedFetchHost,
    answer: () => void,
  ) {
    super(params.maxWaitMs);
    this.#params = params;
    this.#requests = requests;
    this.#host = host;
    this.#answer = answer;
  }

  override tryComplete(): boolean {
    return this.#isReady() && this.forceComplete();
  }

  override onComplete(): void {
    this.#answer();
  }

  override onExpiration(): void {
    this.#host.onFetchExpired(isFollowerFetch(this.#params));
  }

  #isReady(): boolean {
    const isolation = isolationOf(this.#params);
    const leaderOnly = isLeaderOnly(this.#params);
    let bytes = 0;
    for (const request of this.#requests()) {
      const partition = this.#host.getPartition(request.topic, request.partition);
      if (
        partition === undefined ||
        partition.checkAccess(request.currentLeaderEpoch, leaderOnly) !== 'NONE'
      ) {
        return true;
      }
      const { log } = partition;
      // The log was cut below the offset, or its start rose above it: that is an error to tell, or a divergence.
      if (
        log === undefined ||
        request.fetchOffset > log.logEndOffset ||
        request.fetchOffset < log.logStartOffset
      ) {
        return true;
      }
      if (endOffsetFor(log, isolation) <= request.fetchOffset) continue;
      if (this.#host.isHeldBack(partition, this.#params)) continue;
      bytes += this.#params.minBytes <= 1 ? 1 : (this.#host.readableBytes(request, isolation) ?? Infinity);
      if (bytes >= this.#params.minBytes) return true;
    }
    return false;
  }
}
