/** All steps, in the order in which they are taken. */
import type { Step } from '../step.ts';
import { BROKER_STEPS } from './brokers.ts';
import { TOPIC_STEPS } from './topics.ts';
import { USER_STEPS } from './users.ts';

const STEPS: readonly Step[] = [
  ...TOPIC_STEPS,
  ...BROKER_STEPS,
  ...USER_STEPS,
  {
    says: 'the last broker stops',
    async take(world) {
      await world.broker(0).stop();
      await world.untilGone('/brokers/ids/0');
    },
  },
];

/** What was said before is said with how often it happened by then. */
export const ALL_STEPS: readonly Step[] = STEPS.map((step, index) => {
  const times = STEPS.slice(0, index + 1).filter(({ says }) => says === step.says).length;
  return times === 1 ? step : { ...step, says: `${step.says}, time ${times}` };
});
