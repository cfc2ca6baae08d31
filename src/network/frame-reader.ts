/**
 * Framing: Kafka's messages travel as 4 bytes of length and that many bytes. A reader takes chunks as the socket
 * gives them and hands out whole frames, cut anywhere or many to a chunk.
 *
 * Each frame has a Buffer of its own, right-sized, copied once: record batches sliced out of it may live on in a
 * cache, and a slice of the socket's chunk would pin all of that. The length is believed only as far as bytes
 * arrive: a frame's Buffer grows with them, so that announcing 100 MB costs the announcer 100 MB.
 */
import { ProtocolError } from '../protocol/index.ts';

const LENGTH_BYTES = 4;

/** Frames up to this get their Buffer at once; larger ones begin with it and double. */
const FIRST_ALLOCATION_BYTES = 1 << 20;

export interface FrameReaderOptions {
  /** `socket.request.max.bytes` for a server, the largest response for a client. */
  readonly maxBytes: number;
  /** Asked once per frame, when its size is known; while it says false, `next` gives nothing. */
  readonly admit?: (frameBytes: number) => boolean;
}

export class FrameReader {
  readonly #maxBytes: number;
  readonly #admit: (frameBytes: number) => boolean;
  readonly #chunks: Buffer[] = [];
  /** Read position in the first chunk. */
  #position = 0;
  #available = 0;
  #frame: Buffer | undefined;
  #frameBytes = -1;
  #filled = 0;

  constructor({ maxBytes, admit = () => true }: FrameReaderOptions) {
    this.#maxBytes = maxBytes;
    this.#admit = admit;
  }

  /** True when a frame has begun whose size was refused so far: `next` is worth calling when that may have changed. */
  get awaitsAdmission(): boolean {
    return this.#frameBytes >= 0 && this.#frame === undefined;
  }

  /** The size of the frame that was admitted and is not complete; 0 when there is none. */
  get admittedBytes(): number {
    return this.#frame === undefined ? 0 : this.#frameBytes;
  }

  /** All frames that the chunk completes. Throws ProtocolError at a length that cannot be. */
  push(chunk: Buffer): Buffer[] {
    this.append(chunk);
    const frames: Buffer[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    return frames;
  }

  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#available += chunk.length;
  }

  /** The next frame, undefined until its last byte is there. Throws ProtocolError at a length that cannot be. */
  next(): Buffer | undefined {
    if (this.#frameBytes < 0 && !this.#readLength()) return undefined;
    if (this.#frame === undefined) {
      if (!this.#admit(this.#frameBytes)) return undefined;
      this.#frame = Buffer.allocUnsafe(Math.min(this.#frameBytes, FIRST_ALLOCATION_BYTES));
      this.#filled = 0;
    }
    const frame = this.#fill(this.#frame);
    if (this.#filled < this.#frameBytes) return undefined;
    this.#frame = undefined;
    this.#frameBytes = -1;
    return frame;
  }

  #readLength(): boolean {
    if (this.#available < LENGTH_BYTES) return false;
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    this.#take(length, 0);
    const size = length.readInt32BE(0);
    if (size < 0) throw new ProtocolError(`a frame cannot have ${size} bytes`);
    if (size > this.#maxBytes)
      throw new ProtocolError(`a frame of ${size} bytes is larger than the ${this.#maxBytes} allowed`);
    this.#frameBytes = size;
    return true;
  }

  /** Moves what has arrived into the frame; returns its Buffer, a larger one if it had to grow. */
  #fill(start: Buffer): Buffer {
    let frame = start;
    while (this.#available > 0 && this.#filled < this.#frameBytes) {
      if (this.#filled === frame.length) {
        const larger = Buffer.allocUnsafe(Math.min(this.#frameBytes, frame.length * 2));
        frame.copy(larger);
        this.#frame = frame = larger;
      }
      this.#filled += this.#take(frame, this.#filled);
    }
    return frame;
  }

  /** Fills `target` from `from` on with bytes in waiting, as far as they reach; returns how many. */
  #take(target: Buffer, from: number): number {
    let at = from;
    while (at < target.length && this.#available > 0) {
      const chunk = this.#chunks[0]!;
      const copied = chunk.copy(target, at, this.#position);
      at += copied;
      this.#position += copied;
      this.#available -= copied;
      if (this.#position === chunk.length) {
        this.#chunks.shift();
        this.#position = 0;
      }
    }
    return at - from;
  }
}
