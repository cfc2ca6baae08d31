/**
 * What the tours of docs/tour show is what happens: their stories are played here, and the facts the brokers leave on the
 * way are the lines of the pages. `UPDATE_TOURS=1` writes them there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { FactKind, RecordedFact } from '../../src/observe/index.ts';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const IDS = [0, 1, 2];
const SESSION_TIMEOUT_MS = 6000;

interface Stage {
  readonly cluster: SimulatedCluster;
  readonly client: SimulatedClient;
  /** What happened since the last call. */
  readonly scene: () => RecordedFact[];
}

/** Three brokers, of which 0 is the controller, and a topic whose first replicas lead. */
async function stage(assignments: readonly (readonly number[])[]): Promise<Stage> {
  let facts: RecordedFact[] = [];
  const cluster = await startCluster('tours', {
    overrides: { 'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS) },
    onFact: (fact) => void facts.push(fact),
  });
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopicOn(TOPIC, assignments));
  await cluster.world.settle(client.produce(TOPIC, 'first'));
  // The controller's first look at the balance of leaders is over.
  await cluster.world.run(10_000);
  const scene = (): RecordedFact[] => {
    const seen = facts.filter(isNoAnswer);
    facts = [];
    return seen;
  };
  scene();
  return { cluster, client, scene };
}

type Told = {
  readonly [Kind in FactKind]?: (fact: Extract<RecordedFact, { readonly kind: Kind }>) => string;
};

/** The lines of facts; the pages leave the others out. */
const TOLD: Told = {
  'zookeeper-watch': ({ path, event }) => `watch      ${path}: ${event}`,
  'controller-event': ({ event }) => `event      ${event}`,
  'controller-elected': ({ controllerEpoch }) => `controller of epoch ${controllerEpoch}`,
  'leader-elected': ({ topic, partition, leader, leaderEpoch, isr }) =>
    `elects     ${topic}-${partition}: leader ${leader}, leader epoch ${leaderEpoch}, ISR ${isr.join()}`,
  'replica-state': ({ topic, partition, replica, from, to }) =>
    `replica    ${topic}-${partition} on ${replica}: ${from} to ${to}`,
  'partition-role': ({ topic, partition, role, leaderEpoch }) =>
    `role       ${role} of ${topic}-${partition}, leader epoch ${leaderEpoch}`,
  'isr-change': ({ topic, partition, isr, partitionEpoch }) =>
    `ISR        ${topic}-${partition}: ${isr.join()}, partition epoch ${partitionEpoch}`,
};

function linesOf(facts: readonly RecordedFact[]): string {
  const lines = facts.map((fact) => {
    const tell = TOLD[fact.kind] as ((fact: RecordedFact) => string) | undefined;
    return tell === undefined ? '' : `broker ${fact.broker}  ${tell(fact)}\n`;
  });
  return lines.join('');
}

const isNoAnswer = (fact: RecordedFact): boolean =>
  fact.kind !== 'controller-event' || !fact.event.endsWith('ResponseReceived');

const isOf =
  (...kinds: readonly RecordedFact['kind'][]) =>
  ({ kind }: RecordedFact): boolean =>
    kinds.includes(kind);

/** Holds the blocks of the page that are marked as facts against what happened, in their order. */
function expectShown(page: string, scenes: readonly (readonly RecordedFact[])[]): void {
  const url = new URL(`../../docs/tour/${page}.md`, import.meta.url);
  const text = readFileSync(url, 'utf8');
  let next = 0;
  const renewed = text.replace(/```facts\n(?:[^`]*\n)?```/g, () => {
    return `\`\`\`facts\n${linesOf(scenes[next++] ?? [])}\`\`\``;
  });
  expect(next).toBe(scenes.length);
  if (process.env['UPDATE_TOURS'] !== undefined) writeFileSync(url, renewed);
  else expect(text).toBe(renewed);
}

test('the crown moves', async () => {
  const { cluster, scene } = await stage([[0, 1, 2]]);
  const { world } = cluster;
  world.kill(hostOf(0));
  await world.run(2 * SESSION_TIMEOUT_MS);
  const reign = scene();
  const elected = reign.findIndex(({ kind }) => kind === 'controller-elected');
  await world.settle(cluster.startBroker(0));
  await world.run(1000);
  const back = scene();
  expectShown('the-crown-moves', [
    reign.slice(0, elected + 1),
    reign
      .slice(elected + 1)
      .filter(isOf('controller-event', 'replica-state', 'leader-elected', 'partition-role')),
    back.filter((fact) => fact.broker === 0 || fact.kind === 'controller-event'),
  ]);
});

test('a broker dies', async () => {
  const { cluster, scene } = await stage([
    [1, 2, 0],
    [2, 0, 1],
  ]);
  const { world } = cluster;
  world.kill(hostOf(1));
  await world.run(2 * SESSION_TIMEOUT_MS);
  const dying = scene();
  await world.settle(cluster.startBroker(1));
  await world.runUntil(() => cluster.partitionStates(TOPIC).every(({ isr }) => isr.length === IDS.length));
  const back = scene();
  await world.runUntil(() => cluster.partitionStates(TOPIC)[0]?.leader === 1, 600_000);
  await world.run(100);
  expectShown('a-broker-dies', [
    dying.filter(isOf('zookeeper-watch', 'controller-event', 'replica-state', 'leader-elected')),
    dying.filter(isOf('partition-role')),
    back,
    scene(),
  ]);
});
