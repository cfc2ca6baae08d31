/** What a soak's history says: the verdict of the analyses of `klassik verify`, and how much was tried. */
import { checkHistory, type RecordedHistory, type Verdict } from '../../../../src/verify/index.ts';

export interface SoakFindings {
  readonly verdict: Verdict;
  /** In words, none when all is well. */
  readonly violations: readonly string[];
  readonly counts: {
    readonly acknowledged: number;
    readonly read: number;
    readonly committed: number;
    readonly aborted: number;
    /** Transactions of which nobody was told how they ended. */
    readonly unknown: number;
  };
}

/** An operation fails as Kafka's clients see failures, or because the network did; anything else is a bug. */
const EXPECTED_ERROR = /^(KafkaError\b|Error: E[A-Z]+: |aborted at will$)/;

export function findingsIn(history: RecordedHistory, undrained: readonly string[]): SoakFindings {
  const verdict = checkHistory(history);
  const { recordsAcknowledged, recordsRead, transactions } = verdict.tried;
  const found = verdict.results
    .filter(({ name }) => verdict.violations.includes(name))
    .map(({ name, count, examples }) => `${name} (${count}), such as: ${examples[0]?.text ?? ''}`);
  const nothingTried = recordsAcknowledged === 0 ? ['no record was acknowledged'] : [];
  return {
    verdict,
    violations: [
      ...found,
      ...undrained.map((name) => `${name} could not be read to its end`),
      ...nothingTried,
      ...unexpectedErrors(history),
    ],
    counts: {
      acknowledged: recordsAcknowledged,
      read: recordsRead,
      committed: transactions.ok,
      aborted: transactions.fail,
      unknown: transactions.info,
    },
  };
}

function unexpectedErrors({ events }: RecordedHistory): string[] {
  return events.flatMap((event) => {
    const error = 'error' in event ? event.error : undefined;
    if (error === undefined || EXPECTED_ERROR.test(error)) return [];
    return [`an operation of ${'process' in event ? event.process : ''} failed with ${error}`];
  });
}
