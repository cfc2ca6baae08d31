/** Whole brokers that lose a real ZooKeeper: within their session nothing moves, past it everything is made anew (contract 2.7). */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecordedFact } from '../../../src/observe/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { BROKERS, PARTITIONS, startProxiedCluster, type ProxiedCluster } from './proxied-cluster.ts';

jest.setTimeout(90_000);

/** With the two seconds since a client was last heard of, well below its session timeout. */
const AWAY_MS = 1500;
const WAIT_MS = 30_000;

let cluster: ProxiedCluster;

beforeEach(async () => {
  cluster = await startProxiedCluster();
});
afterEach(() => cluster.close());

/** Everything that may only change with a session. */
async function standing(): Promise<unknown> {
  const { zk } = cluster;
  return {
    epochs: (await zk.brokers.getAllBrokersInCluster()).map(({ id, epoch }) => [id, epoch]),
    controller: await zk.controller.getControllerId(),
    partitions: await Promise.all(PARTITIONS.map((partition) => cluster.state(partition))),
  };
}

const sessionStates = (facts: readonly RecordedFact[]): string[] =>
  facts.flatMap((fact) => (fact.kind === 'zookeeper-session' ? [fact.state] : []));

test('ZooKeeper is away for less than the session: records are written and read all along, and nothing moves', async () => {
  const { brokers } = cluster;
  const before = await standing();
  const since = brokers.map(({ facts }) => facts.length);
  for (const { proxy } of brokers) proxy.goSilent();
  const awayUntil = performance.now() + AWAY_MS;
  const written = PARTITIONS.map((): string[] => ['first']);
  for (let round = 0; performance.now() < awayUntil; round++)
    for (const partition of PARTITIONS) {
      expect(await cluster.produce(partition, partition, `away ${round}`)).toBe('NONE');
      written[partition]?.push(`away ${round}`);
    }
  for (const { proxy } of brokers) {
    proxy.heal();
    proxy.cut();
  }
  const later = (index: number): RecordedFact[] => brokers[index]!.facts.slice(since[index]);
  await eventually(
    () => BROKERS.every((id) => sessionStates(later(id)).at(-1) === 'connected'),
    'every session goes on over a new connection',
  );
  expect(await standing()).toEqual(before);
  for (const partition of PARTITIONS)
    expect(await cluster.readAll(partition)).toEqual(expect.arrayContaining(written[partition] ?? []));
  for (const id of BROKERS) {
    expect(later(id).filter(({ kind }) => ['partition-role', 'isr-change'].includes(kind))).toEqual([]);
    expect(brokers[id]?.fatal).toEqual([]);
  }
});

test('the controller loses its session: another one takes its office and its partitions, until it is back and has them again', async () => {
  const { brokers, zk } = cluster;
  const cutOff = brokers[0]!;
  expect(await zk.controller.getControllerId()).toBe(0);
  const before = (await zk.brokers.getBroker(0))!.epoch;
  const since = cutOff.facts.length;
  cutOff.proxy.goSilent();

  await eventually(async () => (await cluster.state(0)).leader > 0, 'another one leads', WAIT_MS);
  expect(await zk.brokers.getSortedBrokerList()).toEqual([1, 2]);
  const { leader } = await cluster.state(0);
  await eventually(
    async () => (await cluster.produce(leader, 0, 'meanwhile')) === 'NONE',
    'the new leader takes records',
    WAIT_MS,
  );
  // It takes itself for the leader still: its followers are gone, so it can acknowledge nothing.
  expect(await cluster.produce(0, 0, 'fenced')).not.toBe('NONE');
  expect(await zk.controller.getControllerId()).not.toBe(0);
  expect((await zk.controller.getControllerEpoch())?.epoch).toBe(2);

  cutOff.proxy.heal();
  cutOff.proxy.cut();
  await eventually(() => cluster.isWhole(), 'it is registered and in every ISR', WAIT_MS);
  expect((await zk.brokers.getBroker(0))!.epoch).toBeGreaterThan(before);
  // It resigned before it registered, and registered before it looked who is the controller.
  const steps = cutOff.facts.slice(since).flatMap((fact) => {
    if (fact.kind === 'zookeeper-session' && fact.state === 'expired') return ['expired'];
    if (fact.kind === 'controller-resigned') return ['resigned'];
    if (fact.kind !== 'zookeeper-operation' || fact.result !== 'ok') return [];
    if (fact.operation === 'multi' && fact.path.includes('/brokers/ids/0')) return ['registered'];
    return fact.path === '/controller' ? ['looked for the controller'] : [];
  });
  const order = ['expired', 'resigned', 'registered', 'looked for the controller'];
  const firstOfEach = order.map((step) => steps.indexOf(step));
  expect(firstOfEach).not.toContain(-1);
  expect(firstOfEach).toEqual([...firstOfEach].sort((a, b) => a - b));
  expect(cutOff.facts.filter(({ kind }) => kind === 'controller-elected')).toHaveLength(1);

  // It is the preferred leader of its partition, and the new controller gives it back.
  await eventually(async () => (await cluster.state(0)).leader === 0, 'it leads again', WAIT_MS);
  await eventually(
    async () => (await cluster.produce(0, 0, 'again')) === 'NONE',
    'it takes records',
    WAIT_MS,
  );
  const values = await cluster.readAll(0);
  expect(values).toEqual(expect.arrayContaining(['first', 'meanwhile', 'again']));
  expect(values).not.toContain('fenced');
  expect(brokers.flatMap(({ fatal }) => fatal)).toEqual([]);
});
