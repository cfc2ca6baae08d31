/**
 * Random histories: producers come, add partitions, commit, abort and vanish while the log refuses, answers late or keeps
 * what it refused, leaders do not answer, time passes, and the partition moves between two coordinators. Whatever happens:
 *
 *   - the log tells of each id a way through the table of states, and epochs of a producer id only go up
 *   - no two producers are given the same id and epoch
 *   - a transaction that was acknowledged as committed gets commit markers on all its partitions
 *   - once the disturbance ends nothing stays prepared: every transaction that was decided is completed
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TransactionCoordinator } from '../../../../src/coordinator/index.ts';
import {
  canTransition,
  stateOfId,
  type TransactionState,
} from '../../../../src/coordinator/transaction/transaction-state.ts';
import { decodeVersioned, TransactionLogKey, TransactionLogValue } from '../../../../src/protocol/index.ts';
import type { ErrorName } from '../../../../src/protocol/index.ts';
import { PARTITIONS, TIMEOUT_MS, transactionWorld, type TransactionWorld } from './transaction-world.ts';

const IDS = ['a', 'b'];
type Step =
  | { readonly kind: 'init' | 'init-again' | 'add' | 'commit' | 'abort'; readonly producer: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'log'; readonly failWith: ErrorName; readonly stores: boolean; readonly hold: boolean }
  | { readonly kind: 'leaders'; readonly deaf: boolean; readonly refusal: ErrorName }
  | { readonly kind: 'move' };

const producer = fc.nat(3);
const ofProducer = (kind: 'init' | 'init-again' | 'add' | 'commit' | 'abort', weight: number) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), producer }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  ofProducer('init', 3),
  ofProducer('init-again', 1),
  ofProducer('add', 6),
  ofProducer('commit', 4),
  ofProducer('abort', 2),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 10, 100, 12_000, TIMEOUT_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('log' as const),
      failWith: fc.constantFrom<ErrorName>('NONE', 'NONE', 'REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS'),
      stores: fc.boolean(),
      hold: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('leaders' as const),
      deaf: fc.boolean(),
      refusal: fc.constantFrom<ErrorName>('NONE', 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_SERVER_ERROR'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'move' as const }) },
);

interface Producer {
  readonly id: string;
  has: { readonly producerId: number; readonly producerEpoch: number } | undefined;
  added: Set<number>;
  /** What it was told is committed: partitions with the number of its transaction. */
  committed: { readonly producerId: number; readonly producerEpoch: number; readonly partitions: string[] }[];
}

class History {
  readonly world: TransactionWorld;
  readonly producers: Producer[];
  readonly given: string[] = [];
  readonly #waiting = new Set<Promise<unknown>>();
  #active: TransactionCoordinator;
  #epoch = 1;

  constructor(world: TransactionWorld) {
    this.world = world;
    this.#active = world.coordinator;
    this.producers = [0, 1, 2, 3].map((index) => ({
      id: IDS[index % IDS.length]!,
      has: undefined,
      added: new Set(),
      committed: [],
    }));
  }

  async run(one: Step): Promise<void> {
    const { world } = this;
    switch (one.kind) {
      case 'pass':
        await world.time.advance(one.ms);
        return;
      case 'log':
        world.log.failWith = one.failWith;
        world.log.storesRefused = one.stores;
        world.log.hold = one.hold;
        if (!one.hold) await world.log.release();
        return;
      case 'leaders':
        if (one.deaf) world.leaders.deaf.add(0);
        else world.leaders.deaf.clear();
        if (one.refusal !== 'NONE') world.leaders.refusals.set('orders-1', [one.refusal]);
        return;
      case 'move':
        await this.move();
        return;
      case 'init':
      case 'init-again':
      case 'add':
      case 'commit':
      case 'abort':
        this.#ask(this.producers[one.producer]!, one.kind);
        await world.time.advance(0);
    }
  }

