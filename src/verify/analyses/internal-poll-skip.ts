/** Skipping polls within one operation: two records that came together, between which others lie that are read elsewhere. */
import type { Analysis } from '../analysis.ts';
import { internalSteps, skippedBy } from './poll-steps.ts';

export const internalPollSkip: Analysis = {
  name: 'internal-poll-skip',
  meaning: 'a consumer skipped records within one poll or transaction',
  *find(history) {
    for (const step of internalSteps(history)) {
      const skipped = skippedBy(history, step);
      if (skipped === undefined) continue;
      const { process, partition, expected, offset, operation } = step;
      yield {
        text: `${process} read ${expected - 1} and then ${offset} of ${partition}; there is a record at ${skipped}`,
        operations: [operation],
      };
    }
  },
};
