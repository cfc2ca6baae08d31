/** Carries a plan out: rounds of faults with rests between them, then everything whole again. */
import { describeFault, type Plan, type PlannedFault, type Round } from './plan.ts';
import { FAULT_KINDS, type FaultName, type Stage } from './faults/index.ts';

/** As long as may pass until every ISR is full, before and after a loss of power, and at the end. */
const HEALING_MS = 120_000;
const LOOK_MS = 250;

export class Nemesis {
  /** How often each kind found a target. */
  readonly begun = new Map<FaultName, number>();
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Ends when all faults are over and every broker runs; all is not whole again yet. */
  async run({ rounds }: Plan): Promise<void> {
    for (const round of rounds) {
      await this.#timers.sleep(round.restMs);
      await this.#play(round);
    }
    for (const id of this.#stage.brokerIds) await this.#stage.start(id);
  }

  /** Whether every ISR came to be full. */
  async untilWhole(atMostMs = HEALING_MS): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < atMostMs; waitedMs += LOOK_MS) {
      if (this.#stage.isWhole()) return true;
      await this.#timers.sleep(LOOK_MS);
    }
    return false;
  }

  async #play({ faults }: Round): Promise<void> {
    const isAlone = faults.some(({ name }) => FAULT_KINDS[name].isAlone);
    // What heals too slowly is found in the calm; here it means only that no machine loses its power now.
    if (isAlone && !(await this.untilWhole())) return;
    await Promise.all(faults.map((fault) => this.#inflict(fault)));
    if (isAlone) await this.untilWhole();
  }

  async #inflict(fault: PlannedFault): Promise<void> {
    const { world } = this.#stage.cluster;
    await this.#timers.sleep(fault.afterMs);
    world.note('chaos', `begins: ${describeFault(fault)}`);
    const end = await FAULT_KINDS[fault.name].begin(this.#stage, fault.draws);
    if (end === undefined) return;
    this.begun.set(fault.name, (this.begun.get(fault.name) ?? 0) + 1);
    await this.#timers.sleep(fault.durationMs);
    world.note('chaos', `ends: ${fault.name}`);
    await end();
  }

  get #timers() {
    return this.#stage.cluster.world.runtimeFor('chaos').timers;
  }
}
