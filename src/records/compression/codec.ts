/** One way to compress the records of a batch. Both directions are synchronous: a batch is small and in memory. */
export interface CompressionCodec {
  /** Without a level, at the codec's default. */
  compress(records: Buffer, level?: number): Buffer;
  /** Throws CompressionError when the result would be larger than `maxBytes`. */
  decompress(compressed: Buffer, maxBytes: number): Buffer;
  /** The most it can unfold to, without doing it. Throws CompressionError for what cannot be read that far. */
  unpackedBound(compressed: Buffer): number;
}

/** Twice the largest batch anybody is known to configure, far below what hurts. */
export const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024;

/** Bytes that are not what their codec wrote, or that unfold too far. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError';
}

export function checkDecompressedSize(size: number, maxBytes: number): void {
  if (size > maxBytes)
    throw new CompressionError(`The records unfold to ${size} bytes, more than the ${maxBytes} allowed`);
}
