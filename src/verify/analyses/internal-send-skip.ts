/**
 * Skipping sends: between two records that one operation sent to a partition lie records of others. Kafka lets
 * transactions write side by side, so this is told for what it teaches and is never a violation.
 */
import type { Analysis } from '../analysis.ts';
import { skippedBy } from './poll-steps.ts';
import { goesBack, sendSteps, sendStepText } from './send-steps.ts';

export const internalSendSkip: Analysis = {
  name: 'internal-send-skip',
  meaning: 'records of others lie between two records of one operation',
  allowedWhen: () => "Kafka's transactions do not keep others from writing to the same partitions",
  *find(history) {
    for (const step of sendSteps(history)) {
      const { partition, previous, next } = step;
      if (previous.operation !== next.operation || goesBack(step)) continue;
      const between = skippedBy(history, { partition, expected: previous.offset + 1, offset: next.offset });
      if (between === undefined) continue;
      yield {
        text: `${sendStepText(step)}; the record at ${between} is not its own`,
        operations: [next.operation],
      };
    }
  },
};
