/** What producers are told, what the log holds then, and what the leaders of their partitions get. */
import { describe, expect, test } from '@jest/globals';
import { settle } from '../coordinator-world.ts';
import {
  ID,
  ORDERS_0,
  ORDERS_1,
  PARTITIONS,
  PAYMENTS_0,
  storedStates,
  TIMEOUT_MS,
  transactionWorld,
  type TransactionWorld,
} from './transaction-world.ts';

const NEW = { transactionalId: ID, timeoutMs: TIMEOUT_MS, expected: undefined };
const EMPTY = 0;
const ONGOING = 1;
const PREPARE_COMMIT = 2;
const PREPARE_ABORT = 3;
const COMPLETE_COMMIT = 4;
const COMPLETE_ABORT = 5;

/** A world with a producer that has a transaction over all partitions. */
async function ongoing(world?: TransactionWorld) {
  const found = world ?? (await transactionWorld());
  const { producerId, producerEpoch } = await found.coordinator.initProducerId(NEW);
  const producer = { producerId, producerEpoch };
  expect(await found.coordinator.addPartitions(ID, producer, PARTITIONS)).toBe('NONE');
  return { ...found, producer };
}

const stateOf = ({ coordinator }: TransactionWorld): string => {
  const described = coordinator.describe(ID);
  return typeof described === 'string' ? described : described.state;
};

describe('InitProducerId', () => {
  test('begins with epoch 0 and goes up each time', async () => {
    const { coordinator, log } = await transactionWorld();
    expect(await coordinator.initProducerId(NEW)).toEqual({
      error: 'NONE',
      producerId: 1000,
      producerEpoch: 0,
    });
    expect(await coordinator.initProducerId(NEW)).toEqual({
      error: 'NONE',
      producerId: 1000,
      producerEpoch: 1,
    });
    expect(storedStates(log)).toEqual([EMPTY, EMPTY]);
  });

  test('aborts what the producer before has left open, and has the new one ask again', async () => {
    const { coordinator, leaders, time, producer, log } = await ongoing();
    expect((await coordinator.initProducerId(NEW)).error).toBe('CONCURRENT_TRANSACTIONS');
    await time.advance(0);
    expect(leaders.markers.map(({ result, producerEpoch }) => [result, producerEpoch])).toEqual(
      PARTITIONS.map(() => ['abort', 1]),
    );
    expect(storedStates(log)).toEqual([EMPTY, ONGOING, PREPARE_ABORT, COMPLETE_ABORT]);
    expect(await coordinator.initProducerId(NEW)).toMatchObject({ error: 'NONE', producerEpoch: 2 });
    expect(await coordinator.addPartitions(ID, producer, [ORDERS_0])).toBe('PRODUCER_FENCED');
  });

  test('of a producer that says what it has: the next epoch, the same for its retry, fenced if it is old', async () => {
    const { coordinator } = await transactionWorld();
    const { producerId } = await coordinator.initProducerId(NEW);
    const init = (producerEpoch: number, id = producerId) =>
      coordinator.initProducerId({ ...NEW, expected: { producerId: id, producerEpoch } });
    expect(await init(0)).toMatchObject({ error: 'NONE', producerEpoch: 1 });
    expect(await init(0)).toMatchObject({ error: 'NONE', producerEpoch: 1 });
    expect(await init(1)).toMatchObject({ error: 'NONE', producerEpoch: 2 });
    expect(await init(0)).toEqual({ error: 'PRODUCER_FENCED', producerId: -1, producerEpoch: -1 });
    expect((await init(2, 4711)).error).toBe('PRODUCER_FENCED');
  });

  test('of a producer whose id is known nowhere any more: a new id', async () => {
    const { coordinator } = await transactionWorld();
    const expected = { producerId: 77, producerEpoch: 5 };
    expect(await coordinator.initProducerId({ ...NEW, expected })).toMatchObject({
      error: 'NONE',
      producerEpoch: 0,
    });
  });

  test('gives a new producer id once the epochs are used up, and to a retry, too', async () => {
    const { coordinator } = await transactionWorld();
    let expected = await coordinator.initProducerId(NEW);
    while (expected.producerEpoch < 32766) expected = await coordinator.initProducerId({ ...NEW, expected });
    const rotated = await coordinator.initProducerId({ ...NEW, expected });
    expect(rotated).toEqual({ error: 'NONE', producerId: expected.producerId + 1, producerEpoch: 0 });
    expect(await coordinator.initProducerId({ ...NEW, expected })).toEqual(rotated);
  });

  test('refuses what cannot be', async () => {
    const { coordinator, log } = await transactionWorld();
    const refused = async (init: Partial<typeof NEW>) =>
      (await coordinator.initProducerId({ ...NEW, ...init })).error;
    expect(await refused({ transactionalId: '' })).toBe('INVALID_REQUEST');
    expect(await refused({ timeoutMs: 0 })).toBe('INVALID_TRANSACTION_TIMEOUT');
    expect(await refused({ timeoutMs: 900_001 })).toBe('INVALID_TRANSACTION_TIMEOUT');
    log.failWith = 'NOT_ENOUGH_REPLICAS';
    expect(await refused({})).toBe('COORDINATOR_NOT_AVAILABLE');
    log.failWith = 'NONE';
    expect(await coordinator.initProducerId(NEW)).toMatchObject({ error: 'NONE', producerEpoch: 0 });
  });
});

