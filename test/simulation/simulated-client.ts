/** A client of a simulated cluster that tries one broker after the other until one of them does what it asks. */
import { buildBatch, batchesOf, decodeRecords } from '../../src/records/index.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import type { ErrorName } from '../../src/protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/01-fetch.ts';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/19-create-topics.ts';
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../src/protocol/messages/20-delete-topics.ts';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../src/protocol/messages/45-alter-partition-reassignments.ts';
import { AnyBroker } from './any-broker.ts';
import type { SimulatedCluster } from './cluster.ts';

const CALL_TIMEOUT_MS = 3000;
/** From 11 on followers answer too, up to the high watermark they have heard of (KIP-392). */
const FETCH_VERSION = 10;
const FETCH_MAX_WAIT_MS = 500;

export class SimulatedClient {
  readonly #cluster: SimulatedCluster;
  readonly #brokers: AnyBroker;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#brokers = new AnyBroker(cluster, 'client');
  }

  createTopic(
    name: string,
    configs: Readonly<Record<string, string>> = {},
    numPartitions = 1,
  ): Promise<void> {
    return this.#createTopic({
      name,
      numPartitions,
      replicationFactor: 3,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    });
  }

  /** With these replicas for each partition. */
  createTopicOn(name: string, replicas: readonly (readonly number[])[]): Promise<void> {
    return this.#createTopic({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: replicas.map((brokerIds, partitionIndex) => ({
        partitionIndex,
        brokerIds: [...brokerIds],
      })),
      configs: [],
    });
  }

  async #createTopic(topic: CreateTopicsRequest['topics'][number]): Promise<void> {
    await this.#brokers.untilDone(async (client) => {
      const request = { topics: [topic], timeoutMs: CALL_TIMEOUT_MS };
      const response = await client.send(CreateTopicsRequest, CreateTopicsResponse, 5, request);
      return isDone(response.topics[0]?.errorCode, ['TOPIC_ALREADY_EXISTS']) ? true : undefined;
    });
  }

  /** Asks until the topic is marked for its deletion, which may take its time. */
  async deleteTopic(name: string): Promise<void> {
    await this.#brokers.untilDone(async (client) => {
      const request = { topics: [], topicNames: [name], timeoutMs: 1 };
      const response = await client.send(DeleteTopicsRequest, DeleteTopicsResponse, 5, request);
      return isDone(response.responses[0]?.errorCode, ['REQUEST_TIMED_OUT', 'UNKNOWN_TOPIC_OR_PARTITION'])
        ? true
        : undefined;
    });
  }

  /** Asks until the partition is on its way to these brokers. */
  async move(name: string, partitionIndex: number, replicas: readonly number[]): Promise<void> {
    await this.#brokers.untilDone(async (client) => {
      const request = { topics: [{ name, partitions: [{ partitionIndex, replicas: [...replicas] }] }] };
      const response = await client.send(
        AlterPartitionReassignmentsRequest,
        AlterPartitionReassignmentsResponse,
        0,
        request,
        { timeoutMs: CALL_TIMEOUT_MS },
      );
      const outcome = response.responses[0]?.partitions[0];
      return response.errorCode === 0 && isDone(outcome?.errorCode) ? true : undefined;
    });
  }

  /** Sends one record with acks=all until it is acknowledged; gives its offset. */
  async produce(topic: string, value: string, partition = 0): Promise<number> {
    const { clock } = this.#cluster.world.runtimeFor('client');
    return this.#brokers.untilDone(async (client) => {
      const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: clock.wallMs() }] });
      const response = await client.send(
        ProduceRequest,
        ProduceResponse,
        9,
        {
          acks: -1,
          timeoutMs: 2000,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
      const outcome = response.responses[0]?.partitionResponses[0];
      return isDone(outcome?.errorCode) ? outcome?.baseOffset : undefined;
    });
  }

  /** Every record below the high watermark. */
  async readAll(topic: string, partition = 0): Promise<string[]> {
    const all: string[] = [];
    for (let fetchOffset = 0; ;) {
      const { values, nextOffset, highWatermark } = await this.poll(topic, fetchOffset, partition);
      all.push(...values);
      fetchOffset = nextOffset;
      if (fetchOffset >= highWatermark) return all;
    }
  }

  /** The records from an offset on that one fetch brings, and where to go on. */
  async poll(
    topic: string,
    fetchOffset: number,
    partition = 0,
  ): Promise<{ values: string[]; nextOffset: number; highWatermark: number }> {
    const { records, highWatermark } = await this.#fetch(topic, partition, fetchOffset);
    const values: string[] = [];
    let nextOffset = fetchOffset;
    for (const batch of records === null ? [] : batchesOf(records))
      for (const { offset, value } of decodeRecords(batch))
        if (offset >= nextOffset) {
          values.push(value?.toString() ?? '');
          nextOffset = offset + 1;
        }
    return { values, nextOffset, highWatermark };
  }

  #fetch(
    topic: string,
    index: number,
    fetchOffset: number,
  ): Promise<{ records: Buffer | null; highWatermark: number }> {
    const partitions = [{ partition: index, fetchOffset, partitionMaxBytes: 1 << 20 }];
    return this.#brokers.untilDone(async (client) => {
      const request = {
        maxWaitMs: FETCH_MAX_WAIT_MS,
        minBytes: 1,
        topics: [{ topic, partitions }],
        forgottenTopicsData: [],
      };
      const response = await client.send(FetchRequest, FetchResponse, FETCH_VERSION, request, {
        timeoutMs: CALL_TIMEOUT_MS,
      });
      const partition = response.responses[0]?.partitions[0];
      if (partition === undefined || !isDone(partition.errorCode)) return undefined;
      return { records: partition.records, highWatermark: partition.highWatermark };
    });
  }
}

function isDone(errorCode: number | undefined, alsoFine: readonly ErrorName[] = []): boolean {
  if (errorCode === undefined) return false;
  const error = errorNameOf(errorCode);
  return error === 'NONE' || alsoFine.includes(error);
}
