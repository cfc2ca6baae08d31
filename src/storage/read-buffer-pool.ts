/**
 * Buffers for reads from disk. A fresh megabyte per fetch costs more in page faults than the read itself (measured:
 * two thirds of the throughput on a busy machine), so those that are given back are used again.
 */

/** The default max.partition.fetch.bytes, and what a read takes along in front of the offset asked for. */
const POOLED_BUFFER_BYTES = 1024 * 1024 + 64 * 1024;
const KEPT_MAX = 32;

export class ReadBufferPool {
  readonly #free: Buffer[] = [];

  get freeCount(): number {
    return this.#free.length;
  }

  /** At least `size` bytes, not cleared. */
  take(size: number): Buffer {
    if (!this.keeps(size)) return Buffer.allocUnsafeSlow(size);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(POOLED_BUFFER_BYTES);
  }

  /** A small read gets a small buffer: it may live long in a response that waits for its socket. */
  keeps(size: number): boolean {
    return size <= POOLED_BUFFER_BYTES && size > POOLED_BUFFER_BYTES / 8;
  }

  /** Nobody may look at the buffer any more. */
  give(buffer: Buffer): void {
    if (buffer.length === POOLED_BUFFER_BYTES && this.#free.length < KEPT_MAX) this.#free.push(buffer);
  }
}
