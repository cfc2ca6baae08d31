/**
 * Asks the coordinator of a transaction whether partitions led here are part of it, before the transaction's first batch
 * is appended to them (Kafka's AddPartitionsToTxnManager; KIP-890, part 1). One request at a time to each broker; what is
 * asked meanwhile goes together with the next.
 *
 * Invariant: every question is answered. Where the coordinator cannot be reached the answer is an error that producers
 * try again after; where it is too old to be asked, everything counts as verified, as before KIP-890.
 */
import { PartitionMap, TRANSACTION_STATE_TOPIC, type TopicPartition } from '../../common/index.ts';
import type { BrokerEndpoint, MetadataCache } from '../../metadata/index.ts';
import type { Meter, Metrics, Histogram } from '../../metrics/index.ts';
import { NetworkError } from '../../network/index.ts';
import { errorNameOf, type ErrorName } from '../../protocol/index.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../protocol/messages/24-add-partitions-to-txn.ts';
import type { Clock, Logger } from '../../runtime/index.ts';
import type { BrokerChannels } from '../runtime/broker-channels.ts';

export interface TransactionVerifierOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly metadataCache: Pick<MetadataCache, 'partition' | 'brokerEndpoint'>;
  /** Of brokers among themselves. */
  readonly listenerName: string;
  readonly channels: Pick<BrokerChannels, 'call' | 'close'>;
  readonly requestTimeoutMs: number;
  /** Which partition of `__transaction_state` an id falls on. */
  readonly partitionFor: (transactionalId: string) => number;
}

export interface TransactionToVerify {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TopicPartition[];
  /** The client knows TRANSACTION_ABORTABLE; older ones hear INVALID_TXN_STATE. */
  readonly knowsAbortable: boolean;
}

interface Question {
  readonly transaction: TransactionToVerify;
  readonly askedMs: number;
  /** One error for each partition, in their order. */
  readonly answer: (errors: readonly ErrorName[]) => void;
}

interface Queue {
  /** By transactional id: one question of each at most. */
  questions: Map<string, Question>;
  isAsking: boolean;
}

/** Before, the request is a client's, and only adds. */
const VERSIONS = { min: 4, max: 5 };

export class TransactionVerifier {
  readonly #options: TransactionVerifierOptions;
  readonly #queues = new Map<number, Queue>();
  readonly #failures: Meter;
  readonly #times: Histogram;

  constructor(options: TransactionVerifierOptions) {
    this.#options = options;
    const name = 'kafka.server:type=AddPartitionsToTxnManager,name=';
    this.#failures = options.metrics.meter(`${name}VerificationFailureRate`);
    this.#times = options.metrics.histogram(`${name}VerificationTimeMs`);
  }

  /** One error for each partition, in their order. Never rejects. */
  verify(transaction: TransactionToVerify): Promise<readonly ErrorName[]> {
    const coordinator = this.#coordinatorOf(transaction.transactionalId);
    if (coordinator === undefined) return Promise.resolve(allOf(transaction, 'COORDINATOR_NOT_AVAILABLE'));
    return new Promise((answer) => {
      const question = { transaction, answer, askedMs: this.#options.clock.monotonicMs() };
      this.#enqueue(coordinator.id, question);
    });
  }

  close(): void {
    this.#options.channels.close();
  }

  #coordinatorOf(transactionalId: string): BrokerEndpoint | undefined {
    const { metadataCache, partitionFor, listenerName } = this.#options;
    const partition = metadataCache.partition(TRANSACTION_STATE_TOPIC, partitionFor(transactionalId));
    return partition && metadataCache.brokerEndpoint(partition.leader, listenerName);
  }

