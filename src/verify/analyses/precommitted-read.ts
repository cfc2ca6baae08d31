/**
 * Precommitted reads: with read_committed a record was read before its transaction was asked to commit, by the
 * transaction itself or by anybody else.
 */
import type { Analysis } from '../analysis.ts';

export const precommittedRead: Analysis = {
  name: 'precommitted-read',
  meaning: 'a record was read before its transaction was committed',
  *find({ settings, runs, writers }) {
    if (settings.isolation === 'read_uncommitted') return;
    const told = new Set<number>();
    for (const { partition, steps } of runs)
      for (const { operation, offset, value } of steps) {
        const writer = writers.get(value)?.operation;
        if (writer === undefined || !writer.isTransaction || writer.outcome === 'fail' || told.has(value))
          continue;
        const isOwn = writer === operation;
        if (!isOwn && operation.completedAt > (writer.commitAt ?? Infinity)) continue;
        told.add(value);
        yield {
          text: isOwn
            ? `a transaction read its own ${value} at offset ${offset} of ${partition} before it was committed`
            : `${value} was read at offset ${offset} of ${partition} before its transaction was asked to commit`,
          operations: isOwn ? [operation] : [writer, operation],
        };
      }
  },
};
