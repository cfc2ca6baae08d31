/**
 * Framing: Kafka's messages travel as 4 bytes of length and that many bytes. A reader takes chunks as the socket
 * gives them and hands out whole frames, cut anywhere or many to a chunk.
 *
 * Chunks are only lent (runtime/network.ts), so each frame has a Buffer of its own, copied once. The length is
 * believed only as far as bytes arrive: a frame's Buffer grows with them, so that announcing 100 MB costs the
 * announcer 100 MB.
 */
import { ProtocolError } from '../protocol/index.ts';

const LENGTH_BYTES = 4;
const API_KEY_BYTES = 2;

/** Frames up to this get their Buffer at once; larger ones begin with it and double. */
const FIRST_ALLOCATION_BYTES = 1 << 20;

export interface FrameReaderOptions {
  /** `socket.request.max.bytes` for a server, the largest response for a client. */
  readonly maxBytes: number;
  /** Asked once per frame, when its size is known; while it says false, `next` gives nothing. */
  readonly admit?: (frameBytes: number) => boolean;
  /** Where a frame comes from whose Buffer will be used again; undefined: from the heap. `apiKey` is a request's. */
  readonly allocate?: (frameBytes: number, apiKey: number) => Buffer | undefined;
}

export class FrameReader {
  readonly #maxBytes: number;
  readonly #admit: (frameBytes: number) => boolean;
  readonly #allocate: FrameReaderOptions['allocate'];
  /** What was appended and not yet moved into a frame; only the last may be lent. */
  #chunks: Buffer[] = [];
  /** Read position in the first chunk. */
  #position = 0;
  #available = 0;
  /** Frames that were complete before anybody asked for them. */
  readonly #whole: Buffer[] = [];
  #frame: Buffer | undefined;
  #frameBytes = -1;
  #filled = 0;
  #isRefused = false;

  constructor({ maxBytes, admit = () => true, allocate }: FrameReaderOptions) {
    this.#maxBytes = maxBytes;
    this.#admit = admit;
    this.#allocate = allocate;
  }

  /** True when a frame has begun whose size was refused so far: `next` is worth calling when that may have changed. */
  get awaitsAdmission(): boolean {
    return this.#isRefused && this.#whole.length === 0;
  }

  /** The size of the frame that was admitted and is not complete; 0 when there is none. */
  get admittedBytes(): number {
    let bytes = this.#frame === undefined ? 0 : this.#frameBytes;
    for (const { length } of this.#whole) bytes += length;
    return bytes;
  }

  /** All frames that the chunk completes. Throws ProtocolError at a length that cannot be. */
  push(chunk: Buffer): Buffer[] {
    this.append(chunk);
    const frames: Buffer[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    this.keep();
    return frames;
  }

  /** Takes a chunk that is lent: call `keep` before it goes back. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#available += chunk.length;
  }

  /** The next frame, undefined until its last byte is there. Throws ProtocolError at a length that cannot be. */
  next(): Buffer | undefined {
    return this.#whole.shift() ?? this.#readFrame();
  }

  /** Moves everything appended out of the chunks: into frames as far as they are admitted, else into a copy. */
  keep(): void {
    for (let frame = this.#readFrame(); frame !== undefined; frame = this.#readFrame())
      this.#whole.push(frame);
    if (this.#available === 0) return;
    const rest = Buffer.allocUnsafeSlow(this.#available);
    this.#take(rest, 0);
    this.append(rest);
  }

  #readFrame(): Buffer | undefined {
    if (this.#frame === undefined && !this.#beginFrame()) return undefined;
    const frame = this.#fill(this.#frame!);
    if (this.#filled < this.#frameBytes) return undefined;
    this.#frame = undefined;
    this.#frameBytes = -1;
    return frame;
  }

  /** True when the frame is admitted and has a Buffer. */
  #beginFrame(): boolean {
    if (this.#frameBytes < 0 && !this.#readLength()) return false;
    const size = this.#frameBytes;
    // A request is known by its API key: it decides where the Buffer comes from.
    const allocate = size >= API_KEY_BYTES ? this.#allocate : undefined;
    if (allocate !== undefined && this.#available < API_KEY_BYTES) return false;
    this.#isRefused = !this.#admit(size);
    if (this.#isRefused) return false;
    this.#frame =
      allocate?.(size, this.#peek(API_KEY_BYTES).readInt16BE(0)) ??
      Buffer.allocUnsafe(Math.min(size, FIRST_ALLOCATION_BYTES));
    this.#filled = 0;
    return true;
  }

  #readLength(): boolean {
    if (this.#available < LENGTH_BYTES) return false;
    const size = this.#peek(LENGTH_BYTES).readInt32BE(0);
    if (size < 0) throw new ProtocolError(`a frame cannot have ${size} bytes`);
    if (size > this.#maxBytes)
      throw new ProtocolError(`a frame of ${size} bytes is larger than the ${this.#maxBytes} allowed`);
    this.#skip(LENGTH_BYTES);
    this.#frameBytes = size;
    return true;
  }

  /** The next `count` bytes, which are there, without moving on. */
  #peek(count: number): Buffer {
    const first = this.#chunks[0]!;
    if (first.length - this.#position >= count) return first.subarray(this.#position, this.#position + count);
    return Buffer.concat([first.subarray(this.#position), ...this.#chunks.slice(1)]).subarray(0, count);
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
      const copied = this.#chunks[0]!.copy(target, at, this.#position);
      at += copied;
      this.#skip(copied);
    }
    return at - from;
  }

  #skip(count: number): void {
    let left = count;
    this.#available -= count;
    while (left > 0) {
      const inChunk = Math.min(this.#chunks[0]!.length - this.#position, left);
      left -= inChunk;
      this.#position += inChunk;
      if (this.#position < this.#chunks[0]!.length) return;
      this.#chunks.shift();
      this.#position = 0;
    }
  }
}
