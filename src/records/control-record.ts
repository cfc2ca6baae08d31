/**
 * Control records: what a coordinator writes into a partition to end a transaction there. Consumers never see them.
 * Key: version, type. Value: version, coordinator epoch (contract section 4.2).
 */
import { KafkaError } from '../protocol/index.ts';
import { buildBatch } from './build-batch.ts';
import { decodeRecords } from './decode-records.ts';
import type { RecordBatch } from './record-batch.ts';

export type TransactionResult = 'abort' | 'commit';

export interface EndTransactionMarker {
  readonly result: TransactionResult;
  readonly coordinatorEpoch: number;
}

const TYPE_OF: Readonly<Record<TransactionResult, number>> = { abort: 0, commit: 1 };
const VERSION = 0;

/**
 * Undefined for a control batch of another kind (Raft's leader change and the like), which a log keeps unread, and for
 * one that the cleaner has emptied because nothing is left of its transaction.
 */
export function decodeEndTransactionMarker(batch: RecordBatch): EndTransactionMarker | undefined {
  if (batch.count === 0) return undefined;
  const record = decodeRecords(batch)[0];
  if (record?.key == null || record.key.length < 4)
    throw new KafkaError('INVALID_RECORD', 'A control batch holds no control record');
  const type = record.key.readInt16BE(2);
  if (type !== TYPE_OF.abort && type !== TYPE_OF.commit) return undefined;
  if (record.value === null || record.value.length < 6)
    throw new KafkaError('INVALID_RECORD', 'A transaction marker without a coordinator epoch');
  return {
    result: type === TYPE_OF.commit ? 'commit' : 'abort',
    coordinatorEpoch: record.value.readInt32BE(2),
  };
}

export interface MarkerToBuild extends EndTransactionMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timestamp: number;
}

export function buildEndTransactionMarker(marker: MarkerToBuild): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(VERSION, 0);
  key.writeInt16BE(TYPE_OF[marker.result], 2);
  const value = Buffer.alloc(6);
  value.writeInt16BE(VERSION, 0);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  return buildBatch({
    records: [{ key, value, timestamp: marker.timestamp }],
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    isTransactional: true,
    isControl: true,
  });
}
