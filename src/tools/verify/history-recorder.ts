/**
 * Records what the processes of a run do, in the order in which it happens: kept for the analyses, and told as it comes to
 * whoever writes it down.
 *
 * Invariant: an invocation is recorded before the first byte of it is sent, and a completion after its answer was read.
 * Only then does the order of events say what had happened before what.
 */
import type { Clock } from '../../runtime/index.ts';
import type {
  Action,
  HistoryEvent,
  Outcome,
  PartitionName,
  RecordedHistory,
  RunSettings,
} from '../../verify/index.ts';

/** A history must fit into memory to be checked: about 300 bytes an event, and 50 a record that is read. */
const EVENTS_MAX = 1_000_000;
const RECORDS_READ_MAX = 10_000_000;

export class HistoryRecorder implements RecordedHistory {
  readonly settings: RunSettings;
  readonly events: HistoryEvent[] = [];
  acknowledged = 0;
  #recordsRead = 0;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #startedMs: number;
  readonly #onEvent: (event: HistoryEvent) => void;

  constructor(
    settings: RunSettings,
    clock: Pick<Clock, 'monotonicMs'>,
    onEvent: (event: HistoryEvent) => void = () => undefined,
  ) {
    this.settings = settings;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#onEvent = onEvent;
  }

  /** There is room for no more: the run ends. */
  get isFull(): boolean {
    return this.events.length >= EVENTS_MAX || this.#recordsRead >= RECORDS_READ_MAX;
  }

  get elapsedMs(): number {
    return Math.round((this.#clock.monotonicMs() - this.#startedMs) * 1000) / 1000;
  }

  begin(process: string, actions: readonly Action[] = [], transaction = false): void {
    this.#add({ type: 'invoke', process, transaction, actions, atMs: this.elapsedMs });
  }

  asksToCommit(process: string): void {
    this.#add({ type: 'ending', process, commit: true, atMs: this.elapsedMs });
  }

  end(process: string, outcome: Outcome, actions: readonly Action[], error?: string): void {
    for (const action of actions) {
      if (action.kind === 'send' && outcome === 'ok') this.acknowledged += 1;
      if (action.kind === 'poll')
        for (const records of Object.values(action.records)) this.#recordsRead += records.length;
    }
    const event = { type: outcome, process, actions, atMs: this.elapsedMs };
    this.#add(error === undefined ? event : { ...event, error });
  }

  fault(text: string): void {
    this.#add({ type: 'fault', text, atMs: this.elapsedMs });
  }

  drained(ends: Readonly<Record<PartitionName, number>>): void {
    this.#add({ type: 'drained', ends, atMs: this.elapsedMs });
  }

  #add(event: HistoryEvent): void {
    this.events.push(event);
    this.#onEvent(event);
  }
}
