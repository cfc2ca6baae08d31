/**
 * MD5 (RFC 1321) of a record's key. It serves to tell keys apart, not to protect anything. Node's own makes an object
 * per call: for keys of a few bytes that is ten times the work of the hash itself, and twice per record of a log. The 64
 * steps of a block are written out when the module is loaded, so that all of them run on local variables.
 */
const BLOCK_BYTES = 64;
const WORDS_PER_BLOCK = 16;
const LENGTH_BYTES = 8;
const TWO_POW_32 = 0x1_0000_0000;

/** What each of the four rounds makes of b, c and d; which word step `step` takes; by how much its steps rotate. */
const ROUNDS = [
  { mix: '(b & c) | (~b & d)', word: (step: number) => step, shifts: [7, 12, 17, 22] },
  { mix: '(d & b) | (~d & c)', word: (step: number) => 5 * step + 1, shifts: [5, 9, 14, 20] },
  { mix: 'b ^ c ^ d', word: (step: number) => 3 * step + 5, shifts: [4, 11, 16, 23] },
  { mix: 'c ^ (b | ~d)', word: (step: number) => 7 * step, shifts: [6, 10, 15, 21] },
] as const;

type TakeBlock = (hash: Int32Array, block: Int32Array) => void;

const takeBlock = compile();

function compile(): TakeBlock {
  const lines = ['let a = hash[0], b = hash[1], c = hash[2], d = hash[3], sum;'];
  for (const [round, { mix, word, shifts }] of ROUNDS.entries())
    for (let step = round * 16; step < (round + 1) * 16; step++) {
      const sine = Math.floor(Math.abs(Math.sin(step + 1)) * TWO_POW_32) | 0;
      const shift = shifts[step % 4]!;
      lines.push(
        `sum = (a + (${mix}) + ${sine} + block[${word(step) % WORDS_PER_BLOCK}]) | 0;`,
        `a = d; d = c; c = b;`,
        `b = (b + ((sum << ${shift}) | (sum >>> ${32 - shift}))) | 0;`,
      );
    }
  lines.push('hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d;');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of the constants above
  return new Function('hash', 'block', lines.join('\n')) as TakeBlock;
}

export class Md5 {
  /** The hash made last, as four little-endian words. */
  readonly words = new Int32Array(4);
  readonly #block = new Int32Array(WORDS_PER_BLOCK);

  /** Of the bytes from `start` to `end`. */
  update(bytes: Buffer, start = 0, end = bytes.length): void {
    const { words } = this;
    words[0] = 0x67452301;
    words[1] = 0xefcdab89;
    words[2] = 0x98badcfe;
    words[3] = 0x10325476;
    let position = start;
    for (; end - position >= BLOCK_BYTES; position += BLOCK_BYTES) this.#takeBytes(bytes, position);
    this.#takeEnd(bytes, position, end, end - start);
  }

  #takeBytes(bytes: Buffer, position: number): void {
    const block = this.#block;
    for (let word = 0, at = position; word < WORDS_PER_BLOCK; word++, at += 4)
      block[word] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    takeBlock(this.words, block);
  }

  /** The rest of the message, a single 1 bit, zeros, and the length in bits. */
  #takeEnd(bytes: Buffer, from: number, end: number, length: number): void {
    const block = this.#block;
    const rest = end - from;
    block.fill(0);
    for (let at = 0; at < rest; at++) block[at >> 2]! |= bytes[from + at]! << (8 * (at & 3));
    block[rest >> 2]! |= 0x80 << (8 * (rest & 3));
    if (rest + 1 + LENGTH_BYTES > BLOCK_BYTES) {
      takeBlock(this.words, block);
      block.fill(0);
    }
    block[WORDS_PER_BLOCK - 2] = (length * 8) | 0;
    block[WORDS_PER_BLOCK - 1] = Math.floor((length * 8) / TWO_POW_32);
    takeBlock(this.words, block);
  }
}
