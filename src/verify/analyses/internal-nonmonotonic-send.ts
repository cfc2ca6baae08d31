/** Sends that go back within one operation: records sent together are not in the order in which they were sent. */
import type { Analysis } from '../analysis.ts';
import { goesBack, sendSteps, sendStepText } from './send-steps.ts';

export const internalNonmonotonicSend: Analysis = {
  name: 'internal-nonmonotonic-send',
  meaning: "a producer's records are in the log in another order than it sent them, within one operation",
  *find(history) {
    for (const step of sendSteps(history))
      if (step.previous.operation === step.next.operation && goesBack(step))
        yield { text: sendStepText(step), operations: [step.next.operation] };
  },
};
