/** gzip, by Node's own zlib. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CompressionCodec } from './codec.ts';

export const gzip: CompressionCodec = {
  compress: (records) => gzipSync(records),
  decompress: (compressed, maxBytes) => gunzipSync(compressed, { maxOutputLength: maxBytes }),
};
