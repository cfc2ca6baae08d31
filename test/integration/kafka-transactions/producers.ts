/** Producers of the story of transactions: they say each thing once, and what they were answered is no error. */
import type { TopicPartition } from '../../../src/common/index.ts';
import { ErrorCode, KafkaError } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../../src/protocol/messages/22-init-producer-id.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../../src/protocol/messages/24-add-partitions-to-txn.ts';
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
} from '../../../src/protocol/messages/25-add-offsets-to-txn.ts';
import { EndTxnRequest, EndTxnResponse } from '../../../src/protocol/messages/26-end-txn.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { throwIf, type ClusterClient } from '../../../src/tools/client/cluster-client.ts';
import { describeTransaction } from '../../../src/tools/client/transactions.ts';

const BROKER = 0;
const TIMEOUT_MS = 15 * 60_000;
const WAIT_MS = 30_000;
/** The newest version that is for clients. */
const ADD_PARTITIONS = 3;
const RECORD_MS = Date.UTC(2020, 0, 1);

export class StoryProducer {
  readonly #client: ClusterClient;
  readonly #transactionalId: string | null;
  readonly #sequences = new Map<string, number>();
  #producer = { producerId: -1, producerEpoch: -1 };

  private constructor(client: ClusterClient, transactionalId: string | null) {
    this.#client = client;
    this.#transactionalId = transactionalId;
  }

  /** Without a transactional id it is idempotent only. */
  static async start(client: ClusterClient, transactionalId: string | null): Promise<StoryProducer> {
    const producer = new StoryProducer(client, transactionalId);
    if (transactionalId !== null) await client.coordinator(transactionalId, 1);
    await client.retry(async () => {
      const { errorCode, producerId, producerEpoch } = await client.toBroker(
        BROKER,
        { request: InitProducerIdRequest, response: InitProducerIdResponse },
        { transactionalId, transactionTimeoutMs: TIMEOUT_MS },
      );
      throwIf(errorCode);
      producer.#producer = { producerId, producerEpoch };
    });
    return producer;
  }

  async add(...partitions: readonly TopicPartition[]): Promise<void> {
    await this.#client.retry(async () => {
      const { resultsByTopicV3AndBelow: results } = await this.#client.toBroker(
        BROKER,
        { request: AddPartitionsToTxnRequest, response: AddPartitionsToTxnResponse },
        {
          transactions: [],
          v3AndBelowTransactionalId: this.#transactionalId ?? '',
          v3AndBelowProducerId: this.#producer.producerId,
          v3AndBelowProducerEpoch: this.#producer.producerEpoch,
          v3AndBelowTopics: partitions.map(({ topic, partition }) => ({
            name: topic,
            partitions: [partition],
          })),
        },
        ADD_PARTITIONS,
      );
      for (const { resultsByPartition } of results)
        for (const { partitionErrorCode } of resultsByPartition) throwIf(partitionErrorCode);
    });
  }

  async addOffsets(groupId: string): Promise<void> {
    await this.#client.coordinator(groupId, 0);
    await this.#client.retry(async () => {
      const { errorCode } = await this.#client.toBroker(
        BROKER,
        { request: AddOffsetsToTxnRequest, response: AddOffsetsToTxnResponse },
        { transactionalId: this.#transactionalId ?? '', ...this.#producer, groupId },
      );
      throwIf(errorCode);
    });
  }

  /** A transaction of a producer without a transactional id is one that nobody will ever end. */
  async send({ topic, partition }: TopicPartition, count: number, isTransactional = true): Promise<void> {
    const name = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, baseSequence + count);
    const records = buildBatch({
      records: Array.from({ length: count }, (_, at) => ({
        key: null,
        value: Buffer.from(`record ${baseSequence + at}`),
        timestamp: RECORD_MS + baseSequence + at,
      })),
      ...this.#producer,
      baseSequence,
      isTransactional,
    });
    await this.#client.retry(async () => {
      const { responses } = await this.#client.toBroker(
        BROKER,
        { request: ProduceRequest, response: ProduceResponse },
        {
          transactionalId: isTransactional ? (this.#transactionalId ?? 'unknown to all') : null,
          acks: -1,
          timeoutMs: WAIT_MS,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        },
      );
      throwIf(responses[0]?.partitionResponses[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
    });
  }

  /** Comes back when the markers are written. */
  async end(result: 'commit' | 'abort'): Promise<void> {
    const transactionalId = this.#transactionalId ?? '';
    await this.#client.retry(async () => {
      const { errorCode } = await this.#client.toBroker(
        BROKER,
        { request: EndTxnRequest, response: EndTxnResponse },
        { transactionalId, ...this.#producer, committed: result === 'commit' },
      );
      throwIf(errorCode);
    });
    await this.#client.retry(async () => {
      const { transactionState } = await describeTransaction(this.#client, transactionalId);
      if (!transactionState.startsWith('Complete')) throw new KafkaError('CONCURRENT_TRANSACTIONS');
    });
  }
}
