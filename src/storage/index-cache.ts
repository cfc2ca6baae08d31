/**
 * Keeps the indexes of cold segments in memory up to a bound, least recently used out first. Active segments are not
 * counted: theirs are being written to. Why a bound: 2 MiB of index go with each full segment of 1 GiB.
 */
export interface IndexHolder {
  dropIndexes(): void;
}

const INDEX_CACHE_BYTES = 64 * 1024 * 1024;

export class IndexCache {
  readonly #limitBytes: number;
  readonly #sizes = new Map<IndexHolder, number>();
  #bytes = 0;

  constructor(limitBytes: number = INDEX_CACHE_BYTES) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The holder's indexes are in memory and were just used. */
  touch(holder: IndexHolder, sizeInBytes: number): void {
    this.forget(holder);
    this.#sizes.set(holder, sizeInBytes);
    this.#bytes += sizeInBytes;
    for (const oldest of this.#sizes.keys()) {
      if (this.#bytes <= this.#limitBytes || oldest === holder) return;
      this.forget(oldest);
      oldest.dropIndexes();
    }
  }

  forget(holder: IndexHolder): void {
    this.#bytes -= this.#sizes.get(holder) ?? 0;
    this.#sizes.delete(holder);
  }
}
