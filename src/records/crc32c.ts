/**
 * CRC-32C (Castagnoli), the checksum of record batches and producer snapshots. The native module is handed the Buffer
 * itself: 1 KiB takes 0.33 µs, but 5.8 µs behind a fresh Uint8Array wrapper. Where it does not load, a table does the
 * work, slower and just as right. Both must give the check value of the polynomial before anything is stored.
 */
import { createRequire } from 'node:module';
import type * as NativeCrc32 from '@node-rs/crc32';
import { assert } from '../common/index.ts';

const CHECK_VALUE = 0xe3069283;
const POLYNOMIAL_REVERSED = 0x82f63b78;

let table: Uint32Array | undefined;

function crcTable(): Uint32Array {
  if (table !== undefined) return table;
  table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL_REVERSED : value >>> 1;
    table[byte] = value >>> 0;
  }
  return table;
}

/** The fallback; exported so that a test can hold it against the native one. */
export function crc32cInJavaScript(buffer: Buffer): number {
  const entries = crcTable();
  let crc = 0xffffffff;
  for (const byte of buffer) crc = (entries[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function choose(): (buffer: Buffer) => number {
  try {
    const native = createRequire(import.meta.url)('@node-rs/crc32') as typeof NativeCrc32;
    return (buffer) => native.crc32c(buffer);
  } catch {
    return crc32cInJavaScript;
  }
}

export const crc32c = choose();

assert(crc32c(Buffer.from('123456789')) === CHECK_VALUE, 'crc32c computes the Castagnoli polynomial');
