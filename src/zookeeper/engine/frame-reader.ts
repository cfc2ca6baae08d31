/**
 * Cuts the bytes of a connection into frames: four bytes of length, then that many. Chunks are only lent
 * (runtime/network.ts): each is copied once, and those of an unfinished frame are joined once when it is complete.
 */
export class FrameTooLargeError extends Error {
  override readonly name = 'FrameTooLargeError';
}

const LENGTH_BYTES = 4;

export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes needed before it is worth looking again. */
  #needed = LENGTH_BYTES;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that the chunk completes. Throws FrameTooLargeError; the connection is then past use. */
  *push(lent: Buffer): Generator<Buffer> {
    const chunk = Buffer.from(lent);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [];
    this.#needed = LENGTH_BYTES;
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readInt32BE(0);
      if (length < 0 || length > this.#maxBytes)
        throw new FrameTooLargeError(`a frame of ${length} bytes; at most ${this.#maxBytes} are taken`);
      if (rest.length < LENGTH_BYTES + length) {
        this.#needed = LENGTH_BYTES + length;
        break;
      }
      const frame = rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
      rest = rest.subarray(LENGTH_BYTES + length);
      yield frame;
    }
    this.#bytes = rest.length;
    if (rest.length > 0) this.#chunks.push(rest);
  }
}
