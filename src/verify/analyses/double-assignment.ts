/** Two owners: one generation of a group gave a partition to two members. */
import type { Analysis } from '../analysis.ts';
import type { Operation } from '../history.ts';

export const doubleAssignment: Analysis = {
  name: 'double-assignment',
  meaning: 'a generation of a group gave one partition to two members',
  *find({ operations }) {
    const owners = new Map<string, Operation>();
    for (const operation of operations)
      for (const action of operation.actions) {
        if (action.kind !== 'assign' || action.group === undefined || action.generation === undefined)
          continue;
        const { group, generation } = action;
        for (const partition of Object.keys(action.positions)) {
          const key = `${group} ${generation} ${partition}`;
          const owner = owners.get(key);
          owners.set(key, operation);
          if (owner === undefined || owner.process === operation.process) continue;
          yield {
            text: `in generation ${generation} of ${group}, ${partition} was given to ${owner.process} and ${operation.process}`,
            operations: [owner, operation],
          };
        }
      }
  },
};
