/**
 * Signed 64-bit integers in buffers, as numbers. Offsets, timestamps and producer ids never reach 2^53 in practice;
 * the one value that does, Long.MAX_VALUE as "no limit", survives as the nearest double and is only ever compared.
 */
const TWO_POW_32 = 0x1_0000_0000;

export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * TWO_POW_32 + buffer.readUInt32BE(position + 4);
}

export function writeInt64(buffer: Buffer, value: number, position: number): void {
  const high = Math.floor(value / TWO_POW_32);
  buffer.writeInt32BE(high, position);
  buffer.writeUInt32BE(value - high * TWO_POW_32, position + 4);
}
