/**
 * A batch that is damaged, or of a format that nobody knows, must not be written again under a checksum that says it is
 * right. The pass ends, the log stays as it is, and its partition counts as uncleanable.
 */
import { MAGIC_V2, type RecordBatch } from '../../records/index.ts';

export class UncleanableLogError extends Error {
  override readonly name = 'UncleanableLogError';
}

export function checkSound(batch: RecordBatch): void {
  const at = `The batch at offset ${batch.baseOffset}`;
  if (batch.magic < 0 || batch.magic > MAGIC_V2)
    throw new UncleanableLogError(`${at} is of format v${batch.magic}, which nobody knows`);
  if (!batch.isValid()) throw new UncleanableLogError(`${at} is damaged: its checksum does not match`);
}
