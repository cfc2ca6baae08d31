/**
 * zstd: node:zlib where it has it (Node 22.15 and later), else a WebAssembly build, which must be prepared once. That
 * build allocates what a frame claims, so the frame's blocks are walked first and their bound is held to the cap.
 */
import * as zlib from 'node:zlib';
import type * as ZstdWasm from '@bokuweb/zstd-wasm';
import { checkDecompressedSize, type CompressionCodec, CompressionError } from './codec.ts';

interface ZlibWithZstd {
  zstdCompressSync?: (records: Buffer, options: { params: Record<number, number> }) => Buffer;
  zstdDecompressSync?: (compressed: Buffer, options: { maxOutputLength: number }) => Buffer;
}

const native = zlib as ZlibWithZstd;
/** ZSTD_c_compressionLevel */
const COMPRESSION_LEVEL = 100;
const DEFAULT_LEVEL = 3;
let wasm: typeof ZstdWasm | undefined;

/** Resolves once zstd can be used; at once where Node brings it. */
export async function prepareZstd(): Promise<void> {
  if (native.zstdCompressSync !== undefined || wasm !== undefined) return;
  const library = await import('@bokuweb/zstd-wasm');
  await library.init();
  wasm = library;
}

function library(): typeof ZstdWasm {
  if (wasm === undefined)
    throw new CompressionError('zstd was not prepared: call prepareCompression() first');
  return wasm;
}

const FRAME_MAGIC = 0xfd2fb528;
const BLOCK_BYTES_MAX = 128 * 1024;

/** Where the frame at the start of `bytes` ends, and the most it can unfold to. */
function measureFrame(bytes: Buffer): { readonly size: number; readonly bound: number } {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== FRAME_MAGIC)
    throw new CompressionError('Not a zstd frame');
  const descriptor = bytes.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] ?? 0;
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let position = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
  let bound = 0;
  for (;;) {
    if (bytes.length - position < 3) throw new CompressionError('A zstd frame is cut off');
    const header = bytes.readUIntLE(position, 3);
    const type = (header >> 1) & 0x03;
    const blockBytes = header >> 3;
    bound += type === 2 ? BLOCK_BYTES_MAX : blockBytes;
    position += 3 + (type === 1 ? 1 : blockBytes);
    if (position > bytes.length) throw new CompressionError('A zstd frame is cut off');
    if ((header & 1) === 1) break;
  }
  const size = position + (descriptor & 0x04 ? 4 : 0);
  const contentSize = contentSizeOf(bytes, { singleSegment, dictionaryBytes, contentSizeBytes });
  return { size, bound: Math.max(bound, contentSize) };
}

function contentSizeOf(
  bytes: Buffer,
  frame: { singleSegment: boolean; dictionaryBytes: number; contentSizeBytes: number },
): number {
  const position = 5 + (frame.singleSegment ? 0 : 1) + frame.dictionaryBytes;
  switch (frame.contentSizeBytes) {
    case 0:
      return 0;
    case 1:
      return bytes.readUInt8(position);
    case 2:
      return bytes.readUInt16LE(position) + 256;
    case 4:
      return bytes.readUInt32LE(position);
    default:
      return Number(bytes.readBigUInt64LE(position));
  }
}

function decompressByWasm(compressed: Buffer, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  let rest = compressed;
  let allowed = maxBytes;
  while (rest.length > 0) {
    const { size, bound } = measureFrame(rest);
    checkDecompressedSize(bound, allowed);
    const part = library().decompress(rest.subarray(0, size), { defaultHeapSize: Math.max(bound, 1) });
    parts.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    allowed -= part.length;
    rest = rest.subarray(size);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

export const zstd: CompressionCodec = {
  compress: (records, level = DEFAULT_LEVEL) => {
    if (native.zstdCompressSync !== undefined)
      return native.zstdCompressSync(records, { params: { [COMPRESSION_LEVEL]: level } });
    const result = library().compress(records, level);
    return Buffer.from(result.buffer, result.byteOffset, result.byteLength);
  },
  decompress: (compressed, maxBytes) => {
    // No frame at all is a stream that is over.
    if (compressed.length === 0) return compressed;
    return native.zstdDecompressSync === undefined
      ? decompressByWasm(compressed, maxBytes)
      : native.zstdDecompressSync(compressed, { maxOutputLength: maxBytes });
  },
  unpackedBound: (compressed) => {
    let bound = 0;
    for (let rest = compressed; rest.length > 0;) {
      const frame = measureFrame(rest);
      bound += frame.bound;
      rest = rest.subarray(frame.size);
    }
    return bound;
  },
};
