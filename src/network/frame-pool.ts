/**
 * Buffers of requests that are used again. A producer's frames are the bulk of what a broker takes in, and nobody
 * needs them once they are answered: their records are in the file by then, and those who read at the end of a log
 * read from its tail cache. A Buffer from the heap for each would keep V8 collecting (runtime/node/read-buffer.ts).
 *
 * Who gives a frame back says that nobody will look at its bytes again. Never to give one back is safe: it is then
 * collected like any other Buffer.
 */

/** Sizes double from one class to the next, so that at most half of a Buffer is unused. */
const SMALLEST_BYTES = 4 * 1024;
const LARGEST_BYTES = 1024 * 1024;
/** What may lie idle in each class: some default batches for some dozens of producers. */
const IDLE_BYTES_MAX = 4 * 1024 * 1024;

export class FramePool {
  readonly #idle = new Map<number, ArrayBufferLike[]>();
  /** Taken and not given back: small Buffers of Node's share memory that is not ours to hand out. */
  readonly #taken = new WeakSet<ArrayBufferLike>();

  constructor() {
    for (let size = SMALLEST_BYTES; size <= LARGEST_BYTES; size *= 2) this.#idle.set(size, []);
  }

  /** Exactly `bytes`, not cleared; undefined where the pool has no such size. */
  take(bytes: number): Buffer | undefined {
    if (bytes > LARGEST_BYTES || bytes <= SMALLEST_BYTES / 2) return undefined;
    const size = classOf(bytes);
    const memory = this.#idle.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size).buffer;
    this.#taken.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /** Takes a frame back that `take` gave; any other, and one that came back already, is left alone. */
  give({ buffer: memory }: Buffer): void {
    if (!this.#taken.delete(memory)) return;
    const idle = this.#idle.get(memory.byteLength)!;
    if ((idle.length + 1) * memory.byteLength <= IDLE_BYTES_MAX) idle.push(memory);
  }
}

function classOf(bytes: number): number {
  return Math.max(SMALLEST_BYTES, 1 << (32 - Math.clz32(bytes - 1)));
}
