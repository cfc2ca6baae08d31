/**
 * What was acknowledged stays: a leader begins its epoch with everything that leaders before it had committed. Clean
 * elections promise it, because whoever may be elected has all below the high watermark. That what it has is the same,
 * too, is the business of strong-isr.ts.
 */
import { blame, type Rule } from './rule.ts';

export const acknowledgedKept: Rule = {
  afterStep(partition, _cluster, report) {
    for (const replica of partition.replicas.values()) {
      const { elected, broker, leaderEpoch } = replica;
      replica.elected = undefined;
      if (elected === undefined || partition.isExcused) continue;
      const { logEndOffset, committedTo } = elected;
      if (logEndOffset < committedTo)
        blame(
          partition,
          report,
          'acknowledged-kept',
          `broker ${broker} leads in epoch ${leaderEpoch} from offset ${logEndOffset} on, committed was up to ${committedTo}`,
        );
    }
  },
};
