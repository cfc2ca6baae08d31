export { batchAt } from './batch-at.ts';
export { batchesOf, wholeBatchesSize, wholeBatchSize } from './batches-of.ts';
export { type BatchToBuild, buildBatch, type RecordToBuild } from './build-batch.ts';
export { DECOMPRESSED_BYTES_MAX, prepareCompression, unpackedBound } from './compression/index.ts';
export {
  buildEndTransactionMarker,
  decodeEndTransactionMarker,
  type EndTransactionMarker,
  type MarkerToBuild,
  type TransactionResult,
} from './control-record.ts';
export { crc32c } from './crc32c.ts';
export { decodeRecords, decodeUnpacked, decompressedRecords } from './decode-records.ts';
export { readInt64, writeInt64 } from './int64.ts';
export { decompressLegacy, type LegacyCodec } from './legacy/legacy-compression.ts';
export { type Conversion, type Converted, convertRecords } from './legacy/convert-on-workers.ts';
export { LegacyBatch } from './legacy/legacy-batch.ts';
export * from './record-batch.ts';
export { RecordCursor } from './record-cursor.ts';
export { BatchRewriter } from './rewrite-batch.ts';
export type { KafkaRecord, RecordHeader } from './record.ts';
export { RecordWalk } from './record-walk.ts';
