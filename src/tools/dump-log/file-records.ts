/**
 * The batches of a log file, or of a slice of it (Kafka's FileRecords and FileLogInputStream): walked by the lengths they
 * claim, read when they are asked for, a segment being up to two gigabytes. The walk ends in silence where a batch is
 * not whole, and with an exception where its length is none.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCodeOf } from '../../runtime/index.ts';
import { corruptRecord, illegalArgument, JavaException, kafkaException } from './java/exception.ts';

const LOG_OVERHEAD = 12;
const HEADER_SIZE_UP_TO_MAGIC = 17;
const SIZE_POSITION = 8;
const MAGIC_POSITION = 16;
/** A message of format v0 without content. */
const RECORD_OVERHEAD_V0 = 14;
export const INT_MAX = 0x7fff_ffff;

export interface FileBatch {
  readonly position: number;
  readonly sizeInBytes: number;
  readonly magic: number;
  /** Its first bytes, also where its own length says that it is shorter. */
  header(size: number): Buffer;
  /** All of it. */
  read(): Buffer;
}

export class FileRecords {
  readonly path: string;
  readonly #descriptor: number;
  readonly #size: number;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openFile(path);
    this.#size = fstatSync(this.#descriptor).size;
  }

  get sizeInBytes(): number {
    return this.#size;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Where a slice ends. */
  endOf(position: number, size: number): number {
    if (position < 0) throw illegalArgument(`Invalid position: ${position} in read from ${this.#text}`);
    if (position > this.#size)
      throw illegalArgument(`Slice from position ${position} exceeds end position of ${this.#text}`);
    if (size < 0) throw illegalArgument(`Invalid size: ${size} in read from ${this.#text}`);
    return Math.min(position + size, this.#size);
  }

  *batches(start: number, end: number): Generator<FileBatch, void, undefined> {
    let position = start;
    while (position < end - HEADER_SIZE_UP_TO_MAGIC) {
      const header = this.#read(position, HEADER_SIZE_UP_TO_MAGIC);
      const size = header.readInt32BE(SIZE_POSITION);
      if (size < RECORD_OVERHEAD_V0)
        throw corruptRecord(
          `Found record size ${size} smaller than minimum record overhead (${RECORD_OVERHEAD_V0}) in file ${this.path}.`,
        );
      if (position > end - LOG_OVERHEAD - size) return;
      const sizeInBytes = LOG_OVERHEAD + size;
      yield this.#batch(position, sizeInBytes, header.readInt8(MAGIC_POSITION), start, end);
      position += sizeInBytes;
    }
  }

  #batch(position: number, sizeInBytes: number, magic: number, start: number, end: number): FileBatch {
    const load = (size: number): Buffer => {
      const bytes = this.#read(position, size);
      if (bytes.length === size) return bytes;
      throw kafkaException(
        `Failed to load record batch at position ${position} from ${this.#textOf(end - start, start, end)}`,
      );
    };
    return { position, sizeInBytes, magic, header: load, read: () => load(sizeInBytes) };
  }

  #read(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.#size - position)));
    return buffer.subarray(0, readSync(this.#descriptor, buffer, 0, buffer.length, position));
  }

  get #text(): string {
    return this.#textOf(this.#size, 0, INT_MAX);
  }
  #textOf(size: number, start: number, end: number): string {
    return `FileRecords(size=${size}, file=${this.path}, start=${start}, end=${end})`;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const className = { ENOENT: 'NoSuchFileException', EACCES: 'AccessDeniedException' }[
      errorCodeOf(cause) ?? ''
    ];
    throw className === undefined ? cause : new JavaException(`java.nio.file.${className}`, path);
  }
}
