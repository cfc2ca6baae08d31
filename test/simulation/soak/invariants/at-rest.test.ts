/** A cluster in quiet is found whole; and then one thing after another is made to look wrong, and found. */
import { beforeAll, expect, test } from '@jest/globals';
import { Transaction } from '../../../../src/coordinator/transaction/transaction.ts';
import { hostOf, startCluster, type SimulatedCluster } from '../../cluster.ts';
import { SimulatedClient } from '../../simulated-client.ts';
import { TransactionalClient } from '../../transactions/transactional-client.ts';
import { checkAtRest } from './at-rest.ts';
import { BOUNDS, isBoundOf } from './bounded.ts';
import { partsOf } from './health.ts';
import { Invariants } from './invariants.ts';

const TOPIC = 'orders';
const FILE = `/data/${TOPIC}-0/00000000000000000000.log`;
const OVERRIDES = { 'transaction.state.log.num.partitions': '2' };
const of = { topic: TOPIC, partition: 0 };

let cluster: SimulatedCluster;
let invariants: Invariants;

beforeAll(async () => {
  invariants = new Invariants();
  cluster = await startCluster('at rest', { overrides: OVERRIDES, onFact: (fact) => invariants.see(fact) });
  invariants.attach(cluster);
  const { world } = cluster;
  const client = new SimulatedClient(cluster);
  await world.settle(client.createTopicOn(TOPIC, [[0, 1, 2]]));
  const producer = new TransactionalClient(cluster, 'client', 'transfers');
  const produce = async (): Promise<void> => {
    await producer.init();
    for (const result of ['commit', 'abort'] as const) {
      await producer.add([of]);
      await producer.send(of, ['a', 'b']);
      await producer.commitOffset('billing', of, 7);
      await producer.end(result);
    }
  };
  await world.settle(produce());
  await world.run(20_000);
});

/** The rules that are found broken in the cluster as it is now. */
async function found(): Promise<string[]> {
  const { violations } = invariants;
  violations.length = 0;
  await checkAtRest(cluster, invariants);
  return [...new Set(violations.map(({ rule }) => rule))];
}

test('nothing is wrong in quiet', async () => {
  expect(await found()).toEqual([]);
});

test('another byte in the log of a follower', async () => {
  const bytes = cluster.world.disk(hostOf(1)).peek(FILE)!;
  const file = await cluster.world.settle(cluster.world.runtimeFor(hostOf(1)).disk.open(FILE, 'write'));
  await cluster.world.settle(file.writev([Buffer.from([bytes[70]! ^ 1])], 70));
  expect(await found()).toEqual(['equal-logs']);
  await cluster.world.settle(file.writev([bytes.subarray(70, 71)], 70));
  expect(await found()).toEqual([]);
});

test.each([
  [
    'a checkpoint of high watermarks that claims too much',
    '/data/replication-offset-checkpoint',
    `0\n1\n${TOPIC} 0 999\n`,
  ],
  ['a checkpoint that cannot be read', '/data/recovery-point-offset-checkpoint', 'nonsense\n'],
  ['leader epochs of another log', `/data/${TOPIC}-0/leader-epoch-checkpoint`, '0\n1\n7 0\n'],
  [
    'a snapshot of producers that cannot be read',
    `/data/${TOPIC}-0/00000000000000000001.snapshot`,
    'nonsense',
  ],
])('%s', async (_name, path, text) => {
  const { disk } = cluster.world.runtimeFor(hostOf(2));
  const before = cluster.world.disk(hostOf(2)).peek(path);
  await cluster.world.settle(disk.writeFile(path, text));
  expect(await found()).toEqual(['files-agree']);
  const mend = before === undefined ? disk.removeFile(path) : disk.writeFile(path, before);
  await cluster.world.settle(mend);
  expect(await found()).toEqual([]);
});

test('an offset that a coordinator has in memory only', async () => {
  for (const { groupCoordinator } of partsOf(cluster).values())
    for (const shard of groupCoordinator.activeShards()) {
      const offsets = shard.group('billing')?.offsets;
      if (offsets === undefined) continue;
      const [, committed] = [...offsets.entries()][0]!;
      offsets.restore(TOPIC, 0, { ...committed, value: { ...committed.value, offset: 8 } });
      expect(await found()).toEqual(['coordinator-replay']);
      offsets.restore(TOPIC, 0, committed);
      return;
    }
  throw new Error('nobody coordinates the group');
});

test('a transaction that is known in memory only, or in the log only', async () => {
  for (const { transactionCoordinator } of partsOf(cluster).values())
    for (const shard of transactionCoordinator.activeShards()) {
      const known = shard.get('transfers');
      if (known === undefined) continue;
      shard.remove(known);
      expect(await found()).toEqual(['coordinator-replay']);
      const { state, producerId, producerEpoch, timeoutMs, startMs, lastUpdateMs } = known;
      const now = { state, producerId, timeoutMs, startMs, lastUpdateMs, partitions: [] };
      shard.add(Transaction.restore('transfers', { ...now, producerEpoch: producerEpoch + 1 }));
      expect(await found()).toEqual(['coordinator-replay']);
      shard.add(known);
      expect(await found()).toEqual([]);
      return;
    }
  throw new Error('nobody coordinates the transactions');
});

test('what brokers count is there to be looked at, and more of it than may be is found', async () => {
  const { metrics } = cluster.processes.get(0)!;
  const samples = metrics.snapshot();
  expect(BOUNDS.filter((bound) => !samples.some((sample) => isBoundOf(bound, sample)))).toEqual([]);
  const purgatory = 'kafka.server:type=DelayedOperationPurgatory,name=NumDelayedOperations';
  const waiting = metrics.get(purgatory, { delayedOperation: 'Produce' }) as { readonly value: number };
  expect(waiting.value).toBe(0);
  metrics.gauge(purgatory, () => 1, { delayedOperation: 'Produce' });
  expect(await found()).toEqual(['bounded']);
  metrics.gauge(purgatory, () => waiting.value, { delayedOperation: 'Produce' });
});

test('a transaction that nobody will end', async () => {
  const { ledger } = invariants.observed.find(TOPIC, 0)!;
  const openProducers = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(ledger), 'openProducers')!;
  Object.defineProperty(ledger, 'openProducers', { value: [99], configurable: true });
  expect(await found()).toEqual(['health']);
  Object.defineProperty(ledger, 'openProducers', openProducers);
});

test('a broker that is gone, and what lacks it', async () => {
  cluster.world.kill(hostOf(2));
  expect(await found()).toEqual(['health']);
  await cluster.world.run(30_000);
  expect(await found()).toEqual(expect.arrayContaining(['health', 'bounded']));
});
