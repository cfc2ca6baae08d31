/**
 * MD5 (RFC 1321) of a record's key. It serves to tell keys apart, not to protect anything. Node's own makes an object
 * per call: for keys of a few bytes that is ten times the work of the hash itself, and twice per record of a log.
 */
const BLOCK_BYTES = 64;
const WORDS_PER_BLOCK = 16;
const LENGTH_BYTES = 8;
const TWO_POW_32 = 0x1_0000_0000;

const SINES = Int32Array.from({ length: 64 }, (_, step) =>
  Math.floor(Math.abs(Math.sin(step + 1)) * TWO_POW_32),
);
/** By round, four that repeat. */
const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);

export class Md5 {
  /** The hash made last, as four little-endian words. */
  readonly words = new Int32Array(4);
  readonly #block = new Int32Array(WORDS_PER_BLOCK);
  readonly #end = Buffer.alloc(2 * BLOCK_BYTES);

  update(message: Buffer): void {
    const { words } = this;
    words[0] = 0x67452301;
    words[1] = 0xefcdab89;
    words[2] = 0x98badcfe;
    words[3] = 0x10325476;
    const wholeBytes = message.length - (message.length % BLOCK_BYTES);
    for (let position = 0; position < wholeBytes; position += BLOCK_BYTES) this.#take(message, position);
    this.#takeEnd(message, wholeBytes);
  }

  /** The rest of the message, a single 1 bit, zeros, and the length in bits. */
  #takeEnd(message: Buffer, from: number): void {
    const end = this.#end;
    const rest = message.length - from;
    const size = rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    message.copy(end, 0, from);
    end[rest] = 0x80;
    end.fill(0, rest + 1, size);
    end.writeUInt32LE((message.length * 8) % TWO_POW_32, size - LENGTH_BYTES);
    end.writeUInt32LE(Math.floor((message.length * 8) / TWO_POW_32), size - 4);
    for (let position = 0; position < size; position += BLOCK_BYTES) this.#take(end, position);
  }

  #take(bytes: Buffer, position: number): void {
    const block = this.#block;
    const { words } = this;
    for (let word = 0, at = position; word < WORDS_PER_BLOCK; word++, at += 4)
      block[word] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    let a = words[0]!;
    let b = words[1]!;
    let c = words[2]!;
    let d = words[3]!;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      let mixed: number;
      let word: number;
      if (round === 0) {
        mixed = (b & c) | (~b & d);
        word = step;
      } else if (round === 1) {
        mixed = (d & b) | (~d & c);
        word = (5 * step + 1) & 15;
      } else if (round === 2) {
        mixed = b ^ c ^ d;
        word = (3 * step + 5) & 15;
      } else {
        mixed = c ^ (b | ~d);
        word = (7 * step) & 15;
      }
      const sum = (a + mixed + SINES[step]! + block[word]!) | 0;
      const shift = SHIFTS[round * 4 + (step & 3)]!;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    words[0] = words[0]! + a;
    words[1] = words[1]! + b;
    words[2] = words[2]! + c;
    words[3] = words[3]! + d;
  }
}
