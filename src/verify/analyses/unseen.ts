/**
 * Unseen records: acknowledged beyond the place where the partition ended when, after all faults, it was read to its
 * end. Either the end of the log is gone, or it cannot be read.
 */
import type { Analysis } from '../analysis.ts';

export const unseen: Analysis = {
  name: 'unseen',
  meaning: 'an acknowledged record lies beyond the end of what can be read',
  *find({ writers, reads, drainedTo }) {
    for (const [value, { operation, send }] of writers) {
      const { partition, offset } = send;
      const end = drainedTo.get(partition);
      if (operation.outcome !== 'ok' || offset === null || end === undefined || reads.has(value)) continue;
      if (offset >= end)
        yield {
          text: `${value} was acknowledged at offset ${offset} of ${partition}, which ended at ${end} when all was quiet`,
          operations: [operation],
        };
    }
  },
};
