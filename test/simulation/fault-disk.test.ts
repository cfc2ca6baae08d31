/**
 * One of the two disks of a broker fails at any single call while a cluster is written to: the partitions it held there
 * go to other leaders, those on its other disk are served as if nothing were, it stays registered, and every record that
 * was acknowledged is read: after the leaders moved, and after it is back with the disk mended. A disk that is only slow
 * costs no more than time. `npm test` tries a few calls under a seed, `npm run test:fault-disk` every one in every way.
 */
import { expect, test } from '@jest/globals';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import { buildBatch } from '../../src/records/index.ts';
import { type Call, FAILING_WAYS, isHarmless, kindOf, type Way } from '../unit/storage/fault-disk/ways.ts';
import { hostOf, startCluster } from './cluster.ts';
import type { SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { DiskOperation } from './world/memory-disk.ts';
import { SeededRandom } from './world/seeded-random.ts';

const SEED = 'fault disk';
const TOPIC = 'orders';
const PARTITIONS = 6;
const BROKERS = [0, 1, 2];
const [FAILING, SOUND] = ['/one', '/two'] as const;
const LOAD_MS = 8000;
/** `FAULT_DISK=all`: every call in every way; a number: so many. */
const SAMPLE = Number(process.env['FAULT_DISK'] ?? 3);
/** Far less than any time-out that could have helped: clients of the other disk saw nothing. */
const UNINTERRUPTED_MS = 1000;
/** A leader that has just been elected knows of a high watermark as old as its last fetch, until its followers fetch. */
const VISIBLE_MS = 5000;
const WRITING: readonly DiskOperation[] = [
  'open',
  'write',
  'sync',
  'truncate',
  'rename',
  'remove',
  'folder',
  'close',
];
const OVERRIDES = {
  'log.dirs': `${FAILING},${SOUND}`,
  'zookeeper.session.timeout.ms': '6000',
  // So that everything a log dir is written for comes up within the load.
  'log.segment.bytes': '1000',
  'log.index.interval.bytes': '200',
  'log.flush.offset.checkpoint.interval.ms': '2000',
  'log.flush.start.offset.checkpoint.interval.ms': '2000',
  'replica.high.watermark.checkpoint.interval.ms': '2000',
  'leader.imbalance.check.interval.seconds': '5',
};

const SLOW_SYNCS: Way = {
  name: 'syncs of ten seconds from then on',
  fault: ({ operation }) => (operation === 'sync' ? { delayMs: 10_000 } : undefined),
};

interface Loaded {
  readonly cluster: SimulatedCluster;
  readonly client: SimulatedClient;
  readonly victim: number;
  /** The partitions whose replica on the victim lies on the disk that fails. */
  readonly failing: readonly number[];
  readonly load: Load;
}

/** A producer per partition with acks=all, until `stop`. */
class Load {
  readonly acknowledged: { readonly partition: number; readonly value: string }[] = [];
  /** The longest that an acknowledgement took, by partition. */
  readonly slowestMs = Array.from({ length: PARTITIONS }, () => 0);
  readonly #producing: Promise<unknown>;
  #isStopped = false;

  constructor(cluster: SimulatedCluster) {
    this.#producing = Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => this.#produce(cluster, partition)),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#producing;
  }

  async #produce(cluster: SimulatedCluster, partition: number): Promise<void> {
    const { world } = cluster;
    const client = new SimulatedClient(cluster);
    for (let index = 0; !this.#isStopped; index++) {
      const beganMs = world.nowMs;
      const value = `record ${index} of ${partition}`;
      await client.produce(TOPIC, value, partition);
      // The first finds the leader.
      if (index > 0) this.slowestMs[partition] = Math.max(this.slowestMs[partition]!, world.nowMs - beganMs);
      this.acknowledged.push({ partition, value });
      await world.runtimeFor('client').timers.sleep(world.random.below(400));
    }
  }
}

function isWhole(cluster: SimulatedCluster): boolean {
  const states = cluster.partitionStates(TOPIC);
  return states.length === PARTITIONS && states.every(({ isr }) => isr.length === BROKERS.length);
}

/** The partitions of the topic that have a replica in a log dir. */
function partitionsIn({ world }: SimulatedCluster, broker: number, dir: string): number[] {
  const names = world.disk(hostOf(broker)).names(dir);
  return Array.from({ length: PARTITIONS }, (_, index) => index).filter((p) =>
    names.includes(`${TOPIC}-${p}`),
  );
}

