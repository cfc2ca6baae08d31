/**
 * Records what the processes of a run do, in the order in which it happens: kept for the analyses, and appended to a
 * file as it comes, so that a run that is killed can still be checked.
 *
 * Invariant: an invocation is recorded before the first byte of it is sent, and a completion after its answer was read.
 * Only then does the order of events say what had happened before what.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { errorMessageOf } from '../../runtime/index.ts';
import { eventLine, settingsLine } from '../../verify/index.ts';
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
  readonly #file: FileHandle;
  readonly #startedMs = performance.now();
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writeError: string | undefined;

  private constructor(settings: RunSettings, file: FileHandle) {
    this.settings = settings;
    this.#file = file;
  }

  static async to(path: string, settings: RunSettings): Promise<HistoryRecorder> {
    const file = await open(path, 'w');
    await file.write(settingsLine(settings));
    return new HistoryRecorder(settings, file);
  }

  /** There is room for no more: the run ends. */
  get isFull(): boolean {
    return this.events.length >= EVENTS_MAX || this.#recordsRead >= RECORDS_READ_MAX;
  }

  get elapsedMs(): number {
    return Math.round((performance.now() - this.#startedMs) * 1000) / 1000;
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

  /** Everything is in the file when this resolves. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#flush();
    await this.#file.close();
    if (this.#writeError !== undefined)
      throw new Error(`the history could not be written: ${this.#writeError}`);
  }

  #add(event: HistoryEvent): void {
    this.events.push(event);
    this.#lines.push(eventLine(event));
    if (this.#lines.length > 1) return;
    this.#writing = this.#writing.then(() => this.#flush());
  }

  /** What has gathered while the write before it was under way. */
  async #flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    await this.#file
      .appendFile(lines.join(''))
      .catch((error: unknown) => (this.#writeError ??= errorMessageOf(error)));
  }
}
