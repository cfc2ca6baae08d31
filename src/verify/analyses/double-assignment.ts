/**
 * Two owners: one generation of a group gave a partition to two members. A group that has neither members nor offsets is
 * forgotten, and who joins then finds generation 1 again: a generation lower than one that was known before begins anew.
 */
import type { Analysis } from '../analysis.ts';
import type { AssignAction, Operation } from '../history.ts';

interface Assigned {
  readonly operation: Operation;
  readonly generation: number;
  readonly partitions: readonly string[];
}

export const doubleAssignment: Analysis = {
  name: 'double-assignment',
  meaning: 'a generation of a group gave one partition to two members',
  *find({ operations }) {
    const lives = new Map<string, Assigned[]>();
    for (const operation of operations)
      for (const { group, generation, positions } of operation.actions.filter(isOfGroup)) {
        const assigned = { operation, generation, partitions: Object.keys(positions) };
        const before = lives.get(group) ?? [];
        const beginsAnew = before.some(
          (other) => other.generation > generation && other.operation.completedAt < operation.id,
        );
        const life = beginsAnew ? [] : before;
        for (const other of life) {
          if (other.generation !== generation || other.operation.process === operation.process) continue;
          for (const partition of assigned.partitions.filter((each) => other.partitions.includes(each)))
            yield {
              text: `in generation ${generation} of ${group}, ${partition} was given to ${other.operation.process} and ${operation.process}`,
              operations: [other.operation, operation],
            };
        }
        lives.set(group, [...life, assigned]);
      }
  },
};

function isOfGroup(
  action: Operation['actions'][number],
): action is AssignAction & { readonly group: string; readonly generation: number } {
  return action.kind === 'assign' && action.group !== undefined && action.generation !== undefined;
}
