/**
 * A world for simulations: machines with disks, a network between them and one virtual clock, everything decided by
 * a seed. `runtimeFor` gives a broker on a machine its Runtime; `kill` and `crash` end the process it belongs to, after
 * which nothing of that process runs any more, and the next `runtimeFor` is a new process on the same disk.
 */
import { memoryLogger } from '../../../src/logging/index.ts';
import type { MemoryLogger } from '../../../src/logging/index.ts';
import type { Runtime, Timer, Workers } from '../../../src/runtime/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { DiskProcess } from './memory-disk.ts';
import { MemoryNetwork } from './memory-network.ts';
import type { NetworkProcess } from './memory-network.ts';
import { Scheduler } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { Trace } from './trace.ts';

/** 2026-01-01T00:00:00Z: when every world begins. */
const WORLD_BEGINS_MS = 1_767_225_600_000;

/** What workers can be asked to do, by task name. */
type Tasks = Readonly<Record<string, (input: unknown) => unknown>>;

interface Machine {
  readonly disk: MemoryDisk;
  readonly random: SeededRandom;
  process: SimulatedProcess | undefined;
  wallOffsetMs: number;
}

class SimulatedProcess implements NetworkProcess, DiskProcess {
  readonly host: string;
  readonly nowMs: () => number;
  isAlive = true;
  readonly runtime: Runtime;
  readonly #scheduler: Scheduler;
  /** What came while it was stopped, in order. */
  #held: (() => void)[] | undefined;

  constructor(host: string, world: World, machine: Machine, tasks: Tasks) {
    this.host = host;
    this.#scheduler = world.scheduler;
    this.nowMs = () => WORLD_BEGINS_MS + Math.floor(world.nowMs) + machine.wallOffsetMs;
    this.runtime = {
      clock: { wallMs: this.nowMs, monotonicMs: () => world.nowMs },
      timers: {
        after: (delayMs, callback) => this.after(delayMs, callback),
        endOfTurn: (callback) => world.scheduler.endOfTurn(() => this.#ifAlive(callback)),
        sleep: (delayMs) => this.wait(delayMs),
      },
      random: machine.random,
      disk: machine.disk.diskFor(this),
      network: world.network.networkFor(this),
      workers: this.#workers(world, tasks),
      logger: world.log.logger.child('', { host }),
    };
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#scheduler.after(delayMs, () => this.#ifAlive(callback));
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const callback of held) this.after(0, callback);
  }

  #ifAlive(callback: () => void): void {
    if (!this.isAlive) return;
    if (this.#held === undefined) callback();
    else this.#held.push(callback);
  }

  #workers(world: World, tasks: Tasks): Workers {
    return {
      run: async (task, input) => {
        const [moduleName = '', exportName = ''] = task.split('#');
        const given = tasks[task];
        const result =
          given === undefined
            ? await world.scheduler.holdFor(runModuleTask(moduleName, exportName, structuredClone(input)))
            : await given(structuredClone(input));
        await this.wait(1);
        return structuredClone(result);
      },
      close: () => Promise.resolve(),
    };
  }
}

export class World {
  readonly seed: string;
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly log: MemoryLogger = memoryLogger();
  readonly network: MemoryNetwork;
  /** For the test's own choices. */
  readonly random: SeededRandom;
  readonly #tasks: Tasks;
  readonly #machines = new Map<string, Machine>();
  /** Told of each process that is ended, and whether its machine goes down with it. */
  onEnd: (host: string, machineDies: boolean) => void = () => undefined;

