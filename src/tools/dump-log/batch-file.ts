/** The batches of a log file one after another, read as they are asked for: a segment can be a gigabyte. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { batchAt, type RecordBatch, wholeBatchSize } from '../../records/index.ts';

export interface PlacedBatch {
  readonly batch: RecordBatch;
  readonly position: number;
}

/** What stands before the part of a batch that its length counts. */
const HEADER_BYTES = 12;

export class BatchFile {
  readonly size: number;
  /** Bytes of whole batches met so far; less than `size` after the last one when the tail is torn. */
  validBytes = 0;
  readonly #descriptor: number;

  constructor(path: string, maxBytes = Infinity) {
    this.#descriptor = openSync(path, 'r');
    this.size = Math.min(maxBytes, fstatSync(this.#descriptor).size);
  }

  *batches(from = 0): Generator<PlacedBatch, void, undefined> {
    let position = from;
    for (;;) {
      const header = this.#read(position, HEADER_BYTES);
      if (header.length < HEADER_BYTES) return;
      const size = HEADER_BYTES + header.readInt32BE(8);
      if (size <= HEADER_BYTES || position + size > this.size) return;
      const buffer = this.#read(position, size);
      if (wholeBatchSize(buffer, 0) === undefined) return;
      this.validBytes = Math.max(this.validBytes, position + size);
      yield { batch: batchAt(buffer), position };
      position += size;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)));
    const count = readSync(this.#descriptor, buffer, 0, buffer.length, position);
    return buffer.subarray(0, count);
  }
}
