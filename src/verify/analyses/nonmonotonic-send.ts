/** Sends that go back: a producer's record was acknowledged, and its next one got a lower offset. */
import type { Analysis } from '../analysis.ts';
import { goesBack, sendSteps, sendStepText } from './send-steps.ts';

export const nonmonotonicSend: Analysis = {
  name: 'nonmonotonic-send',
  meaning:
    "a producer's records are in the log in another order than it sent them, from one operation to the next",
  *find(history) {
    for (const step of sendSteps(history))
      if (step.previous.operation !== step.next.operation && goesBack(step))
        yield { text: sendStepText(step), operations: [step.previous.operation, step.next.operation] };
  },
};
