/** What lies in the files of the log, read without the code under test. */
import { batchesOf, RecordBatch } from '../../../../src/records/index.ts';
import type { MemoryDisk } from '../../../simulation/world/memory-disk.ts';
import { type ModelBatch, modelOf } from './model-batch.ts';

export interface StoredSegment {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly batches: readonly ModelBatch[];
  /** Where each batch begins. */
  readonly positions: readonly number[];
}

export function storedSegments(disk: MemoryDisk, folder: string): StoredSegment[] {
  return disk
    .names(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => {
      const bytes = disk.peek(`${folder}/${name}`)!;
      const found = [...batchesOf(bytes)].map(({ buffer, position }) => new RecordBatch(buffer, position));
      return {
        baseOffset: Number(name.slice(0, 20)),
        sizeInBytes: bytes.length,
        batches: found.map((batch) => modelOf(batch)),
        positions: found.map(({ position }) => position),
      };
    });
}
