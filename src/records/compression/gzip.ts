/** gzip, by Node's own zlib. A stream ends with the size it had. That may be a lie, which is worth little in a short one. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CompressionCodec } from './codec.ts';

const SHORT_BYTES_MAX = 8 * 1024;
/** Deflate cannot stretch a byte further than this. */
const EXPANSION_MAX = 1032;
/** Of the size at the end. */
const SIZE_BYTES = 4;

export const gzip: CompressionCodec = {
  compress: (records, level) => gzipSync(records, level === undefined ? {} : { level }),
  decompress: (compressed, maxBytes) => gunzipSync(compressed, { maxOutputLength: maxBytes }),
  unpackedBound: (compressed) => {
    if (compressed.length > SHORT_BYTES_MAX) return compressed.length * EXPANSION_MAX;
    return compressed.length < SIZE_BYTES ? 0 : compressed.readUInt32LE(compressed.length - SIZE_BYTES);
  },
};
