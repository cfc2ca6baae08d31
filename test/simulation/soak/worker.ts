/** A process that plays the plans it is sent, one after the other, until its parent has no more. */
import type { Plan } from './plan.ts';
import { runSeed } from './run-seed.ts';

process.on('message', (plan: Plan) => {
  void runSeed(plan).then((result) => process.send!(result));
});
process.once('disconnect', () => process.exit());