async function startLoaded(): Promise<Loaded> {
  const cluster = await startCluster(SEED, { overrides: OVERRIDES });
  const { world } = cluster;
  const client = new SimulatedClient(cluster);
  await world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }, PARTITIONS));
  await world.runUntil(() => isWhole(cluster));
  const leaders = cluster.partitionStates(TOPIC).map(({ leader }) => leader);
  const leadsIn = (broker: number, dir: string): boolean =>
    partitionsIn(cluster, broker, dir).some((partition) => leaders[partition] === broker);
  // Somebody who has something to lose, and something to keep.
  const victim = BROKERS.find((broker) => leadsIn(broker, FAILING) && leadsIn(broker, SOUND))!;
  expect(victim).toBeDefined();
  return {
    cluster,
    client,
    victim,
    failing: partitionsIn(cluster, victim, FAILING),
    load: new Load(cluster),
  };
}

const isCallOfDir = (operation: DiskOperation, path: string): boolean =>
  path.startsWith(`${FAILING}/`) && WRITING.includes(operation);

async function callsUnderLoad(): Promise<Call[]> {
  const { cluster, victim, load } = await startLoaded();
  const calls: Call[] = [];
  cluster.world.disk(hostOf(victim)).fault = (operation, path) => {
    if (isCallOfDir(operation, path)) calls.push({ operation, path });
    return undefined;
  };
  await cluster.world.run(LOAD_MS);
  cluster.world.disk(hostOf(victim)).fault = () => undefined;
  await cluster.world.settle(load.stop());
  return calls;
}

/** Lets the disk fail from its nth call on; gives that call once it has come. */
function failFrom({ cluster, victim }: Loaded, nth: number, way: Way): () => Call | undefined {
  let seen = 0;
  let first: Call | undefined;
  cluster.world.disk(hostOf(victim)).fault = (operation, path) => {
    const isCounted = isCallOfDir(operation, path);
    if (first === undefined && !(isCounted && seen++ === nth)) return undefined;
    if (!path.startsWith(`${FAILING}/`)) return undefined;
    const isFirst = first === undefined;
    first ??= { operation, path };
    return way.fault({ operation, path }, isFirst);
  };
  return () => first;
}

const registrationsOf = ({ zooKeeper }: SimulatedCluster): (bigint | undefined)[] =>
  BROKERS.map((id) => zooKeeper.tree.find(`/brokers/ids/${id}`)?.czxid);

/** How often word of a failed log dir was left. */
const wordsLeft = ({ zooKeeper }: SimulatedCluster): number =>
  zooKeeper.tree.find('/log_dir_event_notification')?.createdChildren ?? 0;

async function expectAllRead({ cluster, client, load }: Loaded): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    // The load goes on: what is acknowledged while this reads need not be in what it reads.
    const acknowledged = load.acknowledged.filter((one) => one.partition === partition);
    const endMs = cluster.world.nowMs + VISIBLE_MS;
    let lost: typeof acknowledged;
    do {
      const read = new Set(await cluster.world.settle(client.readAll(TOPIC, partition)));
      lost = acknowledged.filter(({ value }) => !read.has(value));
    } while (lost.length > 0 && cluster.world.nowMs < endMs);
    expect({ partition, lost }).toEqual({ partition, lost: [] });
  }
}

async function produceError({ cluster }: Loaded, broker: number, index: number): Promise<string> {
  const { world } = cluster;
  const client = await world.settle(cluster.connect(broker));
  const records = buildBatch({ records: [{ value: Buffer.from('no'), timestamp: 1_767_225_600_000 }] });
  const request = {
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ name: TOPIC, partitionData: [{ index, records }] }],
  };
  const answer = await world.settle(client.send(ProduceRequest, ProduceResponse, 9, request));
  client.close();
  return errorNameOf(answer.responses[0]!.partitionResponses[0]!.errorCode);
}

async function expectFailedOver(loaded: Loaded, before: ReturnType<typeof standing>): Promise<void> {
  const { cluster, victim, failing } = loaded;
  const isOver = (): boolean =>
    failing.every((partition) => {
      const { leader, isr } = cluster.partitionStates(TOPIC)[partition]!;
      return leader >= 0 && leader !== victim && !isr.includes(victim);
    });
  await cluster.world.runUntil(isOver, 60_000);
  // Past the next checkpoints and the next look for imbalanced leaders.
  await cluster.world.run(LOAD_MS);
  expect(isOver()).toBe(true);
  expect(wordsLeft(cluster)).toBeGreaterThan(0);
  const now = standing(loaded);
  expect(now).toEqual(before);
  for (const partition of failing)
    expect(await produceError(loaded, victim, partition)).toBe('KAFKA_STORAGE_ERROR');
}

