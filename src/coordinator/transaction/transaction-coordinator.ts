/**
 * The transaction coordinator (KIP-98, contract 5.2): where every request about transactions ends up. It finds the shard
 * a transactional id lives in, asks the request's decision, has it written to `__transaction_state`, and only then takes
 * it over and answers.
 *
 * A broker coordinates the ids whose partition it leads. For others it answers NOT_COORDINATOR, and
 * COORDINATOR_LOAD_IN_PROGRESS while it is still reading the partition. Errors come back as values: they are answers, not
 * failures of the broker. Nothing of a state survives an await but the objects: whoever comes back looks whether they are
 * still the ones in use.
 */
import {
  inJavaHashOrder,
  javaHashCode,
  TRANSACTION_STATE_TOPIC,
  type TopicPartition,
} from '../../common/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { FactStream } from '../../observe/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../records/index.ts';
import type { Logger, Runtime, Timer } from '../../runtime/index.ts';
import type { CoordinatorLog } from '../runtime/coordinator-log.ts';
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts';
import { partitionFor } from '../runtime/partition-for.ts';
import { decideAddPartitions, verifyPartitions } from './add-partitions.ts';
import { appendErrorOf, isGone } from './append-error.ts';
import {
  describeTransaction,
  isListed,
  unknownStates,
  type DescribedTransaction,
  type TransactionFilter,
} from './describe.ts';
import { decideEnd, type EndTransaction } from './end-transaction.ts';
import { isExpired, isTimedOut } from './expiry.ts';
import { decideInitProducerId, type ProducerIdAndEpoch } from './init-producer-id.ts';
import type { ProducerIdManager } from './producer-id-manager.ts';
import { transactionRecord, transactionTombstone } from './records.ts';
import { tombstoneBatches } from './tombstone-batches.ts';
import type { TransactionConfig } from './transaction-config.ts';
import {
  TransactionMarkers,
  type PendingCompletion,
  type TransactionMarkersOptions,
} from './transaction-markers.ts';
import { TransactionMetrics } from './transaction-metrics.ts';
import { TransactionShard } from './transaction-shard.ts';
import { isPrepared } from './transaction-state.ts';
import { Transaction, type TransactionTransition } from './transaction.ts';

export interface TransactionCoordinatorOptions extends Pick<
  TransactionMarkersOptions,
  'metadataCache' | 'listenerName' | 'channels'
> {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: TransactionConfig;
  readonly log: CoordinatorLog;
  readonly producerIds: Pick<ProducerIdManager, 'generateProducerId'>;
}

export interface InitProducerId {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the producer says it has; undefined: nothing (KIP-360). */
  readonly expected: ProducerIdAndEpoch | undefined;
}

export interface InitProducerIdResult extends ProducerIdAndEpoch {
  readonly error: ErrorName;
}

export interface ListedTransactions {
  readonly error: ErrorName;
  readonly unknownStates: readonly string[];
  readonly transactions: readonly Transaction[];
}

