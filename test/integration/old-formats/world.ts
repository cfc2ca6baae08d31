/**
 * Whom the questions about old formats are asked: one broker, by requests in the versions old clients sent. It is the
 * same whether the original answers (record.ts) or Klassik (old-formats.test.ts). Every question has a topic of its own.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient, NetworkError } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/messages/02-list-offsets.ts';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import { batchesOf, decodeRecords, prepareCompression } from '../../../src/records/index.ts';
import { messagesOf } from '../../../src/records/legacy/legacy-message.ts';
import { decodeMessage } from '../../../src/records/legacy/message-set.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const SAMPLES = new URL('../../golden/old-formats/samples.txt', import.meta.url);
const LARGE = 1_000_000;
const READY_TIMEOUT_MS = 30_000;
const RETRY_MS = 20;

export interface ToFetch {
  readonly version: number;
  readonly offset?: number;
  readonly maxBytes?: number;
  readonly replicaId?: number;
  readonly minBytes?: number;
}

export class World {
  readonly #client: NetworkClient;
  readonly #connect: () => Promise<NetworkClient>;
  readonly #samples: ReadonlyMap<string, string>;
  readonly #run = Date.now();
  #topics = 0;

  private constructor(client: NetworkClient, connect: () => Promise<NetworkClient>) {
    this.#client = client;
    this.#connect = connect;
    const lines = readFileSync(SAMPLES, 'utf8').trim().split('\n');
    this.#samples = new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
    );
  }

  static async create(bootstrap: string): Promise<World> {
    await prepareCompression();
    const runtime = createNodeRuntime();
    const [host = '', port = ''] = bootstrap.split(':');
    const connect = (): Promise<NetworkClient> =>
      NetworkClient.connect(runtime, { host, port: Number(port) }, { clientId: 'old-formats' });
    return new World(await connect(), connect);
  }

  close(): void {
    this.#client.close();
  }

  /** What Apache Kafka's own classes wrote under that name. */
  sample(name: string): Buffer {
    const hex = this.#samples.get(name);
    if (hex === undefined) throw new Error(`there is no sample "${name}"`);
    return Buffer.from(hex, 'hex');
  }

  sampleNames(pattern: RegExp): string[] {
    return [...this.#samples.keys()].filter((name) => pattern.test(name));
  }

  /** A topic of one partition, made for one question. */
  async topic(configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `old-${this.#run}-${this.#topics++}`;
    await this.#client.send(CreateTopicsRequest, CreateTopicsResponse, 2, {
      topics: [
        {
          name,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: READY_TIMEOUT_MS,
    });
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.#isLed(name))) {
      if (performance.now() > deadline) throw new Error(`nobody leads ${name}`);
      await sleep(RETRY_MS);
    }
    return name;
  }

  async #isLed(name: string): Promise<boolean> {
    const { topics } = await this.#client.send(MetadataRequest, MetadataResponse, 1, {
      topics: [{ name }],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    if (topics[0]?.errorCode !== 0 || topics[0].partitions[0]?.errorCode !== 0) return false;
    const { errorCode } = await this.#listOffsets(name, 1, { timestamp: -1 });
    return errorCode === 0;
  }

  /** What one partition is answered; the error by its name. */
  async produce(topic: string, version: number, records: Buffer, acks = -1): Promise<unknown> {
    const client = await this.#connect();
    try {
      const answer = await client.send(ProduceRequest, ProduceResponse, version, {
        acks,
        timeoutMs: 5000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
      });
      const partition = answer.responses[0]?.partitionResponses[0];
      if (partition === undefined) return 'no answer for the partition';
      const { errorCode, baseOffset, logAppendTimeMs } = partition;
      return { error: errorNameOf(errorCode), baseOffset, logAppendTimeMs: whenOf(logAppendTimeMs) };
    } catch (error) {
      if (error instanceof NetworkError) return 'connection closed';
      throw error;
    } finally {
      client.close();
    }
  }

  /** What a fetch brings, decoded by the format its version asks for. */
  async fetch(topic: string, toFetch: ToFetch): Promise<unknown> {
    const { version, offset = 0, maxBytes = LARGE, replicaId = -1, minBytes = 1 } = toFetch;
    const answer = await this.#client.send(FetchRequest, FetchResponse, version, {
      replicaId,
      maxWaitMs: 300,
      minBytes,
      maxBytes,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      forgottenTopicsData: [],
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
    });
    const partition = answer.responses[0]?.partitions[0];
    if (partition === undefined) return 'no answer for the partition';
    const { errorCode, highWatermark, records } = partition;
    const bytes = records === null ? null : Buffer.concat(Array.isArray(records) ? records : [records]);
    const told = { error: errorNameOf(errorCode), highWatermark };
    if (bytes === null || bytes.length === 0) return { ...told, records: bytes === null ? null : [] };
    const content = version < 4 ? messageSetTold(bytes) : batchesTold(bytes);
    return { ...told, ...content };
  }

  async listOffsets(
    topic: string,
    timestamp: number,
    maxNumOffsets: number,
    replicaId = -1,
  ): Promise<unknown> {
    const partition = await this.#listOffsets(topic, 0, { timestamp, maxNumOffsets, replicaId });
    return { error: errorNameOf(partition.errorCode), offsets: partition.oldStyleOffsets };
  }

  async #listOffsets(
    topic: string,
    version: number,
    {
      timestamp,
      maxNumOffsets = 1,
      replicaId = -1,
    }: { readonly timestamp: number; readonly maxNumOffsets?: number; readonly replicaId?: number },
  ): Promise<ListOffsetsResponse['topics'][number]['partitions'][number]> {
    const { topics } = await this.#client.send(ListOffsetsRequest, ListOffsetsResponse, version, {
      replicaId,
      isolationLevel: 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, maxNumOffsets }] }],
    });
    const partition = topics[0]?.partitions[0];
    if (partition === undefined) throw new Error('no answer for the partition');
    return partition;
  }
}

