/**
 * Leaders come from the ISR as it stood before, unless unclean elections are allowed: then what the new leader lacks is
 * lost, and nobody promised more.
 */
import { stateOf, stateOfPath } from './partition-state.ts';
import type { Rule } from './rule.ts';

export function cleanElections({ areUncleanAllowed }: { readonly areUncleanAllowed: boolean }): Rule {
  return {
    seeZnode({ path, data, version }, cluster, report) {
      const of = stateOfPath(path);
      if (of === undefined || data === undefined || data === null) return;
      const partition = cluster.find(of.topic, of.partition);
      const before = partition?.state;
      const { leader } = stateOf(data, version);
      if (partition === undefined || before === undefined || leader < 0 || before.isr.includes(leader))
        return;
      if (areUncleanAllowed) partition.isExcused = true;
      else
        report(
          'clean-election',
          `${path}: broker ${leader} leads, which was not in the ISR ${before.isr.join()}`,
        );
    },
  };
}
