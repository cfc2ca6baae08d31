/** Runs a history: each step on the log and on the model, and after each a look at everything there is to see. */
import type { Disk } from '../../../../src/runtime/index.ts';
import { expectSame } from './check.ts';
import { type History, type IndexDamage, type PlainStep, sentence, type Step } from './history.ts';
import { expectIndexes } from './indexes.ts';
import { type CutOff, followReopening, type Saved } from './reopen.ts';
import { type Begun, FOLDER, HOST, LOG_DIR, Subject } from './subject.ts';

export async function runHistory({ kind, seed, steps }: History): Promise<void> {
  const run = new Run(new Subject(kind, seed));
  await run.start();
  for (const [index, step] of steps.entries()) {
    try {
      await run.take(step);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`step ${index + 1}, ${sentence(step)}: ${message}`, { cause });
    }
  }
  await run.take({ kind: 'close', spoil: { kind: 'none', percent: 0, suffix: '.index' }, during: null });
}

class Run {
  readonly #subject: Subject;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async start(): Promise<void> {
    const { disk } = this.#subject.runtime;
    // Whoever sets a machine up makes the log dir, and long before.
    await this.#settle(disk.makeFolder(LOG_DIR));
    await this.#settle(disk.syncFolder('/'));
    await this.#settle(this.#subject.load());
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'close') await this.#close(step);
    else if (step.kind === 'crash') await this.#crash(step);
    else if (step.kind === 'meanwhile') {
      const background = this.#subject.begin(step.background);
      await this.#finish(this.#subject.begin(step.step));
      await this.#finish(background);
    } else await this.#finish(this.#subject.begin(step));
    await this.#check();
  }

  async #finish(begun: Begun): Promise<void> {
    begun.complete(await this.#settle(begun.done));
  }

  #settle<T>(promise: Promise<T>): Promise<T> {
    return this.#subject.world.settle(promise);
  }

  async #check(): Promise<void> {
    const { world, log, model, failedDirs } = this.#subject;
    if (failedDirs.length > 0) {
      const lines = world.log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
      throw new Error(`the log dir went offline: ${lines.join('; ')}`);
    }
    const random = (below: number): number => world.random.below(below);
    const names = world
      .disk(HOST)
      .names(FOLDER)
      .filter((name) => name.endsWith('.log'));
    const segmentBases = names.map((name) => Number(name.slice(0, 20)));
    await this.#settle(expectSame(log, model, { random, segmentBases }));
  }

  // -------------------------------------------------------------------------------------------- close, crash

  async #close({ spoil, during }: Step & { kind: 'close' }): Promise<void> {
    const subject = this.#subject;
    const { world } = subject;
    if (during !== null) await this.#finish(subject.begin(during));
    await this.#finish(subject.close());
    const { recoveryPoint, logStartOffset, lastStableOffset } = subject.log;
    expectIndexes(subject);
    world.kill(HOST);
    await this.#spoil(spoil);
    await this.#reopen({
      recoveryPoint,
      logStartOffset,
      lastStableOffset,
      cutOff: {},
      saved: subject.saved,
      isClean: true,
    });
  }

  async #crash({ how, during, afterCalls, spoil, againAfterCalls }: Step & { kind: 'crash' }): Promise<void> {
    const subject = this.#subject;
    const cutOff = await this.#beginAndCutOff(during, afterCalls);
    const { recoveryPoint, logStartOffset, lastStableOffset } = subject.log;
    if (cutOff !== 'ended in order' && cutOff.cutFrom !== undefined) subject.mayHaveLoweredStart();
    const { saved } = subject;
    this.#end(how);
    await this.#spoil(spoil);
    if (againAfterCalls !== null) {
      await this.#runFor(subject.load(), againAfterCalls);
      this.#end(how);
    }
    const isClean = cutOff === 'ended in order' && subject.isClosed && how === 'kill';
    await this.#reopen({
      recoveryPoint,
      logStartOffset,
      lastStableOffset,
      cutOff: cutOff === 'ended in order' ? {} : cutOff,
      saved,
      isClean,
    });
  }

  /** What was under way when it was cut off, or that it came to its end before. */
  async #beginAndCutOff(
    during: PlainStep | 'close' | null,
    afterCalls: number,
  ): Promise<CutOff | 'ended in order'> {
    if (during === null) return {};
    const begun = during === 'close' ? this.#subject.close() : this.#subject.begin(during);
    const result = await this.#runFor(begun.done, afterCalls);
    if (result === undefined) return begun.cutOff;
    begun.complete(result.value);
    return 'ended in order';
  }

  /** Until the promise settles or the disk was called so often. */
  async #runFor<T>(promise: Promise<T>, calls: number): Promise<{ readonly value: T } | undefined> {
    const { world } = this.#subject;
    const disk = world.disk(HOST);
    const until = disk.calls + calls;
    const ended: { readonly value: Promise<T> }[] = [];
    const note = (): void => void ended.push({ value: promise });
    promise.then(note, note);
    await world.runUntil(() => ended.length > 0 || disk.calls >= until);
    return ended[0] && { value: await ended[0].value };
  }

  #end(how: (Step & { kind: 'crash' })['how']): void {
    const { world } = this.#subject;
    if (how === 'kill') world.kill(HOST);
    else world.crash(HOST, { keep: how === 'power, some kept' ? 'some' : 'nothing' });
  }

  async #reopen(ended: {
    readonly recoveryPoint: number;
    readonly logStartOffset: number;
    readonly lastStableOffset: number;
    readonly cutOff: CutOff;
    readonly saved: readonly Saved[];
    readonly isClean: boolean;
  }): Promise<void> {
    const subject = this.#subject;
    await this.#settle(subject.load());
    const { log, segments, runtime } = subject;
    followReopening(subject.model, { ...ended, log, segments, nowMs: runtime.clock.wallMs() });
    subject.afterReopening();
  }

  /** Somebody harms an index file while no broker runs. */
  async #spoil({ kind, percent, suffix }: IndexDamage): Promise<void> {
    const { world, runtime } = this.#subject;
    const names = world
      .disk(HOST)
      .names(FOLDER)
      .filter((name) => name.endsWith(suffix));
    const name = names[Math.floor((percent / 101) * names.length)];
    if (kind === 'none' || name === undefined) return;
    const path = `${FOLDER}/${name}`;
    await this.#settle(
      kind === 'removed' && suffix === '.index'
        ? remove(runtime.disk, path)
        : cutInsideAnEntry(runtime.disk, path),
    );
  }
}

async function remove(disk: Disk, path: string): Promise<void> {
  await disk.removeFile(path);
  await disk.syncFolder(FOLDER);
}

async function cutInsideAnEntry(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, 'write');
  const size = await file.size();
  // Not to nothing: that would be an index without entries.
  await file.truncate(Math.max(Math.min(1, size), size - 5));
  await file.sync();
  await file.close();
}