  /** A second question about an id takes the place of the first, unless it is of a producer that was fenced. */
  #enqueue(brokerId: number, question: Question): void {
    let queue = this.#queues.get(brokerId);
    if (queue === undefined) this.#queues.set(brokerId, (queue = { questions: new Map(), isAsking: false }));
    const { transactionalId, producerEpoch } = question.transaction;
    const waiting = queue.questions.get(transactionalId);
    if (waiting !== undefined) {
      const waitingEpoch = waiting.transaction.producerEpoch;
      if (waitingEpoch > producerEpoch) {
        this.#fail(question, 'INVALID_PRODUCER_EPOCH');
        return;
      }
      this.#fail(waiting, waitingEpoch < producerEpoch ? 'INVALID_PRODUCER_EPOCH' : 'NETWORK_EXCEPTION');
    }
    queue.questions.set(transactionalId, question);
    if (!queue.isAsking) void this.#askAll(brokerId, queue);
  }

  async #askAll(brokerId: number, queue: Queue): Promise<void> {
    queue.isAsking = true;
    while (queue.questions.size > 0) {
      const questions = queue.questions;
      queue.questions = new Map();
      await this.#ask(brokerId, questions);
    }
    queue.isAsking = false;
  }

  async #ask(brokerId: number, questions: ReadonlyMap<string, Question>): Promise<void> {
    const { metadataCache, listenerName, channels, requestTimeoutMs, logger } = this.#options;
    const endpoint = metadataCache.brokerEndpoint(brokerId, listenerName);
    const failAll = (error: ErrorName): void => {
      for (const question of questions.values()) this.#fail(question, error);
    };
    if (endpoint === undefined) {
      failAll('NETWORK_EXCEPTION');
      return;
    }
    try {
      const response = await channels.call(endpoint, {
        request: AddPartitionsToTxnRequest,
        response: AddPartitionsToTxnResponse,
        versions: VERSIONS,
        value: {
          transactions: [...questions.values()].map(toWire),
          // Fields of older versions, which are not sent.
          v3AndBelowTransactionalId: '',
          v3AndBelowProducerId: 0,
          v3AndBelowProducerEpoch: 0,
          v3AndBelowTopics: [],
        },
        timeoutMs: requestTimeoutMs,
      });
      const error = errorNameOf(response.errorCode);
      // Clients know nothing of what brokers may do among themselves.
      if (error !== 'NONE') failAll(error === 'CLUSTER_AUTHORIZATION_FAILED' ? 'INVALID_TXN_STATE' : error);
      else this.#answerAll(questions, response);
    } catch (error) {
      if (error instanceof NetworkError && error.failure === 'UNSUPPORTED_VERSION') {
        logger.warn(`Broker ${brokerId} cannot verify transactions: what producers send is taken unverified`);
        for (const question of questions.values())
          this.#answer(question, allOf(question.transaction, 'NONE'));
      } else {
        logger.warn(`Broker ${brokerId} has not answered about transactions`, { error });
        failAll('NETWORK_EXCEPTION');
      }
    }
  }

  #answerAll(questions: ReadonlyMap<string, Question>, response: AddPartitionsToTxnResponse): void {
    const unanswered = new Map(questions);
    for (const { transactionalId, topicResults } of response.resultsByTransaction) {
      const question = unanswered.get(transactionalId);
      if (question === undefined) continue;
      unanswered.delete(transactionalId);
      const errors = new PartitionMap<ErrorName>();
      for (const { name, resultsByPartition } of topicResults)
        for (const { partitionIndex, partitionErrorCode } of resultsByPartition)
          errors.set(name, partitionIndex, errorNameOf(partitionErrorCode));
      const { partitions, knowsAbortable } = question.transaction;
      this.#answer(
        question,
        partitions.map(({ topic, partition }) =>
          forProducers(errors.get(topic, partition) ?? 'NONE', knowsAbortable),
        ),
      );
    }
    for (const question of unanswered.values()) this.#fail(question, 'NETWORK_EXCEPTION');
  }

  #fail(question: Question, error: ErrorName): void {
    this.#answer(question, allOf(question.transaction, error));
  }

  #answer({ askedMs, answer }: Question, errors: readonly ErrorName[]): void {
    this.#times.update(this.#options.clock.monotonicMs() - askedMs);
    this.#failures.mark(errors.filter((error) => error !== 'NONE').length);
    answer(errors);
  }
}

function allOf({ partitions }: TransactionToVerify, error: ErrorName): readonly ErrorName[] {
  return partitions.map(() => error);
}

/** In words that producers know how to go on after. */
function forProducers(error: ErrorName, knowsAbortable: boolean): ErrorName {
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH';
  return error === 'TRANSACTION_ABORTABLE' && !knowsAbortable ? 'INVALID_TXN_STATE' : error;
}

function toWire({ transaction }: Question): AddPartitionsToTxnRequest['transactions'][number] {
  const { transactionalId, producerId, producerEpoch, partitions } = transaction;
  const byTopic = new PartitionMap<true>();
  for (const { topic, partition } of partitions) byTopic.set(topic, partition, true);
  return {
    transactionalId,
    producerId,
    producerEpoch,
    verifyOnly: true,
    topics: [...byTopic.topics()].map((name) => ({
      name,
      partitions: [...byTopic.partitionsOf(name).keys()],
    })),
  };
}
