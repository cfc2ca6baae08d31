/** Asks a broker in the versions of old and new clients, and tells what it answers in values that can be compared. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/messages/02-list-offsets.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../../src/protocol/messages/23-offset-for-leader-epoch.ts';
import { batchesOf, decodeRecords, LegacyBatch, prepareCompression } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { sha } from './takeover.ts';

const TIMEOUT_MS = 60_000;
const RETRY_MS = 50;
/** The samples are of 2017; what is younger was stamped by the broker. */
const LATEST_SAMPLE_MS = 1_700_000_000_000;

const RECORD_BATCHES_SINCE_VERSION = 4;

interface Fetched {
  readonly error: ErrorName;
  readonly [told: string]: unknown;
}

export class Asker {
  readonly #client: NetworkClient;

  private constructor(client: NetworkClient) {
    this.#client = client;
  }

  static async connect(address: string): Promise<Asker> {
    await prepareCompression();
    const [host = '', port = ''] = address.split(':');
    const client = await NetworkClient.connect(
      createNodeRuntime(),
      { host, port: Number(port) },
      { clientId: 'old-logs' },
    );
    return new Asker(client);
  }

  close(): void {
    this.#client.close();
  }

  /** Again while the controller does not know the broker yet. */
  async createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const error = await this.#createTopic(name, configs);
      if (error === 'NONE') break;
      if (error !== 'INVALID_REPLICATION_FACTOR' || performance.now() > deadline)
        throw new Error(`${name} cannot be created: ${error}`);
      await sleep(RETRY_MS);
    }
    await this.untilLed(name);
  }

  async #createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<ErrorName> {
    const { topics } = await this.#client.send(CreateTopicsRequest, CreateTopicsResponse, 2, {
      topics: [
        {
          name,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
    });
    return errorNameOf(topics[0]?.errorCode ?? -1);
  }

  async untilLed(topic: string): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    // A leader may not have been told yet that it may be asked.
    while ((await this.#listOffsets(topic, 1, -1)).errorCode !== 0 || !(await this.#isFetchable(topic))) {
      if (performance.now() > deadline) throw new Error(`nobody leads ${topic}`);
      await sleep(RETRY_MS);
    }
  }

  async #isFetchable(topic: string): Promise<boolean> {
    const { error } = await this.fetch(topic, 12, 0);
    return error === 'NONE';
  }

  async produce(topic: string, version: number, records: Buffer): Promise<unknown> {
    const { responses } = await this.#client.send(ProduceRequest, ProduceResponse, version, {
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    });
    const partition = responses[0]?.partitionResponses[0];
    if (partition === undefined) return 'no answer for the partition';
    return { error: errorNameOf(partition.errorCode), baseOffset: partition.baseOffset };
  }

  async listOffsets(topic: string, version: number, timestamp: number): Promise<unknown> {
    const partition = await this.#listOffsets(topic, version, timestamp);
    const { errorCode, oldStyleOffsets, offset, leaderEpoch } = partition;
    const error = errorNameOf(errorCode);
    return version === 0
      ? { error, offsets: oldStyleOffsets }
      : { error, timestamp: partition.timestamp, offset, leaderEpoch };
  }

  async #listOffsets(
    topic: string,
    version: number,
    timestamp: number,
  ): Promise<ListOffsetsResponse['topics'][number]['partitions'][number]> {
    const { topics } = await this.#client.send(ListOffsetsRequest, ListOffsetsResponse, version, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, timestamp, ...(version === 0 && { maxNumOffsets: 9 }) }],
        },
      ],
    });
    const partition = topics[0]?.partitions[0];
    if (partition === undefined) throw new Error('no answer for the partition');
    return partition;
  }

  async epochEnd(topic: string, leaderEpoch: number): Promise<unknown> {
    const { topics } = await this.#client.send(OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, 3, {
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
    });
    const found = topics[0]?.partitions[0];
    return [errorNameOf(found?.errorCode ?? -1), found?.leaderEpoch, found?.endOffset];
  }

  /** Of the bytes of a log their checksum; of what was converted for the answer what it says. */
  async fetch(topic: string, version: number, offset: number, maxBytes = 1_000_000): Promise<Fetched> {
    const answer = await this.#client.send(FetchRequest, FetchResponse, version, {
      replicaId: -1,
      maxWaitMs: 300,
      minBytes: 1,
      maxBytes,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      forgottenTopicsData: [],
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
    });
    const partition = answer.responses[0]?.partitions[0];
    if (partition === undefined) throw new Error('no answer for the partition');
    const { errorCode, highWatermark, records } = partition;
    const bytes = records === null ? null : Buffer.concat(Array.isArray(records) ? records : [records]);
    const told = { error: errorNameOf(errorCode), highWatermark };
    if (bytes === null) return { ...told, records: null };
    return { ...told, ...contentTold(bytes, version < RECORD_BATCHES_SINCE_VERSION) };
  }
}

/** What is compressed for the answer is as long as its library makes it. */
function contentTold(bytes: Buffer, isConverted: boolean): object {
  const batches = [...batchesOf(bytes)];
  const whole = batches.reduce((size, { sizeInBytes }) => size + sizeInBytes, 0);
  const isExact = !isConverted || batches.every(({ compression }) => compression === 'none');
  return {
    ...(isExact && { sizeInBytes: bytes.length, rest: bytes.length - whole }),
    batches: batches.map((batch) =>
      [
        `v${batch.magic}`,
        batch instanceof LegacyBatch ? batch.lastOffset : `${batch.baseOffset}-${batch.lastOffset}`,
        batch.compression,
        batch.timestampType,
        whenOf(batch.maxTimestamp),
        batch.isValid(),
        sha(
          Buffer.from(
            JSON.stringify(
              decodeRecords(batch).map(({ offset, timestamp, key, value }) => [
                offset,
                whenOf(timestamp),
                key?.toString(),
                value?.toString(),
              ]),
            ),
          ),
        ),
      ].join(' '),
    ),
  };
}

function whenOf(timestamp: number): number | string {
  return timestamp > LATEST_SAMPLE_MS ? 'now' : timestamp;
}
