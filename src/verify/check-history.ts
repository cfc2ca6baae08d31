/**
 * Runs every analysis over a history and says what came out: how much was tried, what was found, and whether Kafka
 * promises that it is not to be found. Of each kind the first few findings are kept with their proof, the others are
 * counted.
 */
import { ANALYSES } from './all-analyses.ts';
import type { Finding } from './analysis.ts';
import type { RecordedHistory } from './history-lines.ts';
import type { Fault, Outcome, PartitionName, RunSettings } from './history.ts';
import { knownHistory, type KnownHistory } from './known-history.ts';

/** As many examples of one kind as a person reads. */
const EXAMPLES_MAX = 5;
/** Beyond this many of one kind nobody counts: the last analysis must end too. */
const COUNTED_MAX = 100_000;

export interface AnalysisResult {
  readonly name: string;
  readonly meaning: string;
  /** Why it is no violation in this run. */
  readonly allowed: string | undefined;
  readonly count: number;
  readonly examples: readonly Finding[];
}

export interface Tried {
  readonly operations: Readonly<Record<Outcome, number>>;
  readonly transactions: Readonly<Record<Outcome, number>>;
  readonly recordsAcknowledged: number;
  readonly recordsRead: number;
  readonly assignments: number;
  readonly lastedMs: number;
  readonly faults: readonly Fault[];
  readonly drainedTo: Readonly<Record<PartitionName, number>>;
}

export interface Verdict {
  readonly settings: RunSettings;
  readonly tried: Tried;
  readonly results: readonly AnalysisResult[];
  /** Kinds found that Kafka promises not to be there. */
  readonly violations: readonly string[];
}

export function checkHistory(recorded: RecordedHistory): Verdict {
  const history = knownHistory(recorded);
  const { settings } = history;
  const results = ANALYSES.map(({ name, meaning, allowedWhen, find }): AnalysisResult => {
    const examples: Finding[] = [];
    let count = 0;
    for (const finding of find(history)) {
      count += 1;
      if (examples.length < EXAMPLES_MAX) examples.push(finding);
      if (count >= COUNTED_MAX) break;
    }
    return { name, meaning, allowed: allowedWhen?.(settings), count, examples };
  });
  const violations = results
    .filter(({ count, allowed }) => count > 0 && allowed === undefined)
    .map(({ name }) => name);
  return { settings, tried: triedIn(history, recorded), results, violations };
}

function triedIn(history: KnownHistory, { events }: RecordedHistory): Tried {
  const { operations, writers, reads, faults, drainedTo } = history;
  const count = (outcome: Outcome, transactions: boolean): number =>
    operations.filter((each) => each.outcome === outcome && (each.isTransaction || !transactions)).length;
  const byOutcome = (transactions: boolean): Record<Outcome, number> => ({
    ok: count('ok', transactions),
    fail: count('fail', transactions),
    info: count('info', transactions),
  });
  return {
    operations: byOutcome(false),
    transactions: byOutcome(true),
    recordsAcknowledged: [...writers.values()].filter(({ operation }) => operation.outcome === 'ok').length,
    recordsRead: reads.size,
    assignments: operations.flatMap(({ actions }) => actions).filter(({ kind }) => kind === 'assign').length,
    lastedMs: events.at(-1)?.atMs ?? 0,
    faults,
    drainedTo: Object.fromEntries(drainedTo),
  };
}
