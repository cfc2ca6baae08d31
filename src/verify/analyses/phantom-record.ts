/** Phantom records: what was read was never sent, or was sent to another partition. */
import type { Analysis } from '../analysis.ts';

export const phantomRecord: Analysis = {
  name: 'phantom-record',
  meaning: 'a record was read that nobody sent to that partition',
  *find({ reads, writers }) {
    for (const [value, { operation, partition, offset }] of reads) {
      const writer = writers.get(value);
      if (writer === undefined)
        yield {
          text: `${value} at offset ${offset} of ${partition} was never sent`,
          operations: [operation],
        };
      else if (writer.send.partition !== partition)
        yield {
          text: `${value} was sent to ${writer.send.partition} and read at offset ${offset} of ${partition}`,
          operations: [writer.operation, operation],
        };
    }
  },
};
