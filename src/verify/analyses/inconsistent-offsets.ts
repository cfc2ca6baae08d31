/**
 * Inconsistent offsets: two different records at one offset of a partition, as readers and the answers to sends tell.
 * An offset names one record for good; where it does not, a log was cut and written anew under its readers.
 */
import type { Analysis } from '../analysis.ts';
import type { Operation } from '../history.ts';
import { offsetsTold } from '../known-history.ts';

export const inconsistentOffsets: Analysis = {
  name: 'inconsistent-offsets',
  meaning: 'one offset holds two different records',
  *find(history) {
    const first = new Map<string, { readonly value: number; readonly operation: Operation }>();
    const told = new Set<string>();
    for (const { partition, offset, value, operation } of offsetsTold(history)) {
      const place = `${partition} ${offset}`;
      const known = first.get(place);
      if (known === undefined) first.set(place, { value, operation });
      else if (known.value !== value && !told.has(`${place} ${value}`)) {
        told.add(`${place} ${value}`);
        yield {
          text: `offset ${offset} of ${partition} holds ${known.value} for one and ${value} for another`,
          operations: [known.operation, operation],
        };
      }
    }
  },
};
