/**
 * Whom the batches are sent to: one broker, the original (record.ts) or Klassik (validation.test.ts). Every batch goes to
 * a partition of its own; told is what the producer is answered, and what is in the log then.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient, NetworkError } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  batchesOf,
  decodeRecords,
  prepareCompression,
  type RecordBatch,
} from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const TIMEOUT_MS = 30_000;
const RETRY_MS = 20;
const PARTITIONS = 32;
const HOUR_MS = 3_600_000;
const NEAR_MS = 600_000;

export class World {
  readonly #connect: () => Promise<NetworkClient>;
  #client: NetworkClient;
  /** By configs: the topic that has them, and how many of its partitions are used. */
  readonly #topics = new Map<string, { readonly topic: string; used: number }>();
  #created = 0;

  private constructor(client: NetworkClient, connect: () => Promise<NetworkClient>) {
    this.#client = client;
    this.#connect = connect;
  }

  static async create(bootstrap: string): Promise<World> {
    await prepareCompression();
    const [host = '', port = ''] = bootstrap.split(':');
    const connect = (): Promise<NetworkClient> =>
      NetworkClient.connect(createNodeRuntime(), { host, port: Number(port) }, { clientId: 'validation' });
    return new World(await connect(), connect);
  }

  close(): void {
    this.#client.close();
  }

  async produce(
    records: Buffer,
    configs: Readonly<Record<string, string>>,
    version: number,
  ): Promise<unknown> {
    const found = await this.#partition(configs);
    if ('refused' in found) return found;
    const { topic, partition } = found;
    const answer = await this.#produce(topic, partition, records, version);
    const fetched = await this.#fetch(topic, partition);
    return { answer, log: [...batchesOf(fetched.bytes)].map((batch) => batchTold(batch)) };
  }

  /** One that was never written to. */
  async #partition(
    configs: Readonly<Record<string, string>>,
  ): Promise<{ readonly topic: string; readonly partition: number } | { readonly refused: string }> {
    const key = JSON.stringify(configs);
    let known = this.#topics.get(key);
    if (known === undefined || known.used === PARTITIONS) {
      known = { topic: `validated-${this.#created++}`, used: 0 };
      const refused = await this.#createTopicOnceKnown(known.topic, configs);
      if (refused !== undefined) return { refused };
      this.#topics.set(key, known);
    }
    const { topic, used: partition } = known;
    known.used += 1;
    await this.#untilFetchable(topic, partition);
    return { topic, partition };
  }

  /** Again while the controller does not know the broker yet. */
  async #createTopicOnceKnown(
    name: string,
    configs: Readonly<Record<string, string>>,
  ): Promise<string | undefined> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const refused = await this.#createTopic(name, configs);
      const isEarly = refused?.startsWith('INVALID_REPLICATION_FACTOR') === true;
      if (!isEarly || performance.now() > deadline) return refused;
      await sleep(RETRY_MS);
    }
  }

  async #createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<string | undefined> {
    const { topics } = await this.#client.send(CreateTopicsRequest, CreateTopicsResponse, 5, {
      topics: [
        {
          name,
          numPartitions: PARTITIONS,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    });
    const { errorCode = -1, errorMessage = '' } = topics[0] ?? {};
    return errorCode === 0 ? undefined : `${errorNameOf(errorCode)}: ${errorMessage ?? ''}`;
  }

  async #untilFetchable(topic: string, partition: number): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    while ((await this.#fetch(topic, partition)).error !== 'NONE') {
      if (performance.now() > deadline) throw new Error(`nobody leads ${topic}`);
      await sleep(RETRY_MS);
    }
  }

  async #produce(topic: string, index: number, records: Buffer, version: number): Promise<unknown> {
    try {
      const { responses } = await this.#client.send(ProduceRequest, ProduceResponse, version, {
        acks: -1,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index, records }] }],
      });
      const partition = responses[0]?.partitionResponses[0];
      if (partition === undefined) return 'no answer for the partition';
      const { errorCode, baseOffset, logAppendTimeMs, logStartOffset, recordErrors, errorMessage } =
        partition;
      return withoutNames(
        {
          error: errorNameOf(errorCode),
          baseOffset,
          logAppendTimeMs: whenOf(logAppendTimeMs),
          logStartOffset,
          errorMessage,
          recordErrors,
        },
        `${topic}-${index}`,
      );
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#client.close();
      this.#client = await this.#connect();
      return 'connection closed';
    }
  }

  async #fetch(
    topic: string,
    partition: number,
  ): Promise<{ readonly error: string; readonly bytes: Buffer }> {
    const { responses } = await this.#client.send(FetchRequest, FetchResponse, 12, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 10_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      forgottenTopicsData: [],
      topics: [{ topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 10_000_000 }] }],
    });
    const found = responses[0]?.partitions[0];
    const records = found?.records ?? Buffer.alloc(0);
    return {
      error: errorNameOf(found?.errorCode ?? -1),
      bytes: Buffer.concat(Array.isArray(records) ? records : [records]),
    };
  }
}

function whenOf(timestamp: number): number | string {
  const hours = Math.round((timestamp - Date.now()) / HOUR_MS);
  if (Math.abs(timestamp - Date.now() - hours * HOUR_MS) > NEAR_MS || Math.abs(hours) > 48) return timestamp;
  return hours === 0 ? 'now' : `now ${hours} h`;
}

/** Messages name the partition and the moment. */
function withoutNames(answer: object, partition: string): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(partition, '<partition>')
    .replace(/\b17[6-9]\d{10}\b/g, '<time>')
    .replace(/-92233\d{14}/g, '<overflow>');
  return JSON.parse(text) as unknown;
}

/** What is compressed is as long as its library makes it. */
function batchTold(batch: RecordBatch): unknown {
  const { compression } = batch;
  return {
    offsets: [batch.baseOffset, batch.lastOffset],
    count: batch.count,
    leaderEpoch: batch.partitionLeaderEpoch,
    attributes: batch.attributes,
    times: [whenOf(batch.baseTimestamp), whenOf(batch.maxTimestamp)],
    producer: [batch.producerId, batch.producerEpoch, batch.baseSequence],
    isValid: batch.isValid(),
    ...(compression === 'none' && { sizeInBytes: batch.sizeInBytes }),
    records: recordsTold(batch) ?? 'cannot be read',
  };
}

function recordsTold(batch: RecordBatch): unknown[] | undefined {
  try {
    return decodeRecords(batch).map(({ offset, timestamp, key, value, headers }) => [
      offset,
      whenOf(timestamp),
      key?.toString() ?? null,
      value !== null && value.length > 50
        ? createHash('sha256').update(value).digest('hex').slice(0, 8)
        : (value?.toString() ?? null),
      ...headers.map((header) => `${header.key}=${String(header.value)}`),
    ]);
  } catch {
    return undefined;
  }
}
