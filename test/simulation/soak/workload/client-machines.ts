/**
 * Client programs, each on a machine of its own. A machine whose process was killed, or that crashed, starts its program
 * anew after a while, as whoever runs such programs would see to; the world outside of them has not changed meanwhile.
 */
import type { Runtime } from '../../../../src/runtime/index.ts';
import type { World } from '../../world/index.ts';

/** Ends when it has done its work. What it throws ends the run: programs handle their failures themselves. */
export type ClientProgram = (runtime: Runtime) => Promise<void>;

interface Machine {
  readonly host: string;
  readonly program: ClientProgram;
  /** The one of the process in which the program runs. */
  runtime: Runtime | undefined;
  isDone: boolean;
}

/** The machine that looks after the others; it must be left alone. */
const KEEPER = 'client-keeper';
const LOOK_MS = 1_000;

export class ClientMachines {
  readonly #world: World;
  readonly #machines: Machine[];
  #failure: { readonly error: unknown } | undefined;
  #isWatched = true;

  constructor(world: World, prefix: string, programs: readonly ClientProgram[]) {
    this.#world = world;
    this.#machines = programs.map((program, index) => ({
      host: `${prefix}-${index}`,
      program,
      runtime: undefined,
      isDone: false,
    }));
    this.#look();
  }

  /** To be killed at will. */
  get hosts(): readonly string[] {
    return this.#machines.map(({ host }) => host);
  }

  /** Resolves when every program has ended by itself; those that are killed until then start again. */
  async ended(): Promise<void> {
    const { timers } = this.#world.runtimeFor(KEEPER);
    while (this.#failure === undefined && this.#machines.some(({ isDone }) => !isDone))
      await timers.sleep(LOOK_MS);
    this.#isWatched = false;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #look(): void {
    if (!this.#isWatched) return;
    for (const machine of this.#machines) if (!machine.isDone) this.#start(machine);
    this.#world.runtimeFor(KEEPER).timers.after(LOOK_MS, () => this.#look());
  }

  #start(machine: Machine): void {
    const runtime = this.#world.runtimeFor(machine.host);
    if (machine.runtime === runtime) return;
    machine.runtime = runtime;
    machine.program(runtime).then(
      () => {
        machine.isDone = true;
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
  }
}
