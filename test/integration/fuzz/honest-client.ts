/**
 * A client that does everything right while others do not: it produces one record after the other with acks=all, reads
 * each back, and knows what it must be. Any other answer, or none within ten seconds, is its failure.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../../src/protocol/messages/10-find-coordinator.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from '../../../src/protocol/messages/08-offset-commit.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../../src/protocol/messages/22-init-producer-id.ts';
import { buildBatch, decodeRecords, RecordBatch } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const PAUSE_MS = 20;

function connectTo(port: number): Promise<NetworkClient> {
  return NetworkClient.connect(
    createNodeRuntime(),
    { host: '127.0.0.1', port },
    { clientId: 'honest', requestTimeoutMs: ANSWER_TIMEOUT_MS },
  );
}

/** Topics of one partition each, a group coordinator that serves, and a transaction coordinator that has its log. */
export async function prepareTopics(port: number, names: readonly string[]): Promise<void> {
  const client = await connectTo(port);
  const { topics } = await client.send(CreateTopicsRequest, CreateTopicsResponse, 7, {
    topics: names.map((name) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    })),
    timeoutMs: ANSWER_TIMEOUT_MS,
  });
  for (const { name, errorCode } of topics)
    if (errorCode !== 0) throw new Error(`${name}: ${errorNameOf(errorCode)}`);
  for (;;) {
    const { errorCode } = await client.send(FindCoordinatorRequest, FindCoordinatorResponse, 3, {
      key: 'group',
      keyType: 0,
      coordinatorKeys: [],
    });
    if (errorCode === 0) break;
  }
  for (const name of names) await writeOnce(client, name);
  const { topics: committed } = await client.send(OffsetCommitRequest, OffsetCommitResponse, 7, {
    groupId: 'group',
    memberId: '',
    topics: names.map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: '' }],
    })),
  });
  // The broker then has its connection to the controller, which it keeps.
  await client.send(InitProducerIdRequest, InitProducerIdResponse, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  });
  await beginTransactions(client);
  if (committed.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode !== 0)))
    throw new Error(`the commit was answered ${JSON.stringify(committed)}`);
  client.close();
}

/** A broken request may ask for the coordinator of a transaction: its topic is there before the files are counted. */
async function beginTransactions(client: NetworkClient): Promise<void> {
  for (;;) {
    await client.send(FindCoordinatorRequest, FindCoordinatorResponse, 3, {
      key: 'prepared',
      keyType: 1,
      coordinatorKeys: [],
    });
    const { errorCode } = await client.send(InitProducerIdRequest, InitProducerIdResponse, 4, {
      transactionalId: 'prepared',
      transactionTimeoutMs: 60_000,
    });
    if (errorCode === 0) return;
  }
}

/** Opens the files of a log, which stay open. */
async function writeOnce(client: NetworkClient, topic: string): Promise<void> {
  const records = buildBatch({ records: [{ value: Buffer.from('first'), timestamp: Date.now() }] });
  for (;;) {
    const { responses } = await client.send(ProduceRequest, ProduceResponse, 9, {
      acks: -1,
      timeoutMs: ANSWER_TIMEOUT_MS,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    });
    if (responses[0]?.partitionResponses[0]?.errorCode === 0) return;
  }
}

export class HonestClient {
  readonly #producer: NetworkClient;
  readonly #consumer: NetworkClient;
  readonly #topic: string;
  #cycles = 0;
  #isStopped = false;
  #work: Promise<void> = Promise.resolve();

  private constructor(producer: NetworkClient, consumer: NetworkClient, topic: string) {
    this.#producer = producer;
    this.#consumer = consumer;
    this.#topic = topic;
  }

  static async start(port: number, topic: string): Promise<HonestClient> {
    const client = new HonestClient(await connectTo(port), await connectTo(port), topic);
    client.#work = client.#run();
    // Looked at in `stop`; until then it is nobody's.
    client.#work.catch(() => undefined);
    return client;
  }

  /** How many records were written and read back. Rejects with what went wrong. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    await this.#work;
    this.#producer.close();
    this.#consumer.close();
    return this.#cycles;
  }

  async #run(): Promise<void> {
    // Offset 0 is what the log was opened with.
    for (let offset = 1; !this.#isStopped; offset++) {
      const value = `record ${offset}`;
      await this.#produce(value, offset);
      await this.#expect(value, offset);
      this.#cycles++;
      // As a client that has something else to do as well: the load is not what is tested.
      await sleep(PAUSE_MS);
    }
  }

  async #produce(value: string, offset: number): Promise<void> {
    const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: Date.now() }] });
    const { responses } = await this.#producer.send(ProduceRequest, ProduceResponse, 9, {
      acks: -1,
      timeoutMs: ANSWER_TIMEOUT_MS,
      topicData: [{ name: this.#topic, partitionData: [{ index: 0, records }] }],
    });
    const partition = responses[0]?.partitionResponses[0];
    if (partition?.errorCode !== 0 || partition.baseOffset !== offset)
      throw new Error(`producing ${value} was answered ${JSON.stringify(partition)}`);
  }

  async #expect(value: string, offset: number): Promise<void> {
    const { responses } = await this.#consumer.send(FetchRequest, FetchResponse, 11, {
      maxWaitMs: 1000,
      minBytes: 1,
      topics: [
        {
          topic: this.#topic,
          partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 100_000 }],
        },
      ],
      forgottenTopicsData: [],
    });
    const records = responses[0]?.partitions[0]?.records;
    const [record] =
      Buffer.isBuffer(records) && records.length > 0 ? decodeRecords(new RecordBatch(records)) : [];
    if (record?.offset !== offset || record.value?.toString() !== value)
      throw new Error(`reading ${value} at ${offset} gave ${JSON.stringify(responses)}`);
  }
}
