/** Polls that go back: a consumer read a record again, or an earlier one, though nobody told it to go there. */
import type { Analysis } from '../analysis.ts';
import { externalSteps } from './poll-steps.ts';

export const nonmonotonicPoll: Analysis = {
  name: 'nonmonotonic-poll',
  meaning: 'a consumer went back from one poll to the next',
  *find(history) {
    for (const { process, partition, expected, offset, before, operation } of externalSteps(history))
      if (offset < expected)
        yield {
          text: `${process} stood at ${expected} of ${partition} and read ${offset}`,
          operations: [before, operation],
        };
  },
};
