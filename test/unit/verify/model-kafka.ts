/**
 * A Kafka of two partitions that is right by construction, and clients that use it in any order a list of choices says:
 * producers, transactions that read and write, read_committed consumers, answers that get lost. What they tell is a
 * history without a violation; the tests then damage it.
 */
import type { Action, SendAction, SeenRecord } from '../../../src/verify/index.ts';
import { ToldHistory } from './told-history.ts';

const PARTITIONS = ['t-0', 't-1'];
const PRODUCERS = ['producer-0', 'producer-1'];
const COPIERS = ['copier-0', 'copier-1'];
const CONSUMERS = ['consumer-0', 'consumer-1'];
const PROCESSES = [...PRODUCERS, ...COPIERS, ...CONSUMERS];

type Fate = 'open' | 'committed' | 'aborted';

interface StoredRecord {
  /** Null: a marker. */
  readonly value: number | null;
  readonly fate: { now: Fate };
}

/** A process between two choices: what it does next when it is its turn. */
type Step = () => Step | undefined;

export class ModelKafka {
  readonly history = new ToldHistory();
  readonly #logs = new Map<string, StoredRecord[]>(PARTITIONS.map((name) => [name, []]));
  readonly #positions = new Map<string, Map<string, number>>();
  readonly #next = new Map<string, Step>();
  readonly #choices: Iterator<number>;
  #value = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices.values();
  }

  run(): ToldHistory {
    for (const process of [...COPIERS, ...CONSUMERS]) this.#assign(process);
    for (let choice = this.#choices.next(); choice.done !== true; choice = this.#choices.next()) {
      const process = PROCESSES[choice.value % PROCESSES.length]!;
      const step = this.#next.get(process) ?? (() => this.#begin(process));
      const following = step();
      if (following === undefined) this.#next.delete(process);
      else this.#next.set(process, following);
    }
    for (let step of this.#next.values())
      for (let more = step(); more !== undefined; more = step()) step = more;
    this.#drain();
    return this.history;
  }

  #begin(process: string): Step | undefined {
    if (PRODUCERS.includes(process)) return this.#beginSend(process);
    if (COPIERS.includes(process)) return this.#beginTransaction(process);
    if (this.#choice() % 8 === 0) this.#assign(process);
    else this.history.did(process, 'ok', this.#poll(process));
    return undefined;
  }

  #beginSend(process: string): Step {
    const partition = this.#anyPartition();
    const value = (this.#value += 1);
    this.history.begin(process, false, [{ kind: 'send', partition, value, offset: null }]);
    const answer = (send: SendAction, isLost: boolean): undefined => {
      this.history.end(process, isLost ? 'info' : 'ok', isLost ? { ...send, offset: null } : send);
    };
    return () => {
      const fate = this.#choice() % 8;
      if (fate === 0) return () => answer({ kind: 'send', partition, value, offset: null }, true);
      const send = this.#append(partition, value, { now: 'committed' });
      return () => answer(send, fate === 1);
    };
  }

  #beginTransaction(process: string): Step {
    const fate: { now: Fate } = { now: 'open' };
    const actions: Action[] = [];
    this.history.begin(process, true);
    const act = (): Step => {
      const choice = this.#choice() % 6;
      // When the choices are over this ends too.
      if (choice <= 1) return this.#endTransaction(process, fate, actions, choice === 0);
      actions.push(
        choice === 2 ? this.#poll(process) : this.#append(this.#anyPartition(), (this.#value += 1), fate),
      );
      return act;
    };
    return act;
  }

  #endTransaction(process: string, fate: { now: Fate }, actions: readonly Action[], commits: boolean): Step {
    if (commits) this.history.asksToCommit(process);
    return () => {
      const choice = this.#choice() % 6;
      const isDone = commits && choice > 0;
      fate.now = isDone ? 'committed' : 'aborted';
      for (const { partition } of actions.filter((action) => action.kind === 'send'))
        this.#logs.get(partition)!.push({ value: null, fate });
      const outcome = commits ? (choice <= 1 ? 'info' : 'ok') : 'fail';
      return () => {
        this.history.end(process, outcome, ...actions);
        if (outcome === 'ok') return undefined;
        return () => {
          this.#assign(process);
          return undefined;
        };
      };
    };
  }

  #append(partition: string, value: number, fate: { now: Fate }): SendAction {
    const offset = this.#logs.get(partition)!.push({ value, fate }) - 1;
    return { kind: 'send', partition, value, offset };
  }

  #assign(process: string): void {
    const positions = Object.fromEntries(
      PARTITIONS.map((name) => [name, this.#choice() % (this.#logs.get(name)!.length + 1)]),
    );
    this.#positions.set(process, new Map(Object.entries(positions)));
    this.history.did(process, 'ok', { kind: 'assign', positions });
  }

  #poll(process: string): Action {
    const positions = this.#positions.get(process)!;
    const records: Record<string, SeenRecord[]> = {};
    for (const [partition, position] of positions) {
      const until = Math.min(this.#lastStable(partition), position + 1 + (this.#choice() % 4));
      const seen = this.#committedIn(partition, position, until);
      if (seen.length > 0) records[partition] = seen;
      positions.set(partition, Math.max(position, until));
    }
    return { kind: 'poll', records };
  }

  #lastStable(partition: string): number {
    const log = this.#logs.get(partition)!;
    const open = log.findIndex(({ fate }) => fate.now === 'open');
    return open < 0 ? log.length : open;
  }

  #committedIn(partition: string, from: number, until: number): SeenRecord[] {
    return this.#logs
      .get(partition)!
      .flatMap(({ value, fate }, offset): SeenRecord[] =>
        offset >= from && offset < until && value !== null && fate.now === 'committed'
          ? [[offset, value]]
          : [],
      );
  }

  #drain(): void {
    const ends: Record<string, number> = {};
    const records: Record<string, SeenRecord[]> = {};
    for (const partition of PARTITIONS) {
      ends[partition] = this.#logs.get(partition)!.length;
      records[partition] = this.#committedIn(partition, 0, ends[partition]);
    }
    this.history
      .did('drain', 'ok', {
        kind: 'assign',
        positions: Object.fromEntries(PARTITIONS.map((name) => [name, 0])),
      })
      .did('drain', 'ok', { kind: 'poll', records })
      .drained(ends);
  }

  #anyPartition(): string {
    return PARTITIONS[this.#choice() % PARTITIONS.length]!;
  }

  #choice(): number {
    const next = this.#choices.next();
    return next.done === true ? 0 : next.value;
  }
}
