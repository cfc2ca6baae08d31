/** A read_committed consumer of a simulated cluster: it goes on through a partition and keeps all it was given. */
import type { TopicPartition } from '../../../src/common/index.ts';
import { ErrorCode } from '../../../src/protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../src/protocol/messages/09-offset-fetch.ts';
import { batchesOf, decodeRecords } from '../../../src/records/index.ts';
import { abortedFilter } from '../../../src/tools/client/partition-reader.ts';
import { AnyBroker } from '../any-broker.ts';
import type { SimulatedCluster } from '../cluster.ts';

const READ_COMMITTED = 1;
const MAX_WAIT_MS = 500;
const CALL_TIMEOUT_MS = 3000;
/** From 11 on followers answer too, up to the high watermark they have heard of (KIP-392). */
const FETCH_VERSION = 10;
/** The last that asks of one group. */
const OFFSET_FETCH_VERSION = 7;

export class CommittedReader {
  readonly values: string[] = [];
  readonly #brokers: AnyBroker;
  readonly #partition: TopicPartition;
  #position = 0;
  #isStopped = false;

  constructor(cluster: SimulatedCluster, partition: TopicPartition, host = 'reader') {
    this.#brokers = new AnyBroker(cluster, host);
    this.#partition = partition;
  }

  /** Reads on until it is stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) await this.#poll();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Reads all that is committed, once nothing is open any more. */
  async toTheEnd(): Promise<readonly string[]> {
    let end = Infinity;
    while (this.#position < end) end = await this.#poll();
    return this.values;
  }

  /** Gives the high watermark. */
  async #poll(): Promise<number> {
    const { topic, partition } = this.#partition;
    const fetched = await this.#brokers.untilDone(async (client) => {
      const request = {
        maxWaitMs: MAX_WAIT_MS,
        minBytes: 1,
        isolationLevel: READ_COMMITTED,
        topics: [
          { topic, partitions: [{ partition, fetchOffset: this.#position, partitionMaxBytes: 1 << 20 }] },
        ],
        forgottenTopicsData: [],
      };
      const response = await client.send(FetchRequest, FetchResponse, FETCH_VERSION, request, {
        timeoutMs: CALL_TIMEOUT_MS,
      });
      const answer = response.responses[0]?.partitions[0];
      return answer?.errorCode === ErrorCode.NONE ? answer : undefined;
    });
    const isHidden = abortedFilter(fetched);
    for (const batch of fetched.records === null ? [] : batchesOf(fetched.records)) {
      const records = isHidden(batch) ? [] : decodeRecords(batch);
      for (const { offset, value } of records)
        if (offset >= this.#position) this.values.push(value?.toString() ?? '');
      this.#position = Math.max(this.#position, batch.nextOffset);
    }
    return fetched.highWatermark;
  }
}

/** Which offset a group has committed in the partition, once no transaction may change it any more; -1: none. */
export function stableOffset(
  cluster: SimulatedCluster,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<number> {
  return new AnyBroker(cluster, 'reader').untilDone(async (client) => {
    const request = {
      groupId,
      topics: [{ name: topic, partitionIndexes: [partition] }],
      groups: [],
      requireStable: true,
    };
    const response = await client.send(
      OffsetFetchRequest,
      OffsetFetchResponse,
      OFFSET_FETCH_VERSION,
      request,
      {
        timeoutMs: CALL_TIMEOUT_MS,
      },
    );
    const answer = response.topics[0]?.partitions[0];
    const isTold = response.errorCode === ErrorCode.NONE && answer?.errorCode === ErrorCode.NONE;
    return isTold ? answer.committedOffset : undefined;
  });
}
