/**
 * The bytes of one file: as processes see them, and as they would be after a power loss. What was written since the
 * last sync is remembered write by write, because after a loss any of it may be there, or half of it.
 */
import type { SeededRandom } from './seeded-random.ts';

type Change = { readonly position: number; readonly data: Buffer } | { readonly truncateTo: number };

/** The unit in which a disk writes or does not. */
const SECTOR_BYTES = 512;

export class MemoryFile {
  readonly kind = 'file';
  modifiedMs = 0;
  #live = new GrowingBytes();
  #durable = new GrowingBytes();
  #unsynced: Change[] = [];

  get size(): number {
    return this.#live.size;
  }

  /** What it takes on the disk: not what a hole at its end would. */
  get usedBytes(): number {
    return this.#live.used.length;
  }

  get bytes(): Buffer {
    const bytes = Buffer.alloc(this.size);
    this.read(bytes, 0);
    return bytes;
  }

  /** Fills `buffer` from `position` as far as the file reaches; returns how far. */
  read(buffer: Buffer, position: number): number {
    return this.#live.read(buffer, position);
  }

  write(position: number, data: Buffer): void {
    this.#live.write(position, data);
    this.#unsynced.push({ position, data: Buffer.from(data) });
  }

  truncate(size: number): void {
    this.#live.truncate(size);
    this.#unsynced.push({ truncateTo: size });
  }

  sync(): void {
    if (this.#unsynced.length === 0) return;
    this.#durable = this.#live.copy();
    this.#unsynced = [];
  }

  /** The power fails: what was not synced is gone, or with `random`, partly gone. */
  losePower(random: SeededRandom | undefined): void {
    const kept = this.#durable.copy();
    if (random !== undefined) for (const change of this.#unsynced) keepSome(kept, change, random);
    this.#live = kept;
    this.#durable = kept.copy();
    this.#unsynced = [];
  }
}

function keepSome(kept: GrowingBytes, change: Change, random: SeededRandom): void {
  const fate = random.below(3);
  if (fate === 0) return;
  if ('truncateTo' in change) {
    kept.truncate(change.truncateTo);
    return;
  }
  const sectors = Math.ceil(change.data.length / SECTOR_BYTES);
  const bytes = fate === 1 ? change.data.length : random.below(sectors + 1) * SECTOR_BYTES;
  kept.write(change.position, change.data.subarray(0, bytes));
}

/** Zeros at the end take no memory: index files are mostly that. */
class GrowingBytes {
  #bytes = Buffer.alloc(0);
  /** Behind it are zeros. */
  #used = 0;
  size = 0;

  get used(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  copy(): GrowingBytes {
    const copy = new GrowingBytes();
    copy.write(0, this.used);
    copy.truncate(this.size);
    return copy;
  }

  /** Fills `buffer` from `position` as far as the file reaches; returns how far. */
  read(buffer: Buffer, position: number): number {
    const length = Math.max(0, Math.min(buffer.length, this.size - position));
    buffer.fill(0, 0, length);
    if (position < this.#used) this.used.copy(buffer, 0, position, position + length);
    return length;
  }

  write(position: number, data: Buffer): void {
    const end = position + data.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2, 256));
      this.used.copy(larger);
      this.#bytes = larger;
    }
    data.copy(this.#bytes, position);
    this.#used = Math.max(this.#used, end);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    if (size < this.#used) {
      this.#bytes.fill(0, size, this.#used);
      this.#used = size;
    }
    this.size = size;
  }
}
