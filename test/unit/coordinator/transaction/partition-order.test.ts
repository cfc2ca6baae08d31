/**
 * fixtures/partition-order.json holds what scala-library 2.13.15 (of Kafka 3.9.1) made of random transactions, one
 * history of one transactional id a line: `in` was added to the mutable set that TransactionMetadata keeps, as its
 * prepareAddPartitions does, and `out` is what the union's groupBy gave, topics with partitions; without `in` it is what
 * the set itself gave, as when the transaction is decided. `null`: the transaction ended, the set was cleared.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { TopicPartition } from '../../../../src/common/index.ts';
import { transactionRecord } from '../../../../src/coordinator/transaction/records.ts';
import { Transaction } from '../../../../src/coordinator/transaction/transaction.ts';
import { decodeVersioned, TransactionLogValue } from '../../../../src/protocol/index.ts';
import { ID, TIMEOUT_MS } from './transaction-world.ts';

interface Recorded {
  readonly in?: readonly string[];
  readonly out: readonly (readonly [string, ...number[]])[];
}

const RECORDED = JSON.parse(
  readFileSync(new URL('fixtures/partition-order.json', import.meta.url), 'utf8'),
) as readonly (readonly (Recorded | null)[])[];

const partition = (named: string): TopicPartition => {
  const [topic, index] = named.split('/') as [string, string];
  return { topic, partition: Number(index) };
};

function begin(): Transaction {
  const transaction = Transaction.create(ID, 1000, TIMEOUT_MS, 0);
  transaction.complete(transaction.prepareEpochs({ current: 0, last: -1 }, TIMEOUT_MS, 0));
  return transaction;
}

function end(transaction: Transaction): void {
  if (transaction.state !== 'Ongoing') return;
  transaction.complete(transaction.prepareEnd('PrepareCommit', 0));
  for (const written of [...transaction.partitions]) transaction.markerWritten(written);
  transaction.complete(transaction.prepareComplete(0));
}

test('partitions are written in the order of the original, whatever was added before', () => {
  for (const history of RECORDED) {
    const transaction = begin();
    for (const step of history) {
      if (step === null) {
        end(transaction);
        continue;
      }
      const to =
        step.in === undefined
          ? transaction.prepareEnd('PrepareCommit', 0)
          : transaction.prepareAddPartitions(step.in.map(partition), 0);
      const { value } = decodeVersioned(TransactionLogValue, transactionRecord(ID, to).value!);
      expect(value.transactionPartitions!.map(({ topic, partitionIds }) => [topic, ...partitionIds])).toEqual(
        step.out,
      );
      if (to.state === 'Ongoing') transaction.complete(to);
      else transaction.abandon();
    }
  }
});