describe('AddPartitionsToTxn', () => {
  test('writes only what is new', async () => {
    const { coordinator, log, producer } = await ongoing();
    expect(await coordinator.addPartitions(ID, producer, [ORDERS_1])).toBe('NONE');
    expect(await coordinator.addPartitions(ID, producer, [{ topic: 'orders', partition: 7 }])).toBe('NONE');
    expect(storedStates(log)).toEqual([EMPTY, ONGOING, ONGOING]);
  });

  test('knows its producers', async () => {
    const { coordinator, producer } = await ongoing();
    const { producerId, producerEpoch } = producer;
    expect(await coordinator.addPartitions('nobody', producer, [ORDERS_0])).toBe(
      'INVALID_PRODUCER_ID_MAPPING',
    );
    expect(await coordinator.addPartitions(ID, { producerId: 1, producerEpoch }, [ORDERS_0])).toBe(
      'INVALID_PRODUCER_ID_MAPPING',
    );
    expect(await coordinator.addPartitions(ID, { producerId, producerEpoch: 9 }, [ORDERS_0])).toBe(
      'PRODUCER_FENCED',
    );
    expect(await coordinator.addPartitions('', producer, [ORDERS_0])).toBe('INVALID_REQUEST');
  });

  test('waits until what is pending is settled', async () => {
    const { coordinator, log, producer } = await ongoing();
    log.hold = true;
    const first = coordinator.addPartitions(ID, producer, [{ topic: 'orders', partition: 2 }]);
    expect(await coordinator.addPartitions(ID, producer, [{ topic: 'orders', partition: 3 }])).toBe(
      'CONCURRENT_TRANSACTIONS',
    );
    await log.release();
    expect(await first).toBe('NONE');
  });

  test('asked only, tells which partitions are part of it', async () => {
    const { coordinator, producer } = await ongoing();
    expect(coordinator.verifyPartitions(ID, producer, [ORDERS_0, { topic: 'orders', partition: 9 }])).toEqual(
      ['NONE', 'TRANSACTION_ABORTABLE'],
    );
    const { producerId } = producer;
    expect(coordinator.verifyPartitions(ID, { producerId, producerEpoch: 3 }, [ORDERS_0])).toEqual([
      'PRODUCER_FENCED',
    ]);
    expect(coordinator.verifyPartitions('nobody', producer, [ORDERS_0])).toEqual([
      'INVALID_PRODUCER_ID_MAPPING',
    ]);
    expect(coordinator.verifyPartitions('', producer, [ORDERS_0])).toEqual(['INVALID_REQUEST']);
  });
});

