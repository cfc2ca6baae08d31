/**
 * Duplicates: one value at two places. Values are sent once, so the second came from a retry of the producer's, which
 * idempotence forbids.
 */
import type { Analysis } from '../analysis.ts';
import type { Operation } from '../history.ts';
import { offsetsTold } from '../known-history.ts';

export const duplicate: Analysis = {
  name: 'duplicate',
  meaning: 'one record is in the log twice',
  allowedWhen: ({ idempotent }) =>
    idempotent ? undefined : 'a producer without idempotence may store a record again when it retries',
  *find(history) {
    const first = new Map<number, { readonly place: string; readonly operation: Operation }>();
    const told = new Set<string>();
    for (const { partition, offset, value, operation } of offsetsTold(history)) {
      const place = `offset ${offset} of ${partition}`;
      const known = first.get(value);
      if (known === undefined) first.set(value, { place, operation });
      else if (known.place !== place && !told.has(`${value} ${place}`)) {
        told.add(`${value} ${place}`);
        yield {
          text: `${value} is at ${known.place} and at ${place}`,
          operations: [known.operation, operation],
        };
      }
    }
  },
};
