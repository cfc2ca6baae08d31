/**
 * A producer of transactions that shows each of its steps and each refusal. A coordinator or leader that is not there yet is
 * asked again; whatever else is answered is what the step ends with.
 */
import { errorNameOf, KafkaError, type ErrorName } from '../../../../src/protocol/index.ts';
import {
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../../../../src/protocol/messages/09-offset-fetch.ts';
import { ProduceRequest, ProduceResponse } from '../../../../src/protocol/messages/00-produce.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../../../src/protocol/messages/22-init-producer-id.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../../../src/protocol/messages/24-add-partitions-to-txn.ts';
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
} from '../../../../src/protocol/messages/25-add-offsets-to-txn.ts';
import { EndTxnRequest, EndTxnResponse } from '../../../../src/protocol/messages/26-end-txn.ts';
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../../../src/protocol/messages/28-txn-offset-commit.ts';
import { buildBatch, NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../../../src/records/index.ts';
import type { ClusterClient } from '../../../../src/tools/client/index.ts';
import { until } from '../../until.ts';

const TRANSACTION = 1;
const GROUP = 0;
/** The last version that is for clients. */
const ADD_PARTITIONS_VERSION = 3;
const PRODUCE_TIMEOUT_MS = 10_000;
/** Somebody is on the way to his office, or somebody else is there by now. */
const NOT_YET: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
]);

export class TransactionalProducer {
  producerId = NO_PRODUCER_ID;
  producerEpoch = NO_PRODUCER_EPOCH;
  /** Whether it waits for the end of the transaction before, as clients do. */
  isPatient = true;
  readonly #client: ClusterClient;
  readonly #transactionalId: string;
  readonly #timeoutMs: number;
  readonly #sequences = new Map<string, number>();

  constructor(client: ClusterClient, transactionalId: string, timeoutMs = 60_000) {
    this.#client = client;
    this.#transactionalId = transactionalId;
    this.#timeoutMs = timeoutMs;
  }

  /** `goesOn`: names what it has, as after an error (KIP-360). */
  async init({ goesOn = false } = {}): Promise<ErrorName> {
    return this.#ask('a producer is initialized', async () => {
      const { producerId, producerEpoch } = goesOn
        ? this
        : { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH };
      const answer = await this.#client.toBroker(
        await this.#coordinator(),
        { request: InitProducerIdRequest, response: InitProducerIdResponse },
        {
          transactionalId: this.#transactionalId,
          transactionTimeoutMs: this.#timeoutMs,
          producerId,
          producerEpoch,
        },
      );
      const error = errorNameOf(answer.errorCode);
      if (error === 'NONE') {
        this.producerId = answer.producerId;
        this.producerEpoch = answer.producerEpoch;
        this.#sequences.clear();
      }
      return error;
    });
  }

  async addPartition(topic: string, partition: number): Promise<ErrorName> {
    return this.#ask(`${topic}-${partition} is added`, async () => {
      const answer = await this.#client.toBroker(
        await this.#coordinator(),
        { request: AddPartitionsToTxnRequest, response: AddPartitionsToTxnResponse },
        {
          transactions: [],
          v3AndBelowTransactionalId: this.#transactionalId,
          v3AndBelowProducerId: this.producerId,
          v3AndBelowProducerEpoch: this.producerEpoch,
          v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
        },
        ADD_PARTITIONS_VERSION,
      );
      const [result] = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition ?? [];
      return errorNameOf(result?.partitionErrorCode ?? -1);
    });
  }

  /** One record, to a partition that has been added. */
  async send(topic: string, partition: number, value: string): Promise<ErrorName> {
    const key = `${topic}-${partition}`;
    const sequence = this.#sequences.get(key) ?? 0;
    const records = buildBatch({
      isTransactional: true,
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: sequence,
      records: [{ value: Buffer.from(value), timestamp: Date.now() }],
    });
    const error = await this.#ask(`${key} takes a record`, async () => {
      const { topics } = await this.#client.metadata([topic]);
      const found = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      const answer = await this.#client.toBroker(
        found?.leaderId ?? -1,
        { request: ProduceRequest, response: ProduceResponse },
        {
          transactionalId: this.#transactionalId,
          acks: -1,
          timeoutMs: PRODUCE_TIMEOUT_MS,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        },
      );
      return errorNameOf(answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1);
    });
    if (error === 'NONE') this.#sequences.set(key, sequence + 1);
    return error;
  }

  async addOffsets(groupId: string): Promise<ErrorName> {
    return this.#ask(`${groupId} is added`, async () => {
      const answer = await this.#client.toBroker(
        await this.#coordinator(),
        { request: AddOffsetsToTxnRequest, response: AddOffsetsToTxnResponse },
        { ...this.#identity(), groupId },
      );
      return errorNameOf(answer.errorCode);
    });
  }

  async commitOffset(groupId: string, topic: string, offset: number): Promise<ErrorName> {
    return this.#ask(`${groupId} commits within a transaction`, async () => {
      const { id } = await this.#client.coordinator(groupId, GROUP);
      const answer = await this.#client.toBroker(
        id,
        { request: TxnOffsetCommitRequest, response: TxnOffsetCommitResponse },
        {
          ...this.#identity(),
          groupId,
          topics: [
            {
              name: topic,
              partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }],
            },
          ],
        },
      );
      return errorNameOf(answer.topics[0]?.partitions[0]?.errorCode ?? -1);
    });
  }

  async end(outcome: 'commit' | 'abort'): Promise<ErrorName> {
    return this.#ask(`a transaction ends by ${outcome}`, async () => {
      const answer = await this.#client.toBroker(
        await this.#coordinator(),
        { request: EndTxnRequest, response: EndTxnResponse },
        { ...this.#identity(), committed: outcome === 'commit' },
      );
      return errorNameOf(answer.errorCode);
    });
  }

  #identity(): { transactionalId: string; producerId: number; producerEpoch: number } {
    const { producerId, producerEpoch } = this;
    return { transactionalId: this.#transactionalId, producerId, producerEpoch };
  }

  async #coordinator(): Promise<number> {
    return (await this.#client.coordinator(this.#transactionalId, TRANSACTION)).id;
  }

  async #ask(what: string, once: () => Promise<ErrorName>): Promise<ErrorName> {
    let answer: ErrorName = 'NONE';
    await until(what, async () => {
      answer = await once();
      if (NOT_YET.has(answer) || (this.isPatient && answer === 'CONCURRENT_TRANSACTIONS'))
        throw new KafkaError(answer);
      return true;
    });
    return answer;
  }
}

/** What a group has committed of partition 0; an error where it is not stable. */
export async function stableOffset(
  client: ClusterClient,
  groupId: string,
  topic: string,
): Promise<number | ErrorName> {
  let found: number | ErrorName = -1;
  await until(`${groupId} tells its offsets`, async () => {
    const { id } = await client.coordinator(groupId, GROUP);
    const { groups } = await client.toBroker(
      id,
      { request: OffsetFetchRequest, response: OffsetFetchResponse },
      { groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }], requireStable: true },
    );
    const ofGroup = errorNameOf(groups[0]?.errorCode ?? -1);
    if (ofGroup !== 'NONE') throw new KafkaError(ofGroup);
    const partition = groups[0]?.topics[0]?.partitions[0];
    const error = errorNameOf(partition?.errorCode ?? -1);
    found = error === 'NONE' ? (partition?.committedOffset ?? -1) : error;
    return true;
  });
  return found;
}
