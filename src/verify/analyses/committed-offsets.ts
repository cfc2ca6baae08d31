/**
 * A group's offsets: what the group had acknowledged is where its next member goes on. A member that is given an older
 * offset reads again what was done with; one that is given an offset nobody ever committed leaves records out.
 */
import type { Analysis } from '../analysis.ts';
import type { KnownHistory } from '../known-history.ts';
import type { Operation, PartitionName } from '../history.ts';

interface Acknowledged {
  readonly offset: number;
  readonly operation: Operation;
}

export const committedOffsets: Analysis = {
  name: 'committed-offsets',
  meaning:
    'a group goes on from an offset that is older than an acknowledged commit, or that nobody committed',
  *find(history) {
    const commits = commitsIn(history);
    for (const { operation, group, partition, position } of groupPositions(history)) {
      const here = commits.get(`${group} ${partition}`) ?? [];
      const known = here
        .filter((each) => each.operation.outcome === 'ok' && each.operation.completedAt < operation.id)
        .reduce<Acknowledged | undefined>(
          (highest, each) => (each.offset > (highest?.offset ?? -1) ? each : highest),
          undefined,
        );
      if (known !== undefined && position < known.offset)
        yield {
          text: `${group} had committed ${known.offset} of ${partition}, and ${operation.process} was given ${position}`,
          operations: [known.operation, operation],
        };
      else if (position > 0 && !here.some(({ offset }) => offset === position))
        yield {
          text: `${operation.process} was given ${position} of ${partition}, which nobody of ${group} committed`,
          operations: [operation],
        };
    }
  },
};

function commitsIn({ operations }: KnownHistory): ReadonlyMap<string, Acknowledged[]> {
  const commits = new Map<string, Acknowledged[]>();
  for (const operation of operations)
    for (const action of operation.actions) {
      if (action.kind !== 'commit') continue;
      for (const [partition, offset] of Object.entries(action.offsets)) {
        const key = `${action.group} ${partition}`;
        const known = commits.get(key) ?? [];
        known.push({ offset, operation });
        commits.set(key, known);
      }
    }
  return commits;
}

function* groupPositions({ operations }: KnownHistory): Generator<{
  readonly operation: Operation;
  readonly group: string;
  readonly partition: PartitionName;
  readonly position: number;
}> {
  for (const operation of operations)
    for (const action of operation.actions) {
      if (action.kind !== 'assign' || action.group === undefined || operation.outcome !== 'ok') continue;
      const { group } = action;
      for (const [partition, position] of Object.entries(action.positions))
        yield { operation, group, partition, position };
    }
}
