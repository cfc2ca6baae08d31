/** lz4 in its frame format; the blocks are walked first, because the library has no limit of its own. */
import { createRequire } from 'node:module';
import type * as Lz4 from 'lz4-napi';
import { checkDecompressedSize, type CompressionCodec, CompressionError } from './codec.ts';

const FRAME_MAGIC = 0x184d2204;
const FLAG = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
/** An lz4 sequence cannot stretch a byte further than this. */
const EXPANSION_MAX = 255;

let loaded: typeof Lz4 | undefined;

function library(): typeof Lz4 {
  return (loaded ??= createRequire(import.meta.url)('lz4-napi') as typeof Lz4);
}

/** Where the first frame ends, and the most it can unfold to, by its blocks. */
function measureFrame(frame: Buffer): { readonly size: number; readonly bound: number } {
  if (frame.length < 7 || frame.readUInt32LE(0) !== FRAME_MAGIC)
    throw new CompressionError('Not an lz4 frame');
  const flags = frame.readUInt8(4);
  const blockMax = 1 << (8 + 2 * ((frame.readUInt8(5) >> 4) & 0x07));
  let position = 7 + (flags & FLAG.contentSize ? 8 : 0) + (flags & FLAG.dictionary ? 4 : 0);
  let bound = 0;
  for (;;) {
    if (frame.length - position < 4) throw new CompressionError('An lz4 frame is cut off');
    const word = frame.readUInt32LE(position);
    if (word === 0) {
      const size = position + 4 + (flags & FLAG.contentChecksum ? 4 : 0);
      if (size > frame.length) throw new CompressionError('An lz4 frame is cut off');
      return { size, bound };
    }
    const size = word % UNCOMPRESSED_BLOCK;
    bound += word >= UNCOMPRESSED_BLOCK ? size : Math.min(blockMax, size * EXPANSION_MAX);
    position += 4 + size + (flags & FLAG.blockChecksum ? 4 : 0);
  }
}

export const lz4: CompressionCodec = {
  compress: (records) => library().compressFrameSync(records),
  decompress: (compressed, maxBytes) => {
    const { size, bound } = measureFrame(compressed);
    checkDecompressedSize(bound, maxBytes);
    // What lies behind the first frame the original does not read.
    return library().decompressFrameSync(compressed.subarray(0, size));
  },
  unpackedBound: (compressed) => measureFrame(compressed).bound,
};
