/** Small things that the made files of this folder are made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BATCH_LAYOUT,
  buildBatch,
  RecordBatch,
  type BatchToBuild,
  type RecordToBuild,
} from '../../../src/records/index.ts';

export const TIMESTAMP = 1_700_000_000_000;
/** Of a log that begins at 0. */
export const FIRST = '00000000000000000000';

/** Contents by path. */
export type Files = Readonly<Record<string, Buffer | string>>;

export const original = (path: string): Buffer => readFileSync(join(import.meta.dirname, path));

const recordsOf = (values: readonly string[]): RecordToBuild[] =>
  values.map((value, index) => ({
    key: Buffer.from(`key ${index}`),
    value: Buffer.from(value),
    timestamp: TIMESTAMP + index,
  }));

export function batchOf(values: readonly string[], more: Partial<BatchToBuild> = {}): Buffer {
  return buildBatch({ partitionLeaderEpoch: 0, records: recordsOf(values), ...more });
}

/** Bytes of a batch changed, with its checksum made right again. */
export function changed(batch: Buffer, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(batch);
  change(bytes);
  bytes.writeUInt32BE(new RecordBatch(bytes).computeCrc(), BATCH_LAYOUT.crc);
  return bytes;
}

export const log = (...batches: readonly Buffer[]): Buffer => Buffer.concat(batches);

export function samplesOf(log: string): { name: string; version: number; filled: boolean; bytes: Buffer }[] {
  return original('records.txt')
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(`${log} `))
    .map((line) => {
      const [, name = '', version = '', kind, hex = ''] = line.split(' ');
      return { name, version: Number(version), filled: kind === 'filled', bytes: Buffer.from(hex, 'hex') };
    });
}
