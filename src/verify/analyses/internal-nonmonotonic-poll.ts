/** Polls that go back within one operation: records of one partition that came in another order than that of their offsets. */
import type { Analysis } from '../analysis.ts';
import { internalSteps } from './poll-steps.ts';

export const internalNonmonotonicPoll: Analysis = {
  name: 'internal-nonmonotonic-poll',
  meaning: 'a consumer went back within one poll or transaction',
  *find(history) {
    for (const { process, partition, expected, offset, operation } of internalSteps(history))
      if (offset < expected)
        yield {
          text: `${process} read ${expected - 1} and then ${offset} of ${partition}`,
          operations: [operation],
        };
  },
};