/** What must be as it was on the other disk, and in ZooKeeper. */
function standing({ cluster, failing }: Loaded): unknown {
  return {
    registrations: registrationsOf(cluster),
    controller: cluster.zooKeeper.tree.find('/controller')?.czxid,
    others: cluster
      .partitionStates(TOPIC)
      .map(({ leader, isr }) => ({ leader, isr: isr.toSorted() }))
      .filter((_, partition) => !failing.includes(partition)),
  };
}

/** Several syncs for each log, each of which may take ten seconds. */
const STOP_MS = 600_000;

/** The broker is stopped or killed, its disk is mended, and it comes back to lead what it led. */
async function restart(
  { cluster, victim }: Loaded,
  leaders: readonly number[],
  isKilled: boolean,
): Promise<void> {
  const { world } = cluster;
  if (isKilled) world.kill(hostOf(victim));
  else await world.settle(cluster.stopBroker(victim), STOP_MS);
  world.disk(hostOf(victim)).fault = () => undefined;
  await world.settle(cluster.startBroker(victim));
  await world.runUntil(
    () =>
      isWhole(cluster) &&
      cluster.partitionStates(TOPIC).every(({ leader }, partition) => leader === leaders[partition]),
    120_000,
  );
}

interface Failure {
  readonly call: Call;
  readonly nth: number;
  readonly way: Way;
}

async function failUnderLoad({ call, nth, way }: Failure): Promise<void> {
  const loaded = await startLoaded();
  const { cluster, failing, load } = loaded;
  const { world } = cluster;
  const leaders = cluster.partitionStates(TOPIC).map(({ leader }) => leader);
  const before = standing(loaded);
  const failed = failFrom(loaded, nth, way);
  await world.runUntil(() => failed() !== undefined, 2 * LOAD_MS);
  expect(kindOf(failed()!)).toBe(kindOf(call));
  await world.run(LOAD_MS);
  const isOffline = wordsLeft(cluster) > 0;
  if (way === SLOW_SYNCS) expect([isOffline, standing(loaded)]).toEqual([false, before]);
  else if (isOffline || !isHarmless(call)) await expectFailedOver(loaded, before);
  const untouched = load.slowestMs.filter((_, partition) => !failing.includes(partition));
  expect(Math.max(...untouched)).toBeLessThan(UNINTERRUPTED_MS);
  await expectAllRead(loaded);
  await restart(loaded, leaders, nth % 2 === 0);
  await world.settle(load.stop());
  await expectAllRead(loaded);
  expect(cluster.leaders.violations).toEqual([]);
  expect(cluster.fatal).toEqual([]);
}

/** Every call in every way, or a few. */
function failuresOf(calls: readonly Call[]): Failure[] {
  const ways = [...FAILING_WAYS, SLOW_SYNCS];
  const all = calls.flatMap((call, nth) =>
    ways
      .filter((way) => way !== SLOW_SYNCS || call.operation === 'sync')
      .map((way): Failure => ({ call, nth, way })),
  );
  if (process.env['FAULT_DISK'] === 'all') return all;
  const random = new SeededRandom(SEED);
  const slow = all.filter(({ way }) => way === SLOW_SYNCS);
  const failing = all.filter(({ way }) => way !== SLOW_SYNCS);
  return [
    slow[random.below(slow.length)]!,
    ...Array.from({ length: SAMPLE }, () => failing[random.below(failing.length)]!),
  ];
}

test('one disk of a broker fails at any call under load: its other one goes on, and nothing acknowledged is lost', async () => {
  const calls = await callsUnderLoad();
  expect(new Set(calls.map(({ operation }) => operation)).size).toBeGreaterThan(4);
  const failures = failuresOf(calls);
  for (const failure of failures)
    try {
      await failUnderLoad(failure);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const { call, nth, way } = failure;
      throw new Error(`call ${nth}, ${kindOf(call)}: ${way.name}: ${message}`, { cause });
    }
  process.stdout.write(`fault disk of a broker: ${failures.length} failures of ${calls.length} calls\n`);
}, 7_200_000);
