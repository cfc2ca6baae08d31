/**
 * Brokers that go and come back while something works on them: stopped and killed in turn, each time another one that
 * matters, until it is called off. Everybody is in sync and the work has gone on before the next one goes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MixedBrokers } from '../mixed/mixed-brokers.ts';
import type { Seat } from '../mixed/seat.ts';
import { until } from '../until.ts';

const POLL_MS = 50;

/** Who goes: the controller, or who leads a partition. */
export type Target = 'controller' | readonly [topic: string, partition: number];
type Ending = 'clean' | 'hard';

export class Bouncer {
  readonly #brokers: MixedBrokers;
  readonly #counts = { clean: 0, hard: 0 };
  #running: Promise<void> = Promise.resolve();
  #isCalledOff = false;
  #failure: Error | undefined;

  constructor(brokers: MixedBrokers) {
    this.#brokers = brokers;
  }

  get counts(): Readonly<Record<Ending, number>> {
    return this.#counts;
  }

  /** `goesOn` resolves when the work has gone on since it was called. */
  start(targets: readonly Target[], goesOn: () => Promise<unknown>): void {
    this.#running = this.#bounceAll(targets, goesOn).catch((error: unknown) => {
      this.#failure = error as Error;
    });
  }

  /** Throws at once, where the work is waited for, what became of a broker. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** All brokers are back when this resolves. */
  async stop(): Promise<void> {
    this.#isCalledOff = true;
    await this.#running;
    this.check();
  }

  async #bounceAll(targets: readonly Target[], goesOn: () => Promise<unknown>): Promise<void> {
    for (let round = 0; !this.#isCalledOff; round++) {
      // Each target meets both endings: the next round begins with the other one.
      const target = targets[round % targets.length]!;
      const ending = (round + Math.floor(round / targets.length)) % 2 === 0 ? 'hard' : 'clean';
      await this.#bounce(await this.#seatOf(target), ending);
      await Promise.race([goesOn(), this.#untilCalledOff()]);
    }
  }

  async #bounce(seat: Seat, ending: Ending): Promise<void> {
    await (ending === 'clean' ? seat.stop() : seat.kill());
    await until(
      `broker ${seat.id} is not registered`,
      async () => !(await this.#brokers.isRegistered(seat.id)),
    );
    await seat.start();
    await untilInSync(this.#brokers);
    this.#counts[ending] += 1;
  }

  async #untilCalledOff(): Promise<void> {
    while (!this.#isCalledOff) await sleep(POLL_MS);
  }

  async #seatOf(target: Target): Promise<Seat> {
    let id = -1;
    await until('there is somebody to bounce', async () => {
      id =
        target === 'controller'
          ? await this.#brokers.controllerId()
          : (await this.#brokers.state(...target)).leader;
      return id >= 0;
    });
    return this.#brokers.seat(id);
  }
}

/** Every topic of the cluster, internal ones too. */
async function untilInSync(brokers: MixedBrokers): Promise<void> {
  for (const topic of await brokers.zk.topics.getAllTopicsInCluster())
    await until(`${topic} is in sync`, () => brokers.isInSync(topic));
}

/** The end of every story: all brokers are back, nothing is under way any more, and replicas are the same bytes. */
export async function untilWhole(brokers: MixedBrokers, topics: readonly string[]): Promise<void> {
  for (const { id } of brokers.seats)
    await until(`broker ${id} is registered`, () => brokers.isRegistered(id));
  await untilInSync(brokers);
  for (const topic of topics)
    await until(`the replicas of ${topic} are the same bytes`, () => brokers.isSameEverywhere(topic));
}
