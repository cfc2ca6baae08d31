/**
 * Writes a batch again with only some of its records: what the cleaner leaves of it. Offsets and all that the batch says
 * of its producer stay; its times begin with the first record that is left, as Kafka's builder has it. Records are
 * copied as they are, neighbours in one piece, wherever their bytes would come out the same.
 */
import { codecOf } from './compression/index.ts';
import { writeInt64 } from './int64.ts';
import {
  BATCH_ATTRIBUTE,
  BATCH_LAYOUT,
  LOG_OVERHEAD,
  NO_TIMESTAMP,
  RECORD_BATCH_OVERHEAD,
  RecordBatch,
} from './record-batch.ts';
import type { RecordCursor } from './record-cursor.ts';
import { readRecord, RecordReader, RecordWriter, varintSize, writeRecord } from './record.ts';

const ATTRIBUTES_BYTES = 1;

export class BatchRewriter {
  readonly #writer = new RecordWriter(64 * 1024);
  readonly #scratch = new RecordWriter();
  #batch = new RecordBatch(Buffer.alloc(0));
  #baseTimestamp: number | undefined;
  #maxTimestamp = NO_TIMESTAMP;
  #count = 0;
  /** Bytes of the cursor that go over as they are: none while both are equal. */
  #runStart = 0;
  #runEnd = 0;

  /**
   * Those records of the batch that `keep` has a 1 for, by their place in it; `cursor` has the batch open. With
   * `deleteHorizonMs` it is what the base timestamp says (KIP-534). The bytes are good until the next call.
   */
  rewrite(
    batch: RecordBatch,
    cursor: RecordCursor,
    { keep, deleteHorizonMs }: { readonly keep: Uint8Array; readonly deleteHorizonMs: number | undefined },
  ): Buffer {
    this.#begin(batch, deleteHorizonMs);
    cursor.rewind(batch.count);
    for (let index = 0; cursor.next(); index++) if (keep[index] === 1) this.#take(cursor);
    this.#endRun(cursor);
    return this.#finish(deleteHorizonMs);
  }

  #begin(batch: RecordBatch, deleteHorizonMs: number | undefined): void {
    this.#batch = batch;
    this.#baseTimestamp = deleteHorizonMs;
    this.#maxTimestamp = NO_TIMESTAMP;
    this.#count = 0;
    this.#runStart = this.#runEnd = 0;
    this.#writer.clear();
    // Uncompressed, the records follow the header at once.
    if (batch.compression === 'none')
      this.#writer.range(batch.buffer, batch.position, batch.position + RECORD_BATCH_OVERHEAD);
  }

  #take(cursor: RecordCursor): void {
    const batch = this.#batch;
    const { start, end, timestampDelta } = cursor;
    const timestamp =
      batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta;
    this.#baseTimestamp ??= timestamp;
    this.#maxTimestamp = this.#count === 0 ? timestamp : Math.max(this.#maxTimestamp, timestamp);
    this.#count += 1;
    const delta = timestamp - this.#baseTimestamp;
    if (cursor.isWasteful) this.#writeAnew(cursor);
    else if (delta !== timestampDelta) this.#writeWithTime(cursor, delta);
    else {
      if (this.#runEnd !== start) {
        this.#endRun(cursor);
        this.#runStart = start;
      }
      this.#runEnd = end;
    }
  }

  #endRun({ bytes }: RecordCursor): void {
    if (this.#runEnd > this.#runStart) this.#writer.range(bytes, this.#runStart, this.#runEnd);
    this.#runStart = this.#runEnd = 0;
  }

  #writeWithTime(cursor: RecordCursor, delta: number): void {
    this.#endRun(cursor);
    const { bytes, end, timestampEnd } = cursor;
    const writer = this.#writer;
    writer.varint(ATTRIBUTES_BYTES + varintSize(delta) + end - timestampEnd);
    writer.byte(0);
    writer.varint(delta);
    writer.range(bytes, timestampEnd, end);
  }

  /** A number in it takes more bytes than it needs, which no builder of Kafka's would leave so. */
  #writeAnew(cursor: RecordCursor): void {
    this.#endRun(cursor);
    const batch = this.#batch;
    const { baseOffset, baseTimestamp } = batch;
    const logAppendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined;
    const reader = new RecordReader(cursor.bytes.subarray(cursor.start, cursor.end));
    const record = readRecord(reader, { baseOffset, baseTimestamp }, logAppendTime);
    writeRecord(this.#writer, this.#scratch, record, {
      baseOffset,
      baseTimestamp: this.#baseTimestamp ?? baseTimestamp,
    });
  }

  #finish(deleteHorizonMs: number | undefined): Buffer {
    const batch = this.#batch;
    const buffer = this.#whole();
    buffer.writeInt32BE(buffer.length - LOG_OVERHEAD, BATCH_LAYOUT.batchLength);
    const attributes = batch.attributes & ~BATCH_ATTRIBUTE.deleteHorizon;
    buffer.writeInt16BE(
      deleteHorizonMs === undefined ? attributes : attributes | BATCH_ATTRIBUTE.deleteHorizon,
      BATCH_LAYOUT.attributes,
    );
    writeInt64(buffer, this.#baseTimestamp ?? NO_TIMESTAMP, BATCH_LAYOUT.baseTimestamp);
    writeInt64(
      buffer,
      batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : this.#maxTimestamp,
      BATCH_LAYOUT.maxTimestamp,
    );
    buffer.writeInt32BE(this.#count, BATCH_LAYOUT.count);
    buffer.writeUInt32BE(new RecordBatch(buffer).computeCrc(), BATCH_LAYOUT.crc);
    return buffer;
  }

  #whole(): Buffer {
    const { compression = 'none', buffer, position } = this.#batch;
    if (compression === 'none') return this.#writer.result();
    const header = buffer.subarray(position, position + RECORD_BATCH_OVERHEAD);
    return Buffer.concat([header, codecOf(compression).compress(this.#writer.result())]);
  }
}
