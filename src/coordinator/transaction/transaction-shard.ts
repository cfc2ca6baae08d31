/**
 * The transactional ids of one partition of `__transaction_state`, and how they are read back from it: the last record of
 * each id says everything. What was decided and not finished goes on where the coordinator before left off.
 */
import type { KafkaRecord, RecordBatch } from '../../records/index.ts';
import type { Logger } from '../../runtime/index.ts';
import type { CoordinatorShard } from '../runtime/coordinator-runtime.ts';
import { decodeTransactionRecord } from './records.ts';
import { Transaction } from './transaction.ts';

export interface TransactionShardOptions {
  readonly partition: number;
  readonly coordinatorEpoch: number;
  readonly logger: Logger;
  /** Everything is read; requests come from now on. */
  loaded(shard: TransactionShard): void;
  /** Another coordinator goes on from here. */
  unloaded(shard: TransactionShard): void;
}

export class TransactionShard implements CoordinatorShard {
  readonly partition: number;
  readonly #options: TransactionShardOptions;
  readonly #transactions = new Map<string, Transaction>();
  /** The leader epoch of the partition: markers carry it, and those of an older one are refused. */
  #coordinatorEpoch: number;

  constructor(options: TransactionShardOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.#coordinatorEpoch = options.coordinatorEpoch;
  }

  get coordinatorEpoch(): number {
    return this.#coordinatorEpoch;
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId);
  }

  add(transaction: Transaction): void {
    this.#transactions.set(transaction.transactionalId, transaction);
  }

  remove({ transactionalId }: Transaction): void {
    this.#transactions.delete(transactionalId);
  }

  transactions(): IterableIterator<Transaction> {
    return this.#transactions.values();
  }

  replay(_batch: RecordBatch, records: readonly KafkaRecord[]): void {
    for (const { key, value } of records) {
      if (key === null) continue;
      const record = decodeTransactionRecord(key, value);
      if (record.kind === 'unknown') {
        this.#options.logger.warn(
          `A record with key version ${record.keyVersion} in partition ${this.partition} is ignored: ` +
            `it may be left over from an upgrade that was called off`,
        );
        continue;
      }
      const { transactionalId, snapshot } = record;
      // In the place of its last record: whoever lists them finds them in the order of the log.
      this.#transactions.delete(transactionalId);
      if (snapshot !== null) this.add(Transaction.restore(transactionalId, snapshot));
    }
  }

  onLoaded(): void {
    this.#options.loaded(this);
  }

  onEpochRaised(epoch: number): void {
    this.#coordinatorEpoch = epoch;
  }

  onUnloaded(): void {
    this.#options.unloaded(this);
    this.#transactions.clear();
  }
}