  constructor(seed: string | number, { tasks = {} }: { readonly tasks?: Tasks } = {}) {
    this.seed = String(seed);
    this.#tasks = tasks;
    this.random = new SeededRandom(`${this.seed}/test`);
    this.network = new MemoryNetwork({
      random: new SeededRandom(`${this.seed}/network`),
      schedule: (delayMs, callback) => void this.scheduler.after(delayMs, callback),
      nowMs: () => this.nowMs,
      isUp: (host) => this.#machines.get(host)?.process?.isAlive === true,
      onDelivery: (from, to, bytes) => this.note(to, `received ${bytes} bytes from ${from}`),
    });
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** The Runtime of the process that runs on a machine; a new process if none does. */
  runtimeFor(host: string): Runtime {
    const machine = this.#machine(host);
    machine.process ??= new SimulatedProcess(host, this, machine, this.#tasks);
    return machine.process.runtime;
  }

  disk(host: string): MemoryDisk {
    return this.#machine(host).disk;
  }

  /** Sets a machine's wall clock off by so much; its monotonic clock does not notice. */
  setWallOffset(host: string, offsetMs: number): void {
    this.#machine(host).wallOffsetMs = offsetMs;
  }

  /** kill -9: the process is gone, its files are as it left them, its connections are reset. */
  kill(host: string): void {
    this.#end(host, false);
  }

  /** The power fails: bytes and names not synced are lost, and nobody tells the other ends of its connections. */
  crash(host: string, { keep = 'some' }: { readonly keep?: 'nothing' | 'some' } = {}): void {
    this.#end(host, true);
    this.#machine(host).disk.losePower(keep);
  }

  /** Whether a process runs there; a paused one does. */
  isUp(host: string): boolean {
    return this.#machines.get(host)?.process !== undefined;
  }

  /** SIGSTOP: nothing of the process runs; the system still takes connections and bytes for it, and tells nobody. */
  pause(host: string): void {
    const { process } = this.#machine(host);
    if (process === undefined || process.isPaused) return;
    this.note(host, 'paused');
    process.pause();
  }

  /** SIGCONT: whatever came meanwhile comes now, timers and bytes alike. */
  resume(host: string): void {
    const { process } = this.#machine(host);
    if (process?.isPaused !== true) return;
    this.note(host, 'resumed');
    process.resume();
  }

  /** Adds to the trace, by which two runs of a seed are compared. */
  note(host: string, what: unknown): void {
    this.trace.add(this.nowMs, host, what);
  }

  /** Lets `durationMs` of virtual time pass. An error that an event throws ends the run and names the seed. */
  async run(durationMs: number): Promise<void> {
    await this.#runNaming(durationMs, undefined);
  }

  /** Lets time pass until the condition holds; fails when it does not within `atMostMs`. */
  async runUntil(condition: () => boolean, atMostMs = 60_000): Promise<void> {
    await this.#runNaming(atMostMs, condition);
    if (!condition()) throw this.#failure(`the condition did not come to hold within ${atMostMs} ms`);
  }

  /** Lets time pass until the promise settles, and gives what it gives. */
  async settle<T>(promise: Promise<T>, atMostMs = 60_000): Promise<T> {
    let isSettled = false;
    const mark = (): void => void (isSettled = true);
    promise.then(mark, mark);
    await this.runUntil(() => isSettled, atMostMs);
    return promise;
  }

  async #runNaming(durationMs: number, isDone: (() => boolean) | undefined): Promise<void> {
    try {
      await this.scheduler.run(durationMs, isDone);
    } catch (error) {
      throw this.#failure('an event failed', error);
    }
  }

  #failure(what: string, cause?: unknown): Error {
    const latest = this.trace.latest().slice(-50).join('\n');
    return new Error(`${what} (seed ${this.seed}, at ${this.nowMs.toFixed(3)} ms)\n${latest}`, { cause });
  }

  #machine(host: string): Machine {
    let machine = this.#machines.get(host);
    if (machine === undefined) {
      machine = {
        disk: new MemoryDisk(new SeededRandom(`${this.seed}/disk/${host}`)),
        random: new SeededRandom(`${this.seed}/random/${host}`),
        process: undefined,
        wallOffsetMs: 0,
      };
      this.#machines.set(host, machine);
    }
    return machine;
  }

  #end(host: string, machineDies: boolean): void {
    const machine = this.#machine(host);
    const { process } = machine;
    if (process === undefined) return;
    this.note(host, machineDies ? 'crashed' : 'killed');
    this.onEnd(host, machineDies);
    process.isAlive = false;
    machine.process = undefined;
    machine.disk.endProcess(process);
    this.network.endProcess(process, machineDies);
  }
}

export function createWorld(seed: string | number, options: { readonly tasks?: Tasks } = {}): World {
  return new World(seed, options);
}

async function runModuleTask(moduleName: string, exportName: string, input: unknown): Promise<unknown> {
  const exports = (await import(`../../../src/${moduleName}.ts`)) as Readonly<Record<string, unknown>>;
  const task = exports[exportName];
  if (typeof task !== 'function') throw new TypeError(`${moduleName} exports no task "${exportName}"`);
  return (task as (value: unknown) => unknown)(input);
}
