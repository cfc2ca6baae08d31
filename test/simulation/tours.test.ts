/**
 * What the tours of docs/tour show is what happens: their stories are played here, and the facts the brokers leave on the
 * way are the lines of the pages. `UPDATE_TOURS=1` writes them there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { FactKind, RecordedFact } from '../../src/observe/index.ts';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';
import { TransactionalClient } from './transactions/transactional-client.ts';

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
async function stage(
  assignments: readonly (readonly number[])[],
  overrides: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  let facts: RecordedFact[] = [];
  const cluster = await startCluster('tours', {
    overrides: { 'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS), ...overrides },
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

/** The same of the story of a transaction. */
const TOLD_OF_TRANSACTIONS: Told = {
  'request-received': ({ api }) => `hears      ${api}`,
  'transaction-state': ({ transactionalId, from, to, producerEpoch }) =>
    `state      ${transactionalId}: ${from} to ${to}, producer epoch ${producerEpoch}`,
  'log-append': ({ topic, partition, firstOffset, lastOffset }) =>
    `writes     ${topic}-${partition}: ${firstOffset === lastOffset ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${lastOffset}`}`,
  'coordinator-loaded': ({ topic, partition, records }) =>
    `loads      ${topic}-${partition}: ${records} records`,
};

function linesOf(facts: readonly RecordedFact[], told: Told): string {
  const lines = facts.map((fact) => {
    const tell = told[fact.kind] as ((fact: RecordedFact) => string) | undefined;
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
function expectShown(page: string, scenes: readonly (readonly RecordedFact[])[], told: Told = TOLD): void {
  const url = new URL(`../../docs/tour/${page}.md`, import.meta.url);
  const text = readFileSync(url, 'utf8');
  let next = 0;
  const renewed = text.replace(/```facts\n(?:[^`]*\n)?```/g, () => {
    return `\`\`\`facts\n${linesOf(scenes[next++] ?? [], told)}\`\`\``;
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

const REQUESTS_OF_TRANSACTIONS: ReadonlySet<string> = new Set([
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'WriteTxnMarkers',
]);

const isOfTransactions = (fact: RecordedFact): boolean =>
  fact.kind === 'request-received'
    ? REQUESTS_OF_TRANSACTIONS.has(fact.api)
    : fact.kind !== 'log-append' || fact.asLeader;

test('a transaction commits', async () => {
  const { cluster, scene } = await stage(
    [
      [1, 2, 0],
      [2, 0, 1],
    ],
    { 'transaction.state.log.num.partitions': '1', 'offsets.topic.num.partitions': '1' },
  );
  const { world } = cluster;
  const [first, second] = [0, 1].map((partition) => ({ topic: TOPIC, partition })) as [
    { topic: string; partition: number },
    { topic: string; partition: number },
  ];
  const producer = new TransactionalClient(cluster, 'producer', 'transfers');
  const play = async (act: () => Promise<void>, forMs = 1000): Promise<RecordedFact[]> => {
    await world.settle(act());
    await world.run(forMs);
    return scene().filter(isOfTransactions);
  };
  // Once before, so that everybody knows whom to ask.
  await play(async () => {
    await producer.init();
    await producer.add([first, second]);
    await producer.send(first, ['before']);
    await producer.send(second, ['before']);
    await producer.commitOffset('readers', first, 1);
    await producer.end('commit');
  });
  const beginning = await play(() => producer.init());
  const writing = await play(async () => {
    await producer.add([first, second]);
    await producer.send(first, ['one']);
    await producer.send(second, ['two']);
    await producer.commitOffset('readers', first, 2);
  });
  const ending = await play(() => producer.end('commit'));

  await world.settle(producer.add([first]));
  await world.settle(producer.send(first, ['three']));
  scene();
  const coordinator = cluster.partitionStates('__transaction_state')[0]!.leader;
  const decided: RecordedFact[] = [];
  const broker = cluster.brokers.get(coordinator)!;
  broker.facts.subscribe((fact) => {
    if (fact.kind !== 'transaction-state' || fact.to !== 'PrepareCommit') return;
    decided.push(fact);
    world.runtimeFor('chaos').timers.after(0, () => world.kill(hostOf(coordinator)));
  });
  const takingOver = await play(() => producer.end('commit'), 2 * SESSION_TIMEOUT_MS);
  expect(decided).toHaveLength(1);
  expectShown('a-transaction-commits', [beginning, writing, ending, takingOver], TOLD_OF_TRANSACTIONS);
});
