/**
 * The codecs as the old formats use them. One differs: Kafka's first lz4 frames carried a wrong header checksum. The
 * frame format lets it cover the descriptor only, and Kafka had it cover the magic number in front of it as well. v1
 * put that right, but v0 kept the mistake for the sake of the clients that check for it (KIP-57). So a v0 frame is
 * written wrong on purpose, and read whatever its checksum says. zstd came with v2 and is unknown here (KIP-110).
 */
import { KafkaError } from '../../protocol/index.ts';
import { codecOf, DECOMPRESSED_BYTES_MAX } from '../compression/index.ts';
import type { CompressionType } from '../record-batch.ts';
import type { LegacyMagic } from './legacy-message.ts';

export type LegacyCodec = Exclude<CompressionType, 'none' | 'zstd'>;

const LZ4_DESCRIPTOR = 4;
const LZ4_FLAG = { contentSize: 0x08, dictionary: 0x01 } as const;

export function compressLegacy(codec: LegacyCodec, magic: LegacyMagic, messageSet: Buffer): Buffer {
  const compressed = codecOf(codec).compress(messageSet);
  if (codec !== 'lz4' || magic !== 0) return compressed;
  const position = headerChecksumPosition(compressed);
  return withByte(compressed, position, headerChecksum(compressed.subarray(0, position)));
}

export function decompressLegacy(codec: LegacyCodec, magic: LegacyMagic, compressed: Buffer): Buffer {
  try {
    return codecOf(codec).decompress(
      codec === 'lz4' && magic === 0 ? withRightHeaderChecksum(compressed) : compressed,
      DECOMPRESSED_BYTES_MAX,
    );
  } catch (cause) {
    // What Kafka's streams throw here no client has a code for.
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `A ${codec} message cannot be decompressed`, { cause });
  }
}

function withRightHeaderChecksum(frame: Buffer): Buffer {
  const position = headerChecksumPosition(frame);
  return position < frame.length
    ? withByte(frame, position, headerChecksum(frame.subarray(LZ4_DESCRIPTOR, position)))
    : frame;
}

/** Behind the magic number, two bytes of flags, and what the flags announce. */
function headerChecksumPosition(frame: Buffer): number {
  const flags = frame[LZ4_DESCRIPTOR] ?? 0;
  return LZ4_DESCRIPTOR + 2 + (flags & LZ4_FLAG.contentSize ? 8 : 0) + (flags & LZ4_FLAG.dictionary ? 4 : 0);
}

function withByte(bytes: Buffer, position: number, value: number): Buffer {
  if (bytes[position] === value) return bytes;
  const changed = Buffer.from(bytes);
  changed[position] = value;
  return changed;
}

function headerChecksum(covered: Buffer): number {
  return (xxh32OfFew(covered) >>> 8) & 0xff;
}

const PRIME = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

/** xxHash-32, seed 0, of fewer than sixteen bytes: a frame's descriptor is never longer, and so needs no stripes. */
function xxh32OfFew(bytes: Buffer): number {
  let hash = (PRIME[4] + bytes.length) | 0;
  let position = 0;
  for (; position + 4 <= bytes.length; position += 4)
    hash = Math.imul(rotateLeft(hash + Math.imul(bytes.readInt32LE(position), PRIME[2]), 17), PRIME[3]);
  for (; position < bytes.length; position++)
    hash = Math.imul(rotateLeft(hash + Math.imul(bytes.readUInt8(position), PRIME[4]), 11), PRIME[0]);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME[1]);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME[2]);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
