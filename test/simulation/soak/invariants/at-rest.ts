/**
 * What the quiet at the end must look like: no fault any more, nobody writes, and a minute or two have passed. Told to
 * the same invariants as what is looked at after every step.
 */
import type { SimulatedCluster } from '../../cluster.ts';
import { checkBounded } from './bounded.ts';
import { checkCoordinators } from './coordinator-replay.ts';
import { checkEqualLogs } from './equal-logs.ts';
import { checkFiles } from './files-agree.ts';
import { checkHealth } from './health.ts';
import type { Invariants } from './invariants.ts';

export async function checkAtRest(cluster: SimulatedCluster, invariants: Invariants): Promise<void> {
  const { observed, report } = invariants;
  invariants.check();
  checkHealth(cluster, observed, report);
  checkEqualLogs(cluster, observed, report);
  checkFiles(cluster, report);
  checkBounded(cluster, report);
  await cluster.world.settle(checkCoordinators(cluster, observed, report));
}
