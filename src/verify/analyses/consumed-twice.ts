/**
 * Consumed twice: two committed transactions of one group took the same record in. Each of them stored the group's
 * offsets in its own commit, so exactly one of them could.
 */
import type { Analysis } from '../analysis.ts';
import type { CommitAction, Operation } from '../history.ts';

export const consumedTwice: Analysis = {
  name: 'consumed-twice',
  meaning: 'two committed transactions of a group consumed the same record',
  *find({ operations }) {
    const consumers = new Map<string, Operation>();
    for (const operation of operations) {
      if (!operation.isTransaction || operation.outcome !== 'ok') continue;
      for (const { group, partition, offset, value } of consumedBy(operation)) {
        const key = `${group} ${partition} ${offset}`;
        const other = consumers.get(key);
        consumers.set(key, operation);
        if (other === undefined) continue;
        yield {
          text: `${value} at offset ${offset} of ${partition} was consumed by two transactions of ${group}`,
          operations: [other, operation],
        };
      }
    }
  },
};

/** What it read and then committed the offsets of. */
function* consumedBy(operation: Operation): Generator<{
  readonly group: string;
  readonly partition: string;
  readonly offset: number;
  readonly value: number;
}> {
  const commits = operation.actions.filter((action): action is CommitAction => action.kind === 'commit');
  for (const { group, offsets } of commits)
    for (const action of operation.actions) {
      if (action.kind !== 'poll') continue;
      for (const [partition, records] of Object.entries(action.records))
        for (const [offset, value] of records)
          if (offset < (offsets[partition] ?? -1)) yield { group, partition, offset, value };
    }
}
