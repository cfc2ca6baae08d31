/**
 * Kafka's Uuid: 16 bytes, written as 22 characters of unpadded base64url (KIP-516: topic ids, cluster ids).
 * Inside Klassik a uuid is that string, because it is a map key far more often than it is bytes.
 */
import { assert } from './assert.ts';

export const UUID_BYTES = 16;

/** All zero: "no topic id". */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** The 22 characters for 16 bytes. */
export function uuidFromBytes(bytes: Buffer): string {
  assert(bytes.length === UUID_BYTES, `a uuid has ${UUID_BYTES} bytes, not ${bytes.length}`);
  return bytes.toString('base64url');
}

/** The 16 bytes for 22 characters; throws when the text is no uuid. */
export function uuidToBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== UUID_BYTES) throw new RangeError(`"${text}" is not a uuid in base64url`);
  return bytes;
}

/** Whether the text is what `uuidFromBytes` writes. */
export function isUuid(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === UUID_BYTES && bytes.toString('base64url') === text;
}

/** A random version 4 uuid out of 16 random bytes. Never one that begins with "-", which tools take for an option. */
export function uuidFromRandom(randomBytes: (count: number) => Buffer): string {
  for (;;) {
    const bytes = randomBytes(UUID_BYTES);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = uuidFromBytes(bytes);
    if (!text.startsWith('-')) return text;
  }
}