export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #logger: Logger;
  readonly #metrics: TransactionMetrics;
  readonly #shards: CoordinatorRuntime<TransactionShard>;
  readonly #markers: TransactionMarkers;
  /** Fixed at start: an id must not change its coordinator because somebody added partitions. */
  #partitionCount = 1;
  #isActive = false;
  #abortTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;

  constructor(options: TransactionCoordinatorOptions) {
    const { runtime, facts, config, log } = options;
    this.#options = options;
    this.#logger = runtime.logger.child('kafka.coordinator.transaction.TransactionCoordinator');
    this.#markers = new TransactionMarkers({
      ...options,
      timers: runtime.timers,
      logger: runtime.logger.child('kafka.coordinator.transaction.TransactionMarkerChannelManager'),
      requestTimeoutMs: config.requestTimeoutMs,
      isCurrent: ({ shard, transaction }) => this.#currentError(shard, transaction) === 'NONE',
      complete: (pending) => this.#complete(pending),
    });
    this.#metrics = new TransactionMetrics(options.metrics, this.#markers);
    this.#shards = new CoordinatorRuntime({
      topic: TRANSACTION_STATE_TOPIC,
      log,
      runtime,
      facts,
      loadBufferBytes: config.loadBufferBytes,
      compression: 'none',
      createShard: (partition, coordinatorEpoch) =>
        new TransactionShard({
          partition,
          coordinatorEpoch,
          logger: this.#logger,
          loaded: (shard) => this.#finishPrepared(shard),
          unloaded: (shard) => this.#markers.removeAll(shard),
        }),
      loadTook: (durationMs) => this.#metrics.loadTook(durationMs),
    });
  }

  /** `partitionCount`: of `__transaction_state` if it exists, else what it will be created with. */
  startup(partitionCount: number): void {
    this.#partitionCount = partitionCount;
    this.#isActive = true;
    this.#scheduleAborts();
    this.#scheduleExpiry();
  }

  async shutdown(): Promise<void> {
    this.#isActive = false;
    this.#abortTimer?.cancel();
    this.#expiryTimer?.cancel();
    this.#markers.stop();
    await this.#shards.stop();
  }

  partitionFor(transactionalId: string): number {
    return partitionFor(transactionalId, this.#partitionCount);
  }

  /** What is served at this moment, for who compares it with the log. */
  activeShards(): Iterable<TransactionShard> {
    return this.#shards.activeShards();
  }

  /** This broker leads a partition of `__transaction_state` from this leader epoch on. */
  onElection(partition: number, coordinatorEpoch: number): void {
    this.#shards.load(partition, coordinatorEpoch);
  }

  onResignation(partition: number, coordinatorEpoch: number | undefined): void {
    this.#shards.unload(partition, coordinatorEpoch);
  }

  /** Throws KafkaError while there is no producer id to give. */
  async initProducerId({
    transactionalId,
    timeoutMs,
    expected,
  }: InitProducerId): Promise<InitProducerIdResult> {
    if (transactionalId === '') return notInitialized('INVALID_REQUEST');
    if (timeoutMs > this.#options.config.maxTimeoutMs || timeoutMs <= 0)
      return notInitialized('INVALID_TRANSACTION_TIMEOUT');
    const shard = this.#locate(transactionalId);
    if (typeof shard === 'string') return notInitialized(shard);
    const transaction = shard.get(transactionalId) ?? this.#create(shard, transactionalId, timeoutMs);
    const decision = decideInitProducerId(transaction, expected);
    const nowMs = this.#options.runtime.clock.wallMs();
    switch (decision.kind) {
      case 'refuse':
        return notInitialized(decision.error);
      case 'abort-first': {
        const error = await this.#abortFenced(shard, transaction);
        return notInitialized(error === 'NONE' ? 'CONCURRENT_TRANSACTIONS' : error);
      }
      case 'set-epochs':
        return this.#initialize(
          shard,
          transaction,
          transaction.prepareEpochs(decision.epochs, timeoutMs, nowMs),
        );
      case 'rotate-producer-id': {
        const producerId = this.#options.producerIds.generateProducerId();
        const rotated = transaction.prepareProducerIdRotation(
          producerId,
          decision.lastEpoch,
          timeoutMs,
          nowMs,
        );
        return this.#initialize(shard, transaction, rotated);
      }
    }
  }

  async addPartitions(
    transactionalId: string,
    producer: ProducerIdAndEpoch,
    partitions: readonly TopicPartition[],
  ): Promise<ErrorName> {
    if (transactionalId === '') return 'INVALID_REQUEST';
    const shard = this.#locate(transactionalId);
    if (typeof shard === 'string') return shard;
    const decision = decideAddPartitions(shard.get(transactionalId), producer, partitions);
    if (decision.kind === 'answer') return decision.error;
    const { transaction } = decision;
    const nowMs = this.#options.runtime.clock.wallMs();
    return this.#append(shard, transaction, transaction.prepareAddPartitions(partitions, nowMs));
  }

  /** Whether the partitions are part of the transaction: one error for each, in their order. */
  verifyPartitions(
    transactionalId: string,
    producer: ProducerIdAndEpoch,
    partitions: readonly TopicPartition[],
  ): readonly ErrorName[] {
    const shard = transactionalId === '' ? 'INVALID_REQUEST' : this.#locate(transactionalId);
    if (typeof shard === 'string') return partitions.map(() => shard);
    return verifyPartitions(shard.get(transactionalId), producer, partitions);
  }

  /** Answered once the outcome is stored; the markers follow. */
  endTransaction(transactionalId: string, end: Omit<EndTransaction, 'isFromClient'>): Promise<ErrorName> {
    if (transactionalId === '') return Promise.resolve('INVALID_REQUEST');
    const shard = this.#locate(transactionalId);
    if (typeof shard === 'string') return Promise.resolve(shard);
    return this.#end(shard, shard.get(transactionalId), { ...end, isFromClient: true });
  }

  describe(transactionalId: string): DescribedTransaction | ErrorName {
    if (!this.#isActive) return 'COORDINATOR_NOT_AVAILABLE';
    if (transactionalId === '') return 'INVALID_REQUEST';
    const shard = this.#locate(transactionalId);
    if (typeof shard === 'string') return shard;
    const transaction = shard.get(transactionalId);
    return transaction === undefined ? 'TRANSACTIONAL_ID_NOT_FOUND' : describeTransaction(transaction);
  }

  list(filter: TransactionFilter): ListedTransactions {
    const none = { unknownStates: [], transactions: [] };
    if (!this.#isActive) return { error: 'COORDINATOR_NOT_AVAILABLE', ...none };
    if (this.#shards.isLoading) return { error: 'COORDINATOR_LOAD_IN_PROGRESS', ...none };
    const nowMs = this.#options.runtime.clock.wallMs();
    const transactions: Transaction[] = [];
    for (const shard of this.#shards.activeShards()) {
      // The original has those of a partition in a hash table.
      const all = inJavaHashOrder([...shard.transactions()], ({ transactionalId }) =>
        javaHashCode(transactionalId),
      );
      for (const transaction of all) if (isListed(transaction, filter, nowMs)) transactions.push(transaction);
    }
    return { error: 'NONE', unknownStates: unknownStates(filter.states), transactions };
  }

  // ---- producers

  #create(shard: TransactionShard, transactionalId: string, timeoutMs: number): Transaction {
    const producerId = this.#options.producerIds.generateProducerId();
    const nowMs = this.#options.runtime.clock.wallMs();
    const created = Transaction.create(transactionalId, producerId, timeoutMs, nowMs);
    shard.add(created);
    return created;
  }

  async #initialize(
    shard: TransactionShard,
    transaction: Transaction,
    transition: TransactionTransition,
  ): Promise<InitProducerIdResult> {
    const error = await this.#append(shard, transaction, transition);
    if (error !== 'NONE') return notInitialized(error);
    const { producerId, producerEpoch } = transition;
    this.#logger.info(
      `Initialized transactionalId ${transaction.transactionalId} with producerId ${producerId} and producer epoch ` +
        `${producerEpoch} on partition ${TRANSACTION_STATE_TOPIC}-${shard.partition}`,
    );
    return { error: 'NONE', producerId, producerEpoch };
  }

  // ---- the end of transactions

  /** Shuts out the producer by a higher epoch, and aborts with it. */
  #abortFenced(shard: TransactionShard, transaction: Transaction): Promise<ErrorName> {
    const { producerId } = transaction;
    const producerEpoch = transaction.prepareEpochFence();
    return this.#end(shard, transaction, { producerId, producerEpoch, result: 'abort', isFromClient: false });
  }

  async #end(
    shard: TransactionShard,
    found: Transaction | undefined,
    end: EndTransaction,
  ): Promise<ErrorName> {
    const decision = decideEnd(found, end);
    if (decision.kind === 'answer') return decision.error;
    const { transaction, to, fencingEpoch } = decision;
    const nowMs = this.#options.runtime.clock.wallMs();
    const transition = transaction.prepareEnd(to, nowMs, fencingEpoch);
    // In one turn with what the log answered: nothing comes between the decision and the markers.
    const error = await this.#append(shard, transaction, transition, () =>
      this.#sendMarkers(shard, transaction),
    );
    if (error === 'NONE' || fencingEpoch === undefined) return error;
    if (this.#currentError(shard, transaction) === 'NONE') transaction.noteFailedEpochFence();
    this.#logger.warn(
      `The fence of ${transaction.transactionalId} at epoch ${fencingEpoch} could not be written: ${error}`,
    );
    return error;
  }

  #sendMarkers(shard: TransactionShard, transaction: Transaction): void {
    const completion = transaction.prepareComplete(this.#options.runtime.clock.wallMs());
    this.#markers.add({ shard, transaction, completion });
  }

  /** What the coordinator before has decided and not finished. */
  #finishPrepared(shard: TransactionShard): void {
    for (const transaction of shard.transactions())
      if (isPrepared(transaction.state)) this.#sendMarkers(shard, transaction);
  }

  /** False: not now; the change stays pending. */
  async #complete({ shard, transaction, completion }: PendingCompletion): Promise<boolean> {
    if (this.#currentError(shard, transaction) !== 'NONE') return true;
    const error = await this.#shards.write<ErrorName>(shard.partition, {
      records: [transactionRecord(transaction.transactionalId, completion)],
      timeoutMs: completion.timeoutMs,
      committed: () => this.#takeOver(shard, transaction, completion),
      refused: appendErrorOf,
    });
    if (error === 'NONE' || isGone(error)) return true;
    this.#logger.info(`The end of ${transaction.transactionalId} could not be written yet: ${error}`);
    return false;
  }

  // ---- the log

  /** `onCommitted` runs in the same turn in which the transition is taken over. */
  #append(
    shard: TransactionShard,
    transaction: Transaction,
    transition: TransactionTransition,
    onCommitted: () => void = () => undefined,
  ): Promise<ErrorName> {
    return this.#shards.write<ErrorName>(shard.partition, {
      records: [transactionRecord(transaction.transactionalId, transition)],
      timeoutMs: transition.timeoutMs,
      committed: () => {
        const error = this.#takeOver(shard, transaction, transition);
        if (error === 'NONE') onCommitted();
        return error;
      },
      refused: (error) => {
        if (this.#currentError(shard, transaction) === 'NONE') transaction.abandon();
        return appendErrorOf(error);
      },
    });
  }

  /** The transition is in the log. The partition may have moved meanwhile: then its new coordinator reads it there. */
  #takeOver(shard: TransactionShard, transaction: Transaction, transition: TransactionTransition): ErrorName {
    const error = this.#currentError(shard, transaction);
    if (error !== 'NONE') return error;
    const from = transaction.state;
    transaction.complete(transition);
    const { facts } = this.#options;
    if (facts.active) {
      const { transactionalId, state: to, producerId, producerEpoch } = transaction;
      facts.emit({ kind: 'transaction-state', transactionalId, from, to, producerId, producerEpoch });
    }
    return 'NONE';
  }

  /** Whether these are still the objects in use, or why not. */
  #currentError(shard: TransactionShard, transaction: Transaction): ErrorName {
    const found = this.#shards.find(shard.partition);
    if (typeof found === 'string') return found;
    const isSame = found === shard && found.get(transaction.transactionalId) === transaction;
    return isSame ? 'NONE' : 'NOT_COORDINATOR';
  }

  #locate(transactionalId: string): TransactionShard | ErrorName {
    return this.#shards.find(this.partitionFor(transactionalId));
  }

  // ---- time

  #scheduleAborts(): void {
    const { runtime, config } = this.#options;
    this.#abortTimer = runtime.timers.after(config.abortTimedOutIntervalMs, () => {
      this.#abortTimedOut();
      this.#scheduleAborts();
    });
  }

  #abortTimedOut(): void {
    const nowMs = this.#options.runtime.clock.wallMs();
    for (const shard of this.#shards.activeShards())
      for (const transaction of shard.transactions())
        if (isTimedOut(transaction, nowMs)) void this.#abortOverdue(shard, transaction);
  }

  async #abortOverdue(shard: TransactionShard, transaction: Transaction): Promise<void> {
    const { transactionalId } = transaction;
    const error = await this.#abortFenced(shard, transaction);
    if (error === 'NONE')
      this.#logger.info(
        `Completed rollback of ongoing transaction for transactionalId ${transactionalId} due to timeout`,
      );
    else this.#logger.warn(`Rollback of the overdue transaction of ${transactionalId} failed: ${error}`);
  }

  #scheduleExpiry(): void {
    const { runtime, config } = this.#options;
    this.#expiryTimer = runtime.timers.after(config.removeExpiredIntervalMs, () => {
      for (const shard of this.#shards.activeShards()) this.#removeExpired(shard);
      this.#scheduleExpiry();
    });
  }

  #removeExpired(shard: TransactionShard): void {
    const { runtime, config } = this.#options;
    const nowMs = runtime.clock.wallMs();
    const expired = [...shard.transactions()].filter((transaction) =>
      isExpired(transaction, nowMs, config.transactionalIdExpirationMs),
    );
    for (const batch of tombstoneBatches(expired, config.maxBatchBytes)) {
      for (const transaction of batch) transaction.prepareDead();
      void this.#shards.write(shard.partition, {
        records: batch.map(({ transactionalId }) => transactionTombstone(transactionalId)),
        timeoutMs: config.requestTimeoutMs,
        committed: () => this.#forget(shard, batch),
        refused: (error) => {
          this.#logger.warn(`${batch.length} expired transactional ids could not be removed: ${error}`);
          for (const transaction of batch) transaction.abandon();
        },
      });
    }
  }

  #forget(shard: TransactionShard, transactions: readonly Transaction[]): void {
    for (const transaction of transactions)
      if (this.#currentError(shard, transaction) === 'NONE') shard.remove(transaction);
  }
}

function notInitialized(error: ErrorName): InitProducerIdResult {
  return { error, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH };
}
