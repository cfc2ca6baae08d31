/**
 * Only one controller writes: the state of a partition carries the epoch that /controller_epoch has at that moment. One
 * that was deposed and does not know it yet writes nothing, since each of its writes is made on the condition that the
 * epoch is still its own.
 */
import { stateOf, stateOfPath } from './partition-state.ts';
import type { Rule } from './rule.ts';

export const controllerFence: Rule = {
  seeZnode({ path, data, version }, cluster, report) {
    const of = stateOfPath(path);
    if (of === undefined || data === undefined || data === null) return;
    const { controllerEpoch } = stateOf(data, version);
    if (controllerEpoch !== cluster.controllerEpoch)
      report(
        'controller-fence',
        `${path} is written by the controller of epoch ${controllerEpoch}, /controller_epoch is ${cluster.controllerEpoch}`,
      );
  },
};
