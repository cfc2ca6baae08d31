/**
 * The batches of a replica as they lie on the disk of its machine. What is appended is read from where the last read
 * ended, and files behind that are looked for only when one has no more.
 */
import { readBatches, type LogSource, type ObservedBatch } from './observed-log.ts';

interface PeekedFile {
  readonly size: number;
  read(buffer: Buffer, position: number): number;
}

/** What is needed of a machine's disk. */
export interface PeekedDisk {
  names(path: string): string[];
  file(path: string): PeekedFile | undefined;
}

/** What is read is looked at and forgotten at once. */
let scratch = Buffer.alloc(64 * 1024);

const LOG_FILE = /^(\d{20})\.log$/;

export class DiskLog implements LogSource {
  readonly dir: string;
  readonly #disk: PeekedDisk;
  /** Where to read on. */
  #name = '';
  #file: PeekedFile | undefined;
  #position = 0;
  #endOffset = 0;

  constructor(disk: PeekedDisk, dir: string) {
    this.#disk = disk;
    this.dir = dir;
  }

  all(endOffset: number): readonly ObservedBatch[] {
    this.#name = '';
    this.#file = undefined;
    this.#position = 0;
    this.#endOffset = 0;
    return this.next(endOffset);
  }

  next(endOffset: number): readonly ObservedBatch[] {
    const found: ObservedBatch[] = [];
    for (;;) {
      this.#readOn(endOffset, found);
      if (this.#endOffset >= endOffset) return found;
      const next = this.#disk.names(this.dir).find((name) => LOG_FILE.test(name) && name > this.#name);
      if (next === undefined) return found;
      this.#name = next;
      this.#file = this.#disk.file(`${this.dir}/${next}`);
      this.#position = 0;
    }
  }

  #readOn(endOffset: number, found: ObservedBatch[]): void {
    const file = this.#file;
    const size = (file?.size ?? 0) - this.#position;
    if (file === undefined || size <= 0) return;
    if (size > scratch.length) scratch = Buffer.alloc(2 * size);
    const bytes = scratch.subarray(0, size);
    file.read(bytes, this.#position);
    const { batches, bytes: used } = readBatches(bytes, endOffset);
    this.#position += used;
    for (const batch of batches) {
      // A cleaner that is about to put one file in the place of two leaves both for a moment.
      if (batch.baseOffset < this.#endOffset) continue;
      found.push(batch);
      this.#endOffset = batch.lastOffset + 1;
    }
  }
}
