/**
 * Sends against real time: one send had been acknowledged before another began, whoever made them, and the later one
 * got the lower offset. A partition is a line that grows at its end only, so no order in which the two could have
 * happened explains that.
 */
import type { Analysis } from '../analysis.ts';
import type { Operation, PartitionName } from '../history.ts';
import { sendsOf } from '../known-history.ts';

interface Acknowledged {
  readonly offset: number;
  readonly value: number;
  readonly operation: Operation;
}

export const realtimeSend: Analysis = {
  name: 'realtime-send',
  meaning: 'a record got a lower offset than one that was acknowledged before it was sent',
  *find({ operations }) {
    const waiting = operations
      .filter(isAcknowledged)
      .sort((one, other) => one.completedAt - other.completedAt);
    /** Of what had been acknowledged by now, the highest offset of each partition. */
    const highest = new Map<PartitionName, Acknowledged>();
    let next = 0;
    for (const operation of operations) {
      for (; (waiting[next]?.completedAt ?? Infinity) < operation.id; next++) raise(highest, waiting[next]!);
      for (const { partition, value, offset } of sendsOf(operation)) {
        const known = highest.get(partition);
        if (offset === null || known === undefined || offset > known.offset) continue;
        if (known.operation.process === operation.process) continue;
        yield {
          text:
            `${known.value} was acknowledged at ${known.offset} of ${partition} before ${value} was sent, ` +
            `which got ${offset}`,
          operations: [known.operation, operation],
        };
      }
    }
  },
};

function isAcknowledged(operation: Operation): boolean {
  return sendsOf(operation).some(({ offset }) => offset !== null);
}

function raise(highest: Map<PartitionName, Acknowledged>, operation: Operation): void {
  for (const { partition, value, offset } of sendsOf(operation))
    if (offset !== null && offset > (highest.get(partition)?.offset ?? -1))
      highest.set(partition, { offset, value, operation });
}