describe('EndTxn', () => {
  test('is answered once the decision is stored, and every partition gets its marker', async () => {
    const world = await ongoing();
    const { coordinator, leaders, time, producer, log } = world;
    leaders.hold = true;
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe('NONE');
    expect(stateOf(world)).toBe('PrepareCommit');
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe(
      'CONCURRENT_TRANSACTIONS',
    );
    expect(await coordinator.addPartitions(ID, producer, [ORDERS_0])).toBe('CONCURRENT_TRANSACTIONS');
    leaders.hold = false;
    await time.advance(0);
    leaders.release();
    await time.advance(0);
    expect(leaders.markers.map(({ partition, result }) => [partition, result]).toSorted()).toEqual([
      ['orders-0', 'commit'],
      ['orders-1', 'commit'],
      ['payments-0', 'commit'],
    ]);
    expect(storedStates(log)).toEqual([EMPTY, ONGOING, PREPARE_COMMIT, COMPLETE_COMMIT]);
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe('NONE');
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'abort' })).toBe('INVALID_TXN_STATE');
    expect(leaders.requests).toBe(2);
  });

  test('of nothing is no end', async () => {
    const { coordinator } = await transactionWorld();
    const { producerId, producerEpoch } = await coordinator.initProducerId(NEW);
    const end = { producerId, producerEpoch, result: 'commit' as const };
    expect(await coordinator.endTransaction(ID, end)).toBe('INVALID_TXN_STATE');
    expect(await coordinator.endTransaction(ID, { ...end, producerEpoch: 1 })).toBe('PRODUCER_FENCED');
    expect(await coordinator.endTransaction('nobody', end)).toBe('INVALID_PRODUCER_ID_MAPPING');
  });

  test('that the log refuses changes nothing', async () => {
    const world = await ongoing();
    const { coordinator, log, producer, leaders, time } = world;
    log.failWith = 'NOT_ENOUGH_REPLICAS_AFTER_APPEND';
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe(
      'COORDINATOR_NOT_AVAILABLE',
    );
    log.failWith = 'NONE';
    await time.advance(1000);
    expect([stateOf(world), leaders.requests]).toEqual(['Ongoing', 0]);
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe('NONE');
  });
});

