/**
 * Aborted reads (G1a): a record was read whose send was refused, or whose transaction was aborted or never asked to
 * commit.
 */
import type { Analysis } from '../analysis.ts';

export const abortedRead: Analysis = {
  name: 'aborted-read',
  meaning: 'a record was read whose send failed or whose transaction was not committed (G1a)',
  *find({ settings, reads, writers }) {
    for (const [value, { operation, partition, offset }] of reads) {
      const writer = writers.get(value)?.operation;
      if (writer?.outcome !== 'fail') continue;
      // With read_uncommitted the records of aborted transactions are there to be read.
      if (writer.isTransaction && settings.isolation === 'read_uncommitted') continue;
      const what = writer.isTransaction
        ? 'belongs to a transaction that was not committed'
        : 'failed to be sent';
      yield {
        text: `${value} ${what} and was read at offset ${offset} of ${partition}`,
        operations: [writer, operation],
      };
    }
  },
};
