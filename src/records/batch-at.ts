/** The batch at a place in a buffer, by the format its magic names. The first twenty-six bytes of it have to be there. */
import { LegacyBatch } from './legacy/legacy-batch.ts';
import { BATCH_LAYOUT, MAGIC_V2, RecordBatch } from './record-batch.ts';

export function batchAt(buffer: Buffer, position = 0): RecordBatch {
  return buffer.readInt8(position + BATCH_LAYOUT.magic) < MAGIC_V2
    ? new LegacyBatch(buffer, position)
    : new RecordBatch(buffer, position);
}