describe('markers', () => {
  test('are sent again to a leader that could not write them, and to one that did not answer', async () => {
    const world = await ongoing();
    const { coordinator, leaders, time, producer } = world;
    leaders.refusals.set('orders-1', [
      'NOT_LEADER_OR_FOLLOWER',
      'UNKNOWN_SERVER_ERROR',
      'NOT_ENOUGH_REPLICAS',
    ]);
    leaders.deaf.add(1);
    await coordinator.endTransaction(ID, { ...producer, result: 'abort' });
    await time.advance(500);
    expect(stateOf(world)).toBe('PrepareAbort');
    expect(leaders.markers.filter(({ partition }) => partition === 'orders-1')).toHaveLength(1);
    expect(leaders.markers.filter(({ partition }) => partition === 'orders-0')).toHaveLength(1);
    leaders.deaf.clear();
    await time.advance(100);
    expect(stateOf(world)).toBe('CompleteAbort');
  });

  test('wait for a leader that is not there, and follow one that moved', async () => {
    const world = await ongoing();
    const { coordinator, leaders, time, producer, metadata } = world;
    metadata.leaders.set('orders-0', -1);
    metadata.alive.delete(1);
    await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
    await time.advance(10_000);
    expect(leaders.markers.map(({ partition }) => partition)).toEqual(['orders-1']);
    metadata.leaders.set('orders-0', 0);
    metadata.leaders.set('payments-0', 0);
    metadata.changed();
    await time.advance(100);
    expect(stateOf(world)).toBe('CompleteCommit');
    expect(leaders.markers).toHaveLength(3);
  });

  test('are not needed where the partition is gone, but for that the metadata must be there', async () => {
    const world = await ongoing();
    const { coordinator, leaders, time, producer, metadata } = world;
    metadata.isFilled = false;
    await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
    await time.advance(10_000);
    expect([stateOf(world), leaders.requests]).toEqual(['PrepareCommit', 0]);
    metadata.isFilled = true;
    metadata.leaders.delete('payments-0');
    metadata.changed();
    await time.advance(100);
    expect(stateOf(world)).toBe('CompleteCommit');
    expect(leaders.markers.map(({ partition }) => partition)).toEqual(['orders-0', 'orders-1']);
  });

  test('end where a newer coordinator or producer has been', async () => {
    for (const error of ['TRANSACTION_COORDINATOR_FENCED', 'INVALID_PRODUCER_EPOCH'] as const) {
      const world = await ongoing();
      const { coordinator, leaders, time, producer } = world;
      leaders.refusals.set('orders-0', [error]);
      await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
      await time.advance(100);
      const { requests } = leaders;
      await time.advance(10_000);
      expect([stateOf(world), leaders.requests]).toEqual(['PrepareCommit', requests]);
    }
  });

  test('are followed by the completion as soon as the log takes it', async () => {
    const world = await ongoing();
    const { coordinator, leaders, time, producer, log } = world;
    leaders.hold = true;
    await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
    await time.advance(0);
    leaders.hold = false;
    log.failWith = 'REQUEST_TIMED_OUT';
    leaders.release();
    await time.advance(500);
    expect(stateOf(world)).toBe('PrepareCommit');
    log.failWith = 'NONE';
    await time.advance(100);
    expect(stateOf(world)).toBe('CompleteCommit');
  });
});

describe('another coordinator', () => {
  test('goes on with what was decided, under its own epoch', async () => {
    const { coordinator, leaders, time, producer, log, another, metadata } = await ongoing();
    metadata.alive.clear();
    await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
    await time.advance(0);
    coordinator.onResignation(0, 2);
    metadata.alive.add(0).add(1);
    metadata.changed();
    await time.advance(1000);
    expect(leaders.markers).toEqual([]);
    const next = another();
    next.onElection(0, 2);
    await time.advance(1000);
    expect(leaders.markers.map(({ result, coordinatorEpoch }) => [result, coordinatorEpoch])).toEqual(
      PARTITIONS.map(() => ['commit', 2]),
    );
    expect(storedStates(log)).toEqual([EMPTY, ONGOING, PREPARE_COMMIT, COMPLETE_COMMIT]);
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe('NOT_COORDINATOR');
    expect(await next.endTransaction(ID, { ...producer, result: 'commit' })).toBe('NONE');
  });

  test('is where to go when the log answers too late', async () => {
    const { coordinator, producer, log, leaders, time, another } = await ongoing();
    log.hold = true;
    const ending = coordinator.endTransaction(ID, { ...producer, result: 'abort' });
    await settle();
    coordinator.onResignation(0, 2);
    const next = another();
    next.onElection(0, 2);
    log.hold = false;
    await log.release();
    expect(await ending).toBe('NOT_COORDINATOR');
    await time.advance(100);
    // It was in the log, so it is what happened.
    expect(
      leaders.markers.every(({ result, coordinatorEpoch }) => result === 'abort' && coordinatorEpoch === 2),
    ).toBe(true);
    expect(next.describe(ID)).toMatchObject({ state: 'CompleteAbort' });
  });

  test('a stale election changes nothing, a newer one of the same broker is heard by leaders', async () => {
    const world = await ongoing();
    const { coordinator, producer, leaders, time } = world;
    coordinator.onElection(0, 7);
    coordinator.onResignation(0, 6);
    await coordinator.endTransaction(ID, { ...producer, result: 'commit' });
    await time.advance(100);
    expect(leaders.markers.map(({ coordinatorEpoch }) => coordinatorEpoch)).toEqual([7, 7, 7]);
  });
});

