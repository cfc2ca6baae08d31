/**
 * Skipping polls: from one operation to its next a consumer left out records that are there, since others read them.
 * The first poll after an assignment counts too: it is to begin at the position that was given.
 */
import type { Analysis } from '../analysis.ts';
import { externalSteps, skippedBy } from './poll-steps.ts';

export const pollSkip: Analysis = {
  name: 'poll-skip',
  meaning: 'a consumer skipped records from one poll to the next',
  *find(history) {
    for (const step of externalSteps(history)) {
      const skipped = skippedBy(history, step);
      if (skipped === undefined) continue;
      const { process, partition, expected, offset, before, operation } = step;
      yield {
        text: `${process} stood at ${expected} of ${partition} and read on at ${offset}; there is a record at ${skipped}`,
        operations: [before, operation],
      };
    }
  },
};
