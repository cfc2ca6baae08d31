/**
 * Lost writes: an acknowledged record that is not where it was acknowledged. Some reader went past its offset, or the
 * last reading did, and nobody ever read it. A record that no reader has come to yet is not lost; see unseen.ts.
 */
import type { Analysis } from '../analysis.ts';
import { wasDrained, wasPassed } from '../known-history.ts';

export const lostWrite: Analysis = {
  name: 'lost-write',
  meaning: 'an acknowledged record is gone',
  *find(history) {
    for (const [value, { operation, send }] of history.writers) {
      const { partition, offset } = send;
      if (operation.outcome !== 'ok' || offset === null || history.reads.has(value)) continue;
      if (wasPassed(history, partition, offset) || wasDrained(history, partition, offset))
        yield {
          text: `${value} was acknowledged at offset ${offset} of ${partition}; readers went past it without seeing it`,
          operations: [operation],
        };
    }
  },
};
