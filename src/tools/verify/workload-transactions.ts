/**
 * The transactions of one transactional id, request by request as KIP-98 has them: announce partitions, send, announce
 * the group, commit its offsets, end. Each step retries what passes; an end whose answer never came is of unknown outcome,
 * and then the id has to be initialised again, which fences whatever is still on its way.
 */
import type { TopicPartition } from '../../common/index.ts';
import { topicPartitionName } from '../../common/index.ts';
import { errorNameOf, KafkaError } from '../../protocol/index.ts';
import type { ErrorName, Fields, StructInput, StructOf } from '../../protocol/index.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../protocol/messages/22-init-producer-id.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../protocol/messages/24-add-partitions-to-txn.ts';
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
} from '../../protocol/messages/25-add-offsets-to-txn.ts';
import { EndTxnRequest, EndTxnResponse } from '../../protocol/messages/26-end-txn.ts';
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../protocol/messages/28-txn-offset-commit.ts';
import type { ClusterClient, GroupMember } from '../client/index.ts';
import type { Api } from '../client/broker-connection.ts';
import { requestError } from './request-error.ts';
import type { SendOutcome } from './send-batch.ts';
import { WorkloadProducer } from './workload-producer.ts';

const TRANSACTION = 1;
const GROUP = 0;
const RETRY_BACKOFF_MS = 50;
/** The newest version for clients; later ones are for brokers. */
const ADD_PARTITIONS_BY_CLIENTS = 3;

const PASSING: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);
/** Of these an ending knows that the attempt has changed nothing. */
const UNTOUCHED: ReadonlySet<ErrorName> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);

export interface TransactionSettings {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
}

export type EndOutcome =
  { readonly kind: 'ok' } | { readonly kind: 'fail' | 'info'; readonly error: KafkaError };

export class WorkloadTransactions {
  readonly #client: ClusterClient;
  readonly #settings: TransactionSettings;
  readonly #producer: WorkloadProducer;
  readonly #announced = new Set<string>();
  #identity = { producerId: -1, producerEpoch: -1 };

  constructor(client: ClusterClient, settings: TransactionSettings) {
    this.#client = client;
    this.#settings = settings;
    const { deliveryTimeoutMs } = settings;
    this.#producer = new WorkloadProducer(client, { acks: -1, idempotent: true, deliveryTimeoutMs });
  }

  /** Aborts what an earlier life of this id left open, and fences it. */
  async start(): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#settings;
    const api = { request: InitProducerIdRequest, response: InitProducerIdResponse };
    const { producerId, producerEpoch } = await this.#retried(TRANSACTION, transactionalId, {
      api,
      request: { transactionalId, transactionTimeoutMs },
      errorsOf: ({ errorCode }) => [errorCode],
    });
    this.#identity = { producerId, producerEpoch };
    this.#producer.begin(producerId, producerEpoch);
    this.#announced.clear();
  }

  async send(to: TopicPartition, values: readonly number[]): Promise<SendOutcome> {
    const { transactionalId } = this.#settings;
    try {
      await this.#announce(to);
    } catch (thrown) {
      return { kind: 'refused', error: requestError(thrown) };
    }
    return this.#producer.send(to, values, transactionalId);
  }

  async commitOffsets(
    member: GroupMember,
    groupId: string,
    positions: readonly (TopicPartition & { readonly offset: number })[],
  ): Promise<void> {
    const { transactionalId } = this.#settings;
    await this.#retried(TRANSACTION, transactionalId, {
      api: { request: AddOffsetsToTxnRequest, response: AddOffsetsToTxnResponse },
      request: { transactionalId, ...this.#identity, groupId },
      errorsOf: ({ errorCode }) => [errorCode],
    });
    const { generationId, memberId } = member;
    const topics = [...new Set(positions.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: positions
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
    }));
    await this.#retried(GROUP, groupId, {
      api: { request: TxnOffsetCommitRequest, response: TxnOffsetCommitResponse },
      request: { transactionalId, groupId, ...this.#identity, generationId, memberId, topics },
      errorsOf: (answer) =>
        answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    });
  }

  async end(committed: boolean): Promise<EndOutcome> {
    const { transactionalId } = this.#settings;
    /** Errors after which the coordinator may have ended it all the same. */
    const doubts: ErrorName[] = [];
    this.#announced.clear();
    try {
      await this.#retried(TRANSACTION, transactionalId, {
        api: { request: EndTxnRequest, response: EndTxnResponse },
        request: { transactionalId, ...this.#identity, committed },
        errorsOf: ({ errorCode }) => [errorCode],
        onPassing: (error) => (UNTOUCHED.has(error) ? undefined : doubts.push(error)),
      });
      return { kind: 'ok' };
    } catch (thrown) {
      const error = requestError(thrown);
      return { kind: doubts.length > 0 ? 'info' : 'fail', error };
    }
  }

  async #announce({ topic, partition }: TopicPartition): Promise<void> {
    const name = topicPartitionName({ topic, partition });
    if (this.#announced.has(name)) return;
    const { transactionalId } = this.#settings;
    await this.#retried(TRANSACTION, transactionalId, {
      api: { request: AddPartitionsToTxnRequest, response: AddPartitionsToTxnResponse },
      request: {
        transactions: [],
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: this.#identity.producerId,
        v3AndBelowProducerEpoch: this.#identity.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      },
      atMost: ADD_PARTITIONS_BY_CLIENTS,
      errorsOf: (answer) =>
        answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
          resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
        ),
    });
    this.#announced.add(name);
  }

  /** Asks the coordinator of the key until it answers for good; the first error that does not pass is thrown. */
  async #retried<Req extends Fields, Res extends Fields>(
    keyType: 0 | 1,
    key: string,
    call: {
      readonly api: Api<Req, Res>;
      readonly request: StructInput<Req>;
      readonly atMost?: number;
      readonly errorsOf: (answer: StructOf<Res>) => readonly number[];
      readonly onPassing?: (error: ErrorName) => unknown;
    },
  ): Promise<StructOf<Res>> {
    const { clock, timers } = this.#client.runtime;
    const untilMs = clock.monotonicMs() + this.#settings.deliveryTimeoutMs;
    for (;;) {
      let error: KafkaError;
      try {
        const { id } = await this.#client.coordinator(key, keyType);
        const answer = await this.#client.toBroker(id, call.api, call.request, call.atMost);
        const code = call.errorsOf(answer).find((each) => each !== 0);
        if (code === undefined) return answer;
        error = new KafkaError(errorNameOf(code));
      } catch (thrown) {
        error = requestError(thrown);
      }
      if (!PASSING.has(error.error)) throw error;
      call.onPassing?.(error.error);
      if (clock.monotonicMs() >= untilMs) throw error;
      await timers.sleep(RETRY_BACKOFF_MS);
    }
  }
}