/** The samples are of November 2023; what is younger was stamped by the broker. */
function whenOf(timestamp: number): number | string {
  return timestamp > 1_750_000_000_000 ? 'now' : timestamp;
}

const text = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString());

/** Batches of v2 as they are in the log. Sizes differ by codec library where something is compressed. */
function batchesTold(bytes: Buffer): object {
  const batches = [...batchesOf(bytes)].map((batch) => ({
    offsets: [batch.baseOffset, batch.lastOffset],
    compression: batch.compression,
    timestampType: batch.timestampType,
    times: [whenOf(batch.baseTimestamp), whenOf(batch.maxTimestamp)],
    producer: [batch.producerId, batch.producerEpoch, batch.baseSequence],
    ...(batch.compression === 'none' && { sizeInBytes: batch.sizeInBytes }),
    records: decodeRecords(batch).map(({ offset, timestamp, key, value, headers }) => [
      offset,
      whenOf(timestamp),
      text(key),
      text(value),
      ...headers.map((header) => header.key),
    ]),
  }));
  return { batches };
}

/** Messages up to where the set is cut off, and how it is. */
function messageSetTold(bytes: Buffer): object {
  const messages = [...messagesOf(bytes)];
  const whole = messages.reduce((size, { sizeInBytes }) => size + sizeInBytes, 0);
  const rest = bytes.subarray(whole);
  const isCompressed = messages.some(({ compression }) => compression !== 'none');
  return {
    messages: messages.map((message) => ({
      offset: message.offset,
      magic: message.magic,
      compression: message.compression,
      timestampType: message.timestampType,
      timestamp: whenOf(message.timestamp),
      isValid: message.isValid(),
      records: decodeMessage(message).map(({ offset, timestamp, key, value }) => [
        offset,
        whenOf(timestamp),
        text(key),
        text(value),
      ]),
    })),
    ...(!isCompressed && { sizeInBytes: bytes.length, rest: rest.subarray(0, 12).toString('hex') }),
  };
}
