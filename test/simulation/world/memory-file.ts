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
  #durable = Buffer.alloc(0);
  #unsynced: Change[] = [];

  get size(): number {
    return this.#live.size;
  }

  get bytes(): Buffer {
    return this.#live.view;
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
    this.#durable = Buffer.from(this.#live.view);
    this.#unsynced = [];
  }

  /** The power fails: what was not synced is gone, or with `random`, partly gone. */
  losePower(random: SeededRandom | undefined): void {
    const kept = new GrowingBytes();
    kept.write(0, this.#durable);
    if (random !== undefined) for (const change of this.#unsynced) keepSome(kept, change, random);
    this.#live = kept;
    this.#durable = Buffer.from(kept.view);
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

class GrowingBytes {
  #bytes = Buffer.alloc(0);
  size = 0;

  get view(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  write(position: number, data: Buffer): void {
    const end = position + data.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2, 256));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    data.copy(this.#bytes, position);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    if (size < this.size) this.#bytes.fill(0, size, this.size);
    else this.write(this.size, Buffer.alloc(size - this.size));
    this.size = size;
  }
}
