/**
 * Which batches must stay, even with nothing in them, because a producer that is still known goes on from there: a
 * broker that rebuilds its producers from the log finds the last sequence number, or at least the epoch, nowhere else.
 *
 * A log may have very many producers, and each slice of work needs them: they lie in shared memory, by producer id.
 */
import type { RecordBatch } from '../../records/index.ts';

export interface LastOfProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the last batch with data; undefined when nothing but a marker is known of the producer. */
  readonly lastDataOffset: number | undefined;
}

/** Rows of producer id, epoch and last data offset, or -1. */
export type LastBatches = Float64Array;

const COLUMNS = 3;

export function lastBatches(producers: readonly LastOfProducer[]): LastBatches {
  const sorted = [...producers].sort((left, right) => left.producerId - right.producerId);
  const rows = new Float64Array(
    new SharedArrayBuffer(sorted.length * COLUMNS * Float64Array.BYTES_PER_ELEMENT),
  );
  for (const [index, { producerId, producerEpoch, lastDataOffset }] of sorted.entries())
    rows.set([producerId, producerEpoch, lastDataOffset ?? -1], index * COLUMNS);
  return rows;
}

export function isLastOfProducer(rows: LastBatches, batch: RecordBatch): boolean {
  const { producerId } = batch;
  if (producerId < 0) return false;
  let low = 0;
  let high = rows.length / COLUMNS - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = rows[middle * COLUMNS]!;
    if (found === producerId) return isLast(batch, rows[middle * COLUMNS + 1]!, rows[middle * COLUMNS + 2]!);
    if (found < producerId) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function isLast(batch: RecordBatch, producerEpoch: number, lastDataOffset: number): boolean {
  if (lastDataOffset >= 0) return batch.lastOffset === lastDataOffset;
  return batch.isControl && batch.producerEpoch === producerEpoch;
}
