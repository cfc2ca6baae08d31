/** The codecs a batch can name in its attributes. The native libraries load at first use. */
import type { CompressionType } from '../record-batch.ts';
import { type CompressionCodec, CompressionError } from './codec.ts';
import { gzip } from './gzip.ts';
import { lz4 } from './lz4.ts';
import { snappy } from './snappy.ts';
import { prepareZstd, zstd } from './zstd.ts';

const CODECS: Readonly<Record<Exclude<CompressionType, 'none'>, CompressionCodec>> = {
  gzip,
  snappy,
  lz4,
  zstd,
};

export { DECOMPRESSED_BYTES_MAX } from './codec.ts';

export function codecOf(type: Exclude<CompressionType, 'none'>): CompressionCodec {
  return CODECS[type];
}

/** The most that bytes can unfold to; 0 for what is no stream of the codec's, and will be refused as quickly. */
export function unpackedBound(type: Exclude<CompressionType, 'none'>, compressed: Buffer): number {
  try {
    return codecOf(type).unpackedBound(compressed);
  } catch (error) {
    if (error instanceof CompressionError) return 0;
    throw error;
  }
}

/** To be awaited once before zstd batches are opened or made; cheap, and harmless to repeat. */
export async function prepareCompression(): Promise<void> {
  await prepareZstd();
}
