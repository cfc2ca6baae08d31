/**
 * A transactional producer of a simulated cluster, on a machine of its own that can be killed. It tries again whatever
 * may be tried again, as Kafka's does; what else it is answered ends it, and the next one starts with `init`.
 */
import type { TopicPartition } from '../../../src/common/index.ts';
import { errorNameOf, errors } from '../../../src/protocol/index.ts';
import type { ErrorName, Fields, MessageSchema, StructInput, StructOf } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../../src/protocol/messages/10-find-coordinator.ts';
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
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../../src/protocol/messages/28-txn-offset-commit.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { AnyBroker } from '../any-broker.ts';
import type { SimulatedCluster } from '../cluster.ts';

const CALL_TIMEOUT_MS = 3000;
const ACKS_TIMEOUT_MS = 2000;
const TRANSACTION_TIMEOUT_MS = 60_000;
const COORDINATOR = 'coordinator';
const KEY_TYPE = { group: 0, transaction: 1 } as const;

/** The producer cannot go on. */
export class Refused extends Error {
  readonly error: ErrorName;

  constructor(error: ErrorName) {
    super(error);
    this.error = error;
  }
}

export class TransactionalClient {
  readonly #cluster: SimulatedCluster;
  /** By what is asked of them: who knew it the last time is asked first. */
  readonly #brokers = new Map<string, AnyBroker>();
  readonly #host: string;
  readonly #transactionalId: string;
  readonly #sequences = new Map<string, number>();
  #producer = { producerId: -1, producerEpoch: -1 };

  constructor(cluster: SimulatedCluster, host: string, transactionalId: string) {
    this.#cluster = cluster;
    this.#host = host;
    this.#transactionalId = transactionalId;
  }

  async init(): Promise<void> {
    await this.#findCoordinator('transaction', this.#transactionalId);
    const { producerId, producerEpoch } = await this.#ask(
      COORDINATOR,
      InitProducerIdRequest,
      InitProducerIdResponse,
      4,
      { transactionalId: this.#transactionalId, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS },
      ({ errorCode }) => errorCode,
    );
    this.#producer = { producerId, producerEpoch };
    this.#sequences.clear();
  }

  async add(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#ask(
      COORDINATOR,
      AddPartitionsToTxnRequest,
      AddPartitionsToTxnResponse,
      3,
      {
        transactions: [],
        v3AndBelowTransactionalId: this.#transactionalId,
        v3AndBelowProducerId: this.#producer.producerId,
        v3AndBelowProducerEpoch: this.#producer.producerEpoch,
        v3AndBelowTopics: partitions.map(({ topic, partition }) => ({
          name: topic,
          partitions: [partition],
        })),
      },
      ({ resultsByTopicV3AndBelow: [topic] }) => topic?.resultsByPartition[0]?.partitionErrorCode,
    );
  }

  async send({ topic, partition }: TopicPartition, values: readonly string[]): Promise<void> {
    const name = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, baseSequence + values.length);
    const timestamp = this.#cluster.world.runtimeFor(this.#host).clock.wallMs();
    const records = buildBatch({
      records: values.map((value) => ({ value: Buffer.from(value), timestamp })),
      ...this.#producer,
      baseSequence,
      isTransactional: true,
    });
    await this.#ask(
      name,
      ProduceRequest,
      ProduceResponse,
      9,
      {
        transactionalId: this.#transactionalId,
        acks: -1,
        timeoutMs: ACKS_TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      },
      ({ responses: [answer] }) => answer?.partitionResponses[0]?.errorCode,
    );
  }

  /** Makes the group's offset of the partition part of the transaction. */
  async commitOffset(groupId: string, { topic, partition }: TopicPartition, offset: number): Promise<void> {
    const of = { transactionalId: this.#transactionalId, ...this.#producer, groupId };
    await this.#ask(
      COORDINATOR,
      AddOffsetsToTxnRequest,
      AddOffsetsToTxnResponse,
      3,
      of,
      ({ errorCode }) => errorCode,
    );
    await this.#findCoordinator('group', groupId);
    await this.#ask(
      groupId,
      TxnOffsetCommitRequest,
      TxnOffsetCommitResponse,
      3,
      {
        ...of,
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }],
          },
        ],
      },
      ({ topics: [answer] }) => answer?.partitions[0]?.errorCode,
    );
  }

  async end(result: 'commit' | 'abort'): Promise<void> {
    await this.#ask(
      COORDINATOR,
      EndTxnRequest,
      EndTxnResponse,
      3,
      { transactionalId: this.#transactionalId, ...this.#producer, committed: result === 'commit' },
      ({ errorCode }) => errorCode,
    );
  }

  async #findCoordinator(of: keyof typeof KEY_TYPE, key: string): Promise<void> {
    await this.#ask(
      'anybody',
      FindCoordinatorRequest,
      FindCoordinatorResponse,
      3,
      { key, keyType: KEY_TYPE[of], coordinatorKeys: [] },
      ({ errorCode }) => errorCode,
    );
  }

  async #ask<Req extends Fields, Res extends Fields>(
    whom: string,
    request: MessageSchema<Req>,
    response: MessageSchema<Res>,
    version: number,
    body: StructInput<Req>,
    codeOf: (answer: StructOf<Res>) => number | undefined,
  ): Promise<StructOf<Res>> {
    let brokers = this.#brokers.get(whom);
    if (brokers === undefined) this.#brokers.set(whom, (brokers = new AnyBroker(this.#cluster, this.#host)));
    return brokers.untilDone(async (client) => {
      const answer = await client.send(request, response, version, body, { timeoutMs: CALL_TIMEOUT_MS });
      const code = codeOf(answer);
      const error = code === undefined ? 'UNKNOWN_SERVER_ERROR' : errorNameOf(code);
      // What was sent before and taken although nobody heard of it.
      if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') return answer;
      if (errors[error].retriable) return undefined;
      throw new Refused(error);
    });
  }
}