describe('time', () => {
  test('aborts a transaction that is open too long, and fences its producer', async () => {
    const world = await ongoing();
    const { coordinator, time, leaders, producer } = world;
    await time.advance(TIMEOUT_MS - 1);
    expect(stateOf(world)).toBe('Ongoing');
    await time.advance(20_000);
    expect(stateOf(world)).toBe('CompleteAbort');
    expect(leaders.markers.map(({ result, producerEpoch }) => [result, producerEpoch])).toEqual(
      PARTITIONS.map(() => ['abort', 1]),
    );
    expect(await coordinator.endTransaction(ID, { ...producer, result: 'commit' })).toBe('PRODUCER_FENCED');
  });

  test('does not raise the epoch again and again while the log refuses the abort', async () => {
    const world = await ongoing();
    const { coordinator, time, log } = world;
    log.failWith = 'NOT_ENOUGH_REPLICAS';
    await time.advance(TIMEOUT_MS + 60_000);
    log.failWith = 'NONE';
    await time.advance(20_000);
    expect(stateOf(world)).toBe('CompleteAbort');
    expect(coordinator.describe(ID)).toMatchObject({ producerEpoch: 1 });
  });

  test('forgets ids that nobody uses, in batches that fit, and keeps the others', async () => {
    const { coordinator, time, log } = await transactionWorld();
    for (let index = 0; index < 12; index++)
      await coordinator.initProducerId({ ...NEW, transactionalId: `idle-${index}` });
    await time.advance(3_500_000);
    const { producerId, producerEpoch } = await coordinator.initProducerId(NEW);
    await coordinator.addPartitions(ID, { producerId, producerEpoch }, [PAYMENTS_0]);
    await coordinator.initProducerId({ ...NEW, transactionalId: 'idle-3' });
    await time.advance(700_000);
    const all = coordinator.list({ states: [], producerIds: [], durationMs: -1 });
    expect(all.transactions.map(({ transactionalId }) => transactionalId).toSorted()).toEqual(['idle-3', ID]);
    expect(storedStates(log, 'idle-4')).toEqual([EMPTY, null]);
    const tombstones = log.batches(0).filter((batch) => batch.length > 0 && batch.includes('idle-4'));
    expect(tombstones.length).toBe(2);
    expect(
      await coordinator.addPartitions('idle-4', { producerId: 1004, producerEpoch: 0 }, [ORDERS_0]),
    ).toBe('INVALID_PRODUCER_ID_MAPPING');
  });
});

describe('ListTransactions', () => {
  test('filters by state, producer and age, and names the states it does not know', async () => {
    const { coordinator, time } = await ongoing();
    await coordinator.initProducerId({ ...NEW, transactionalId: 'idle' });
    const ids = (filter: Partial<Parameters<typeof coordinator.list>[0]>): string[] =>
      coordinator
        .list({ states: [], producerIds: [], durationMs: -1, ...filter })
        .transactions.map(({ transactionalId }) => transactionalId);
    expect(ids({})).toEqual(['idle', ID]);
    expect(ids({ states: ['Ongoing', 'Nonsense'] })).toEqual([ID]);
    expect(ids({ states: ['Nonsense'] })).toEqual([]);
    expect(ids({ producerIds: [1001] })).toEqual(['idle']);
    await time.advance(5000);
    expect(ids({ durationMs: 5000 })).toEqual(['idle']);
    expect(ids({ durationMs: 4999, states: ['Ongoing'] })).toEqual([ID]);
    expect(coordinator.list({ states: ['Nonsense'], producerIds: [], durationMs: -1 }).unknownStates).toEqual(
      ['Nonsense'],
    );
  });
});
