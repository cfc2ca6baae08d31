/**
 * Torn transactions (a kin of G1b, the intermediate read): of a transaction whose outcome nobody knows, some records
 * were read and others are not in the log. One that was acknowledged as committed and lacks a record is a lost write.
 */
import type { Analysis } from '../analysis.ts';
import { sendsOf, wasDrained, wasPassed } from '../known-history.ts';

export const tornTransaction: Analysis = {
  name: 'torn-transaction',
  meaning: 'of one transaction some records are committed and others are not (kin of G1b)',
  *find(history) {
    const { operations, reads, settings } = history;
    if (settings.isolation === 'read_uncommitted') return;
    for (const operation of operations) {
      if (!operation.isTransaction || operation.outcome !== 'info') continue;
      const sends = sendsOf(operation);
      const seen = sends.find(({ value }) => reads.has(value));
      const gone = sends.find(
        ({ value, partition, offset }) =>
          offset !== null &&
          !reads.has(value) &&
          (wasPassed(history, partition, offset) || wasDrained(history, partition, offset)),
      );
      const read = seen && reads.get(seen.value);
      if (seen === undefined || gone === undefined || read === undefined) continue;
      yield {
        text:
          `${seen.value} was read from ${seen.partition}, and ${gone.value} of the same transaction is not at its ` +
          `offset ${String(gone.offset)} of ${gone.partition}`,
        operations: [operation, read.operation],
      };
    }
  },
};
