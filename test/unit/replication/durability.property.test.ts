/**
 * Random histories of three brokers: records with acks=all and acks=1, brokers cut off and coming back, clean
 * elections that reach only some of them, ISR proposals accepted and refused. The controller here is a few lines
 * that keep its own rules (contract 3.4, 3.9).
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FactStream } from '../../../src/observe/index.ts';
import { prepareCompression } from '../../../src/records/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { ReplicaCluster, TOPIC, type ReplicaBroker } from './support/replica-cluster.ts';

const ALL = [1, 2, 3];

type Step =
  | { readonly kind: 'produce'; readonly acks: number; readonly broker: number }
  | { readonly kind: 'cut-off'; readonly broker: number }
  | { readonly kind: 'heal'; readonly broker: number }
  | { readonly kind: 'elect'; readonly candidate: number; readonly misses: number }
  | { readonly kind: 'answer' }
  | { readonly kind: 'move'; readonly broker: number; readonly to: string }
  | { readonly kind: 'wait'; readonly ms: number };

const LOG_DIRS = ['/one', '/two'];

const broker = fc.constantFrom(...ALL);
const to = fc.constantFrom(...LOG_DIRS);
const move: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('move'), broker, to });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('produce'), acks: fc.constantFrom(-1, -1, 1), broker }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut-off'), broker }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal'), broker }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('elect'),
      candidate: broker,
      misses: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('answer') }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 3, 10, 600, 40_000) }),
  },
);

class History {
  readonly world: World;
  readonly cluster: ReplicaCluster;
  readonly acknowledged = new Set<string>();
  #leader = 1;
  #leaderEpoch = 0;
  #partitionEpoch = 0;
  #isr: readonly number[] = ALL;
  #produced = 0;

  constructor(world: World, cluster: ReplicaCluster) {
    this.world = world;
    this.cluster = cluster;
    for (const each of this.cluster.brokers.values()) {
      each.replicaManager.startup();
      this.#watchHighWatermark(each);
    }
  }

  /** While a broker leads in one epoch, its high watermark only rises. */
  #watchHighWatermark(each: ReplicaBroker): void {
    let latest = -1;
    each.facts.subscribe((fact) => {
      if (fact.kind === 'partition-role') latest = -1;
      if (fact.kind !== 'high-watermark' || !each.partition().isLeader) return;
      if (fact.highWatermark < latest)
        this.violations.push(`HW of broker ${each.id} fell to ${fact.highWatermark}`);
      latest = fact.highWatermark;
    });
  }

  readonly violations: string[] = [];

  #reachable(): number[] {
    return ALL.filter((id) => !this.cluster.broker(id).isCutOff);
  }

  async tellLeader(to: readonly number[]): Promise<void> {
    const spec = { leader: this.#leader, leaderEpoch: this.#leaderEpoch, isr: this.#isr };
    await this.cluster.elect({ ...spec, partitionEpoch: this.#partitionEpoch }, to);
  }

  /** A clean election: only a live member of the ISR may lead, and the dead leave the ISR with it. */
  async elect(candidate: number, misses: number): Promise<void> {
    const live = this.#reachable();
    const eligible = this.#isr.filter((id) => live.includes(id));
    const [first] = eligible;
    if (first === undefined) return;
    this.#leader = eligible.includes(candidate) ? candidate : first;
    this.#isr = eligible;
    this.#leaderEpoch += 1;
    this.#partitionEpoch += 1;
    await this.tellLeader(live.filter((id) => id !== misses || id === this.#leader));
  }

  answer(): void {
    const leader = this.cluster.broker(this.#leader);
    const pending = leader.isCutOff ? undefined : leader.proposals.shift();
    if (pending === undefined) return;
    const { leaderEpoch, partitionEpoch, isr } = pending.proposal;
    if (leaderEpoch !== this.#leaderEpoch)
      return pending.answer({ kind: 'refused', error: 'FENCED_LEADER_EPOCH' });
    if (partitionEpoch !== this.#partitionEpoch)
      return pending.answer({ kind: 'refused', error: 'INVALID_UPDATE_VERSION' });
    const live = this.#reachable();
    if (!isr.every((id) => live.includes(id)))
      return pending.answer({ kind: 'refused', error: 'INELIGIBLE_REPLICA' });
    this.#isr = isr;
    this.#partitionEpoch += 1;
    const outcome = { leaderId: this.#leader, leaderEpoch, isr, partitionEpoch: this.#partitionEpoch };
    pending.answer({ kind: 'accepted', outcome });
  }

  /** Whoever takes itself for the leader may be written to: a zombie too. */
  produce(id: number, acks: number): void {
    const value = `${this.#produced++}`.padStart(4, '0');
    void this.cluster
      .broker(id)
      .produce(value, { acks, timeoutMs: 100_000 })
      .then(({ error }) => {
        if (error === 'NONE' && acks === -1) this.acknowledged.add(Buffer.from(value).toString('hex'));
      });
  }

  async run(each: Step): Promise<void> {
    if (each.kind === 'produce') this.produce(each.broker, each.acks);
    else if (each.kind === 'cut-off') this.cluster.broker(each.broker).isCutOff = true;
    else if (each.kind === 'heal') this.cluster.broker(each.broker).isCutOff = false;
    else if (each.kind === 'elect') await this.elect(each.candidate, each.misses);
    else if (each.kind === 'answer') this.answer();
    else if (each.kind === 'move')
      void this.cluster
        .broker(each.broker)
        .replicaManager.alterLogDirs([{ topic: TOPIC, partition: 0, destination: each.to }]);
    else await this.world.run(each.ms);
  }

  /** Everybody comes back, hears of one leader, and catches up. */
  async settle(): Promise<ReplicaBroker> {
    for (const id of ALL) this.cluster.broker(id).isCutOff = false;
    await this.elect(this.#leader, 0);
    await this.world.run(10_000);
    return this.cluster.broker(this.#leader);
  }
}

async function check(history: History, steps: readonly Step[]): Promise<void> {
  await history.tellLeader(ALL);
  for (const each of steps) await history.run(each);
  const leader = await history.settle();
  const story = await history.world.settle(leader.story());
  const text = story.join(' ');
  expect([...history.acknowledged].filter((value) => !text.includes(value))).toEqual([]);
  for (const id of ALL) expect(await history.world.settle(history.cluster.broker(id).story())).toEqual(story);
  expect(history.violations).toEqual([]);
}

const steps = fc.array(step, { minLength: 5, maxLength: 60 });
const stepsAndMoves = fc.array(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: move }), {
  minLength: 5,
  maxLength: 60,
});

describe('What was acknowledged with acks=all is never lost, and all logs agree in the end', () => {
  test('with logs in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), steps, async (seed, taken) => {
        const world = createWorld(seed);
        await check(new History(world, new ReplicaCluster(world, ALL)), taken);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('with real logs on simulated disks, which move between log dirs', async () => {
    // It loads modules, which takes real time; virtual time would not wait.
    await prepareCompression();
    await fc.assert(
      fc.asyncProperty(fc.integer(), stepsAndMoves, async (seed, taken) => {
        const world = createWorld(seed);
        const logManagers = new Map<number, LogManager>();
        for (const id of ALL) {
          const runtime = world.runtimeFor(`broker-${id}`);
          const facts = new FactStream({ broker: id, nowMs: () => runtime.clock.wallMs() });
          const logManager = new LogManager({
            runtime,
            facts,
            logDirs: LOG_DIRS,
            defaultConfig: DEFAULT_LOG_CONFIG,
          });
          await world.settle(logManager.load());
          logManagers.set(id, logManager);
        }
        await check(new History(world, new ReplicaCluster(world, ALL, { logManagers })), taken);
      }),
      { numRuns: 10 },
    );
  }, 120_000);
});
