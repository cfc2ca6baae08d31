/** Histories told by hand, an operation a line, and what the analyses say of them. */
import { checkHistory } from '../../../src/verify/index.ts';
import type {
  Action,
  AssignAction,
  CommitAction,
  HistoryEvent,
  Outcome,
  PollAction,
  RunSettings,
  SeenRecord,
  SendAction,
  Verdict,
} from '../../../src/verify/index.ts';

export const SETTINGS: RunSettings = {
  bootstrap: 'localhost:9092',
  startedAt: '2026-11-28T12:00:00.000Z',
  acks: 'all',
  idempotent: true,
  isolation: 'read_committed',
};

export class ToldHistory {
  readonly settings: RunSettings;
  readonly events: HistoryEvent[] = [];

  constructor(settings: Partial<RunSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
  }

  begin(process: string, transaction = false, actions: readonly Action[] = []): this {
    return this.#add({ type: 'invoke', process, transaction, actions, atMs: this.#nowMs() });
  }

  asksToCommit(process: string): this {
    return this.#add({ type: 'ending', process, commit: true, atMs: this.#nowMs() });
  }

  end(process: string, outcome: Outcome, ...actions: Action[]): this {
    return this.#add({ type: outcome, process, actions, atMs: this.#nowMs() });
  }

  did(process: string, outcome: Outcome, ...actions: Action[]): this {
    return this.begin(process, false, actions).end(process, outcome, ...actions);
  }

  transacted(process: string, outcome: Outcome, ...actions: Action[]): this {
    this.begin(process, true);
    if (outcome !== 'fail') this.asksToCommit(process);
    return this.end(process, outcome, ...actions);
  }

  drained(ends: Readonly<Record<string, number>>): this {
    return this.#add({ type: 'drained', ends, atMs: this.#nowMs() });
  }

  fault(text: string): this {
    return this.#add({ type: 'fault', text, atMs: this.#nowMs() });
  }

  get verdict(): Verdict {
    return checkHistory(this);
  }

  /** What the analysis of that name finds: each text with the lines that prove it. */
  found(name: string): [text: string, ...lines: number[]][] {
    const result = this.verdict.results.find((each) => each.name === name);
    if (result === undefined) throw new Error(`there is no analysis ${name}`);
    return result.examples.map(({ text, operations }) => [text, ...operations.map(({ id }) => id)]);
  }

  #nowMs(): number {
    return this.events.length;
  }

  #add(event: HistoryEvent): this {
    this.events.push(event);
    return this;
  }
}

export const sent = (value: number, partition: string, offset: number | null): SendAction => ({
  kind: 'send',
  value,
  partition,
  offset,
});

export const polled = (partition: string, ...records: SeenRecord[]): PollAction => ({
  kind: 'poll',
  records: { [partition]: records },
});

export const committed = (group: string, offsets: Readonly<Record<string, number>>): CommitAction => ({
  kind: 'commit',
  group,
  offsets,
});

export const assigned = (positions: Readonly<Record<string, number>>): AssignAction => ({
  kind: 'assign',
  positions,
});

export const joined = (
  group: string,
  generation: number,
  positions: Readonly<Record<string, number>>,
): AssignAction => ({ kind: 'assign', group, generation, positions });
