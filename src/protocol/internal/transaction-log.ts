/**
 * What `__transaction_state` holds: for each transactional id the producer that owns it and where its transaction
 * stands. A null value (tombstone) says that the id expired.
 *
 * Value v0 is what a ZooKeeper-mode cluster writes; v1, flexible, comes only with transaction.version=1 (contract
 * section 5.2) and must be readable.
 */
import { array, int16, int32, int64, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const TransactionLogKey = message({
  name: 'TransactionLogKey',
  versions: '0',
  flexible: 'none',
  fields: {
    transactionalId: string('0+'),
  },
});

export const TransactionLogValue = message({
  name: 'TransactionLogValue',
  versions: '0-1',
  flexible: '1+',
  fields: {
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    transactionTimeoutMs: int32('0+'),
    transactionStatus: int8('0+', {
      about:
        '0 Empty, 1 Ongoing, 2 PrepareCommit, 3 PrepareAbort, 4 CompleteCommit, 5 CompleteAbort, 6 Dead.',
    }),
    transactionPartitions: array(
      '0+',
      { topic: string('0+'), partitionIds: array('0+', 'int32') },
      { nullable: '0+', about: 'Null while Empty; empty once the transaction is complete.' },
    ),
    transactionLastUpdateTimestampMs: int64('0+'),
    transactionStartTimestampMs: int64('0+', { about: '-1 if no transaction was begun.' }),
  },
});

export type TransactionLogKey = MessageOf<typeof TransactionLogKey>;
export type TransactionLogValue = MessageOf<typeof TransactionLogValue>;
