/** After a clean stop the index files agree with the batches that they speak of. */
import { offsetFileName } from '../../../../src/storage/file-names.ts';
import { OffsetIndex } from '../../../../src/storage/offset-index.ts';
import { TimeIndex } from '../../../../src/storage/time-index.ts';
import { TransactionIndex } from '../../../../src/storage/transaction-index.ts';
import { expectEqual } from './check.ts';
import type { StoredSegment } from './stored.ts';
import { FOLDER, HOST, type Subject } from './subject.ts';

export function expectIndexes(subject: Subject): void {
  for (const segment of subject.segments) {
    const bytesOf = (suffix: string): Buffer | undefined =>
      subject.world.disk(HOST).peek(`${FOLDER}/${offsetFileName(segment.baseOffset, suffix)}`);
    expectOffsetIndex(segment, bytesOf('.index'));
    expectTimeIndex(segment, bytesOf('.timeindex'));
    expectTransactionIndex(segment, bytesOf('.txnindex'), subject);
  }
}

/** Who starts where an entry says finds what lies at or behind its offset. */
function expectOffsetIndex(
  { baseOffset, batches, positions }: StoredSegment,
  bytes: Buffer | undefined,
): void {
  if (bytes === undefined) throw new Error(`segment ${baseOffset} has no offset index`);
  const index = OffsetIndex.fromBytes(baseOffset, bytes.length, bytes);
  expectEqual(index.sizeInBytes, bytes.length, `the size of the offset index of segment ${baseOffset}`);
  for (let slot = 0; slot < index.count; slot++) {
    const { offset, position } = index.entry(slot);
    const at = positions.indexOf(position);
    const before = batches[at - 1]?.lastOffset ?? -1;
    const isRight = at >= 0 && before < offset && (batches[at]?.baseOffset ?? Infinity) <= offset;
    if (!isRight)
      throw new Error(`segment ${baseOffset} has nothing for ${offset} at ${position}, as its index says`);
  }
}

/** No record at or below the offset of an entry is younger than it, and the last entry is the youngest of all. */
function expectTimeIndex({ baseOffset, batches }: StoredSegment, bytes: Buffer | undefined): void {
  if (bytes === undefined) throw new Error(`segment ${baseOffset} has no time index`);
  const index = TimeIndex.fromBytes(baseOffset, bytes.length, bytes);
  expectEqual(index.sizeInBytes, bytes.length, `the size of the time index of segment ${baseOffset}`);
  const youngestUpTo = (offset: number): number =>
    Math.max(
      -1,
      ...batches.filter((batch) => batch.lastOffset <= offset).map(({ maxTimestamp }) => maxTimestamp),
    );
  for (let slot = 0; slot < index.count; slot++) {
    const { timestamp, offset } = index.entry(slot);
    if (youngestUpTo(offset) > timestamp)
      throw new Error(`segment ${baseOffset} has younger records up to ${offset} than ${timestamp}`);
  }
  expectEqual(
    index.lastEntry.timestamp,
    youngestUpTo(Infinity),
    `the youngest record of segment ${baseOffset}`,
  );
}

/** Of every aborted transaction of which data is there, whose marker lies in the segment, there is a row. */
function expectTransactionIndex(
  { baseOffset, batches }: StoredSegment,
  bytes: Buffer | undefined,
  { model }: Subject,
): void {
  const markers = new Set(
    batches.filter(({ marker }) => marker === 'abort').map((batch) => batch.baseOffset),
  );
  const aborted = model.transactions.filter(
    ({ isAborted, lastOffset = -1, firstOffset }) =>
      isAborted && markers.has(lastOffset) && firstOffset >= model.start,
  );
  const index = bytes === undefined ? undefined : TransactionIndex.fromBytes(baseOffset, bytes);
  const rows = Array.from({ length: index?.count ?? 0 }, (_, slot) => index!.row(slot));
  for (const { producerId, firstOffset, lastOffset } of aborted)
    if (
      !rows.some(
        (row) =>
          row.producerId === producerId && row.firstOffset <= firstOffset && row.lastOffset === lastOffset,
      )
    )
      throw new Error(
        `segment ${baseOffset} does not name the transaction ${producerId} ${firstOffset}..${String(lastOffset)}`,
      );
}