  /** The next leader of the partition has what was acknowledged, and what was on its way. */
  async move(): Promise<void> {
    const { world } = this;
    this.#epoch += 1;
    this.#active.onResignation(0, this.#epoch);
    const next = this.#active === world.coordinator ? world.another() : world.coordinator;
    next.onElection(0, this.#epoch);
    this.#active = next;
    await world.time.advance(0);
  }

  async settle(): Promise<void> {
    const { world } = this;
    world.log.failWith = 'NONE';
    world.log.hold = false;
    await world.log.release();
    world.leaders.deaf.clear();
    world.leaders.refusals.clear();
    // What was refused and is in the log all the same only a coordinator knows that reads it.
    await this.move();
    await world.time.advance(TIMEOUT_MS * 3);
    await Promise.all(this.#waiting);
  }

  #ask(asker: Producer, kind: 'init' | 'init-again' | 'add' | 'commit' | 'abort'): void {
    const asking = kind.startsWith('init')
      ? this.#init(asker, kind === 'init-again')
      : this.#write(asker, kind);
    this.#waiting.add(asking);
    void asking.then(() => this.#waiting.delete(asking));
  }

  async #init(asker: Producer, again: boolean): Promise<void> {
    const { error, ...given } = await this.#active.initProducerId({
      transactionalId: asker.id,
      timeoutMs: TIMEOUT_MS,
      expected: again ? asker.has : undefined,
    });
    if (error !== 'NONE') return;
    // Only the retry of one and the same producer is told the same twice.
    if (!again) this.given.push(`${given.producerId}:${given.producerEpoch}`);
    asker.has = given;
    asker.added = new Set();
  }

  async #write(asker: Producer, kind: string): Promise<void> {
    const { has } = asker;
    if (has === undefined) return;
    if (kind === 'add') {
      const index = asker.added.size % PARTITIONS.length;
      const error = await this.#active.addPartitions(asker.id, has, [PARTITIONS[index]!]);
      if (error === 'NONE' && asker.has === has) asker.added.add(index);
      return;
    }
    const partitions = [...asker.added].map((index) => PARTITIONS[index]!);
    const result = kind === 'commit' ? 'commit' : 'abort';
    const error = await this.#active.endTransaction(asker.id, { ...has, result });
    if (error !== 'NONE') return;
    if (result === 'commit' && partitions.length > 0)
      asker.committed.push({
        ...has,
        partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`),
      });
    asker.added = new Set();
  }
}

interface Stored {
  readonly id: string;
  readonly state: TransactionState;
  readonly producerId: number;
  readonly producerEpoch: number;
}

function stored({ log }: TransactionWorld): Stored[] {
  return log.records(0).map(({ key, value }) => {
    const decoded = decodeVersioned(TransactionLogValue, value!).value;
    return {
      id: decodeVersioned(TransactionLogKey, key!).value.transactionalId,
      state: stateOfId(decoded.transactionStatus)!,
      producerId: decoded.producerId,
      producerEpoch: decoded.producerEpoch,
    };
  });
}

test('random histories keep what producers were promised', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const world = await transactionWorld({ transactionalIdExpirationMs: 10 * 3_600_000 });
      const history = new History(world);
      for (const one of steps) await history.run(one);
      await history.settle();

      expect(new Set(history.given).size).toBe(history.given.length);
      const records = stored(world);
      for (const id of IDS) {
        const own = records.filter((record) => record.id === id);
        // What was refused and is stored all the same may come twice, or make way for another decision, as in Kafka.
        if (steps.every((one) => one.kind !== 'log' || one.failWith === 'NONE' || !one.stores))
          for (const [index, { state, producerId, producerEpoch }] of own.entries()) {
            const before = own[index - 1];
            if (before === undefined) continue;
            expect(canTransition(before.state, state)).toBe(true);
            if (before.producerId === producerId)
              expect(producerEpoch).toBeGreaterThanOrEqual(before.producerEpoch);
          }
        expect(['PrepareCommit', 'PrepareAbort', 'Ongoing']).not.toContain(own.at(-1)?.state);
      }
      const kinds = new Map<string, Set<string>>();
      for (const { producerId, producerEpoch, partition, result } of world.leaders.markers) {
        const name = `${producerId}:${producerEpoch}:${partition}`;
        kinds.set(name, (kinds.get(name) ?? new Set()).add(result));
      }
      for (const { committed } of history.producers)
        for (const { producerId, producerEpoch, partitions } of committed)
          for (const partition of partitions)
            expect(kinds.get(`${producerId}:${producerEpoch}:${partition}`)?.has('commit')).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 60_000);
