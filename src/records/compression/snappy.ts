/**
 * snappy in the framing of the Java library: a 16-byte header, then blocks each after its length. Producers in other
 * languages send one bare block, which every Kafka takes too; the header tells the two apart.
 */
import { createRequire } from 'node:module';
import type * as Snappy from 'snappy';
import { checkDecompressedSize, type CompressionCodec, CompressionError } from './codec.ts';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;
const BLOCK_BYTES = 32 * 1024;

let loaded: typeof Snappy | undefined;

function library(): typeof Snappy {
  return (loaded ??= createRequire(import.meta.url)('snappy') as typeof Snappy);
}

function header(): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeInt32BE(1, 8);
  bytes.writeInt32BE(1, 12);
  return bytes;
}

/** A block begins with its uncompressed length as a plain varint. */
function uncompressedLength(block: Buffer): number {
  let length = 0;
  let scale = 1;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return length;
    scale *= 0x80;
  }
  throw new CompressionError('A snappy block has no length');
}

function decompressBlock(block: Buffer, maxBytes: number): Buffer {
  checkDecompressedSize(uncompressedLength(block), maxBytes);
  return library().uncompressSync(block, { asBuffer: true }) as Buffer;
}

function* blocksOf(compressed: Buffer): Generator<Buffer, void, undefined> {
  if (!compressed.subarray(0, MAGIC.length).equals(MAGIC)) {
    yield compressed;
    return;
  }
  let position = HEADER_BYTES;
  while (position < compressed.length) {
    if (compressed.length - position < 4) throw new CompressionError('A snappy block is cut off');
    const length = compressed.readInt32BE(position);
    position += 4;
    if (length < 0 || length > compressed.length - position)
      throw new CompressionError('A snappy block is cut off');
    yield compressed.subarray(position, position + length);
    position += length;
  }
}

export const snappy: CompressionCodec = {
  compress: (records) => {
    const parts = [header()];
    for (let start = 0; start < records.length; start += BLOCK_BYTES) {
      const block = library().compressSync(records.subarray(start, start + BLOCK_BYTES));
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      parts.push(length, block);
    }
    return Buffer.concat(parts);
  },

  decompress: (compressed, maxBytes) => {
    const parts: Buffer[] = [];
    let size = 0;
    for (const block of blocksOf(compressed)) {
      const part = decompressBlock(block, maxBytes - size);
      size += part.length;
      parts.push(part);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, size);
  },
  unpackedBound: (compressed) => {
    let bound = 0;
    for (const block of blocksOf(compressed)) bound += uncompressedLength(block);
    return bound;
  },
};
