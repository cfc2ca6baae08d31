/** ZooKeeper's wire format, Jute: big-endian numbers, strings and buffers with a length of 4 bytes, -1 for null. */

export class JuteReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#buffer.length;
  }

  int(): number {
    this.#position += 4;
    return this.#buffer.readInt32BE(this.#position - 4);
  }

  long(): bigint {
    this.#position += 8;
    return this.#buffer.readBigInt64BE(this.#position - 8);
  }

  bool(): boolean {
    return this.#buffer[this.#position++] === 1;
  }

  bytes(): Buffer | null {
    const length = this.int();
    if (length < 0) return null;
    this.#position += length;
    return Buffer.from(this.#buffer.subarray(this.#position - length, this.#position));
  }

  string(): string {
    return this.bytes()?.toString() ?? '';
  }

  vector<T>(element: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int()) }, element);
  }
}

export class JuteWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.raw(part);
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    return this.raw(part);
  }

  bool(value: boolean): this {
    return this.raw(Buffer.from([value ? 1 : 0]));
  }

  bytes(value: Buffer | null): this {
    return value === null ? this.int(-1) : this.int(value.length).raw(value);
  }

  string(value: string): this {
    return this.bytes(Buffer.from(value));
  }

  vector<T>(values: readonly T[], element: (value: T) => void): this {
    this.int(values.length);
    for (const value of values) element(value);
    return this;
  }

  raw(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }

  append(other: JuteWriter): this {
    this.#parts.push(...other.#parts);
    return this;
  }

  /** What was written, with its length in front. */
  frame(): Buffer {
    const body = Buffer.concat(this.#parts);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    return Buffer.concat([length, body]);
  }
}
