/**
 * The records of one batch as a pass looks at them: where each stands, whether it has a key and a value, and the hash of
 * its key. They are read together, because the table of the offset map is far larger than any cache of the processor:
 * asked for one key after another it would be waited for each time, asked for all keys of a batch it is waited for once.
 */
import { LegacyBatch, type RecordBatch, RecordCursor } from '../../records/index.ts';
import { Md5 } from './md5.ts';

/** Of a key. */
export const HASH_WORDS = 4;
const HAS_KEY = 1;
const HAS_VALUE = 2;
const FIRST_CAPACITY = 1024;

export class BatchKeys {
  readonly cursor = new RecordCursor();
  count = 0;
  /** Of each record the words of its key's hash; those of a record without a key mean nothing. */
  hashes = new Int32Array(HASH_WORDS * FIRST_CAPACITY);
  readonly #md5 = new Md5();
  #offsetDeltas = new Int32Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  #baseOffset = 0;

  read(batch: RecordBatch): void {
    if (batch instanceof LegacyBatch) {
      this.readMessages(batch.unpacked());
      return;
    }
    const { cursor } = this;
    this.#baseOffset = batch.baseOffset;
    this.count = 0;
    for (cursor.open(batch); cursor.next(); this.count += 1) {
      if (this.count === this.#flags.length) this.#grow();
      this.#offsetDeltas[this.count] = cursor.offsetDelta;
      this.#flags[this.count] = (cursor.hasKey ? HAS_KEY : 0) | (cursor.hasValue ? HAS_VALUE : 0);
      if (cursor.hasKey) this.#hash(cursor.bytes, cursor.keyStart, cursor.keyEnd);
    }
  }

  /** Those of a batch of an old format, unpacked. */
  readMessages(messages: ReturnType<LegacyBatch['unpacked']>): void {
    this.#baseOffset = messages[0]?.record.offset ?? 0;
    this.count = 0;
    for (const { record } of messages) {
      const { offset, key, value } = record;
      if (this.count === this.#flags.length) this.#grow();
      this.#offsetDeltas[this.count] = offset - this.#baseOffset;
      this.#flags[this.count] = (key === null ? 0 : HAS_KEY) | (value === null ? 0 : HAS_VALUE);
      if (key !== null) this.#hash(key, 0, key.length);
      this.count += 1;
    }
  }

  #hash(bytes: Buffer, keyStart: number, keyEnd: number): void {
    this.#md5.update(bytes, keyStart, keyEnd);
    const { words } = this.#md5;
    const at = this.count * HASH_WORDS;
    for (let word = 0; word < HASH_WORDS; word++) this.hashes[at + word] = words[word]!;
  }

  offsetOf(index: number): number {
    return this.#baseOffset + this.#offsetDeltas[index]!;
  }

  hasKey(index: number): boolean {
    return (this.#flags[index]! & HAS_KEY) !== 0;
  }

  hasValue(index: number): boolean {
    return (this.#flags[index]! & HAS_VALUE) !== 0;
  }

  #grow(): void {
    this.hashes = twice(this.hashes);
    this.#offsetDeltas = twice(this.#offsetDeltas);
    const flags = new Uint8Array(2 * this.#flags.length);
    flags.set(this.#flags);
    this.#flags = flags;
  }
}

function twice(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
