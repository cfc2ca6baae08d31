/**
 * Topics that are made, written to, expanded, moved and deleted, and whose leaders are elected, while faults happen. In
 * the end everybody agrees on what exists, nothing is left of what was deleted, no move hangs, and what was written to
 * the topics that are left is there, and nothing of older topics of their names.
 */
import { PartitionMap } from '../../../../src/common/index.ts';
import { KafkaError } from '../../../../src/protocol/index.ts';
import type { Random, Runtime } from '../../../../src/runtime/index.ts';
import {
  alterReassignments,
  createPartitions,
  createTopic,
  deleteTopics,
  electLeaders,
  type ClusterClient,
  type NewTopic,
} from '../../../../src/tools/client/index.ts';
import { WorkloadProducer } from '../../../../src/tools/verify/workload-producer.ts';
import type { SimulatedCluster } from '../../cluster.ts';
import { clientIn, isFailure, livesOf, patiently, pause, type SmallWorkload } from './client-lives.ts';
import { ClientMachines } from './client-machines.ts';
import { disagreements, replicaFolders, topicsInZooKeeper } from './cluster-agreement.ts';
import { readToEnd } from './read-to-end.ts';
import { TopicLedger, type KnownTopic } from './topic-ledger.ts';

export interface TopicsSettings {
  readonly name?: string;
  /** What is asked for, a second. */
  readonly rate?: number;
  /** As many topics at a time. */
  readonly topics?: number;
  /** How long agreement is waited for in the end. */
  readonly patienceMs?: number;
}

const PARTITIONS_MAX = 3;
const REPLICAS_MIN = 2;
const DELIVERY_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 120_000;
const LOOK_MS = 1_000;

type Counted = 'made' | 'deleted' | 'expanded' | 'moves' | 'elections' | 'written';

interface Admin {
  readonly client: ClusterClient;
  readonly random: Random;
  readonly ledger: TopicLedger;
  readonly brokerIds: readonly number[];
  readonly counts: Record<Counted, number>;
  /** Nothing is left on any disk of an older topic of the name. */
  readonly isFree: (name: string) => boolean;
}

export function startTopicsComeAndGo(
  cluster: SimulatedCluster,
  settings: TopicsSettings = {},
): Promise<SmallWorkload> {
  const { name = 'coming', rate = 0.5, topics = 3, patienceMs = PATIENCE_MS } = settings;
  const { world } = cluster;
  const ledger = new TopicLedger(name);
  const counts = { made: 0, deleted: 0, expanded: 0, moves: 0, elections: 0, written: 0 };
  const brokerIds = [...cluster.processes.keys()];
  const isFree = (topic: string): boolean => !replicaFolders(cluster).some((each) => each.topic === topic);
  let isOver = false;
  const program = livesOf(
    cluster,
    `${name}-admin`,
    () => isOver,
    async (client, runtime) => {
      const admin = { client, random: runtime.random, ledger, brokerIds, counts, isFree };
      while (!isOver) {
        await pause(runtime, rate);
        await doSomething(admin, topics);
      }
    },
    // A request that is sent again may come twice, and much later.
    0,
  );
  const machines = new ClientMachines(world, name, [program]);
  return Promise.resolve({
    hosts: machines.hosts,
    stop: async () => {
      isOver = true;
      await machines.ended();
      const outside = world.runtimeFor(`${name}-check`);
      const client = clientIn(cluster, outside, `${name}-check`);
      const disagreeing = await untilAgreed(outside, patienceMs, () =>
        disagreements(cluster, client, (...of) => ledger.mayBeLeft(...of)),
      );
      const found = new Map(
        [...topicsInZooKeeper(cluster)].map(([topic, { partitions }]) => [
          topic,
          Object.keys(partitions).length,
        ]),
      );
      const violations = [...disagreeing, ...ledger.violations(found)];
      for (const topic of ledger.usable)
        if (found.has(topic.name))
          violations.push(...(await wrongRecords(client, outside, topic, found.get(topic.name)!)));
      await client.close();
      return { violations, counts };
    },
  });
}

/** Not all at once: what is asked for next meets what is under way. */
async function doSomething(admin: Admin, topics: number): Promise<void> {
  const { ledger, random } = admin;
  const { usable, unwanted } = ledger;
  const [gone] = unwanted;
  if (gone !== undefined && random.below(2) === 0) return remove(admin, gone);
  if (usable.length < topics) return make(admin);
  const topic = usable[random.below(usable.length)]!;
  const deeds = [remove, expand, move, move, elect, write, write, write];
  return deeds[random.below(deeds.length)]!(admin, topic);
}

async function make({ client, random, ledger, brokerIds, counts, isFree }: Admin): Promise<void> {
  const topic = ledger.next(random, isFree);
  const numPartitions = 1 + random.below(PARTITIONS_MAX - 1);
  const request: NewTopic = {
    name: topic.name,
    numPartitions,
    replicationFactor: REPLICAS_MIN + random.below(brokerIds.length - REPLICAS_MIN + 1),
    assignments: new Map(),
    configs: { 'min.insync.replicas': String(REPLICAS_MIN) },
  };
  try {
    await createTopic(client, request);
  } catch (thrown) {
    if (isRefusal(thrown)) ledger.wasNotMade(topic);
    throw thrown;
  }
  topic.state = 'exists';
  topic.isUnwanted = false;
  topic.partitions = numPartitions;
  counts.made += 1;
}

/** A second answer says nothing about the first request. */
async function remove({ client, counts }: Admin, topic: KnownTopic): Promise<void> {
  const wasInDoubt = topic.isUnwanted;
  topic.isUnwanted = true;
  try {
    await deleteTopics(client, [topic.name]);
  } catch (thrown) {
    // There is none, as far as this broker knows; whether one comes yet is another matter.
    if (isRefusal(thrown)) topic.isUnwanted = wasInDoubt;
    if (!(thrown instanceof KafkaError) || thrown.error !== 'UNKNOWN_TOPIC_OR_PARTITION') throw thrown;
    topic.state = 'in doubt';
    return;
  }
  counts.deleted += 1;
  if (topic.state === 'in doubt') return;
  topic.state = 'is gone';
  // Only then is the name free: an older request for its deletion may still be under way.
  topic.isUnwanted = wasInDoubt;
}

/** Nothing came of it, and nothing will. */
function isRefusal(thrown: unknown): boolean {
  return (
    thrown instanceof KafkaError &&
    (thrown.error === 'NOT_CONTROLLER' || thrown.error === 'INVALID_REPLICATION_FACTOR')
  );
}

async function expand({ client, counts }: Admin, topic: KnownTopic): Promise<void> {
  const { partitions } = topic;
  if (partitions === undefined || partitions >= PARTITIONS_MAX) return;
  topic.partitions = undefined;
  await createPartitions(client, [{ name: topic.name, count: partitions + 1, assignments: null }]);
  topic.partitions = partitions + 1;
  counts.expanded += 1;
}

/** To some of the brokers in some order; now and then a move that is under way is called off. */
async function move({ client, random, brokerIds, counts }: Admin, topic: KnownTopic): Promise<void> {
  const left = [...brokerIds];
  const replicas: number[] = [];
  const count = REPLICAS_MIN + random.below(brokerIds.length - REPLICAS_MIN + 1);
  while (replicas.length < count) replicas.push(...left.splice(random.below(left.length), 1));
  const partition = random.below(topic.partitions ?? 1);
  const target = random.below(5) === 0 ? null : replicas;
  // A move that is called off leaves the brokers it had come to.
  for (const id of brokerIds)
    if (target === null || !target.includes(id)) topic.movedFrom.add(`${partition}/${id}`);
  const refused = await alterReassignments(
    client,
    new PartitionMap<readonly number[] | null>().set(topic.name, partition, target),
  );
  if (refused.size === 0) counts.moves += 1;
}

async function elect({ client, counts }: Admin): Promise<void> {
  const outcomes = await electLeaders(client, 'PREFERRED', null);
  counts.elections += [...outcomes.values()].filter((error) => error === undefined).length;
}

async function write({ client, random, counts }: Admin, topic: KnownTopic): Promise<void> {
  const producer = new WorkloadProducer(client, {
    acks: -1,
    idempotent: false,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
  });
  const partition = random.below(topic.partitions ?? 1);
  const { generation } = topic;
  const value = valueOf(topic);
  const outcome = await producer.sendRecords({ topic: topic.name, partition }, [
    { value: Buffer.from(value) },
  ]);
  if (outcome.kind !== 'stored' || outcome.baseOffset === null || topic.generation !== generation) return;
  topic.values.push({ partition, offset: outcome.baseOffset, value });
  counts.written += 1;
}

const valueOf = ({ name, generation }: KnownTopic): string => `of ${name}, number ${generation}`;

async function untilAgreed(
  { clock, timers }: Runtime,
  patienceMs: number,
  look: () => Promise<string[]>,
): Promise<string[]> {
  const untilMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const found = await look().catch((thrown: unknown) => {
      if (!isFailure(thrown)) throw thrown;
      return [`a broker did not answer: ${String(thrown)}`];
    });
    if (found.length === 0 || clock.monotonicMs() >= untilMs) return found.map((each) => `topics: ${each}`);
    await timers.sleep(LOOK_MS);
  }
}

async function wrongRecords(
  client: ClusterClient,
  outside: Runtime,
  topic: KnownTopic,
  partitions: number,
): Promise<string[]> {
  const { records } = await patiently(outside, PATIENCE_MS, () => readToEnd(client, topic.name, partitions));
  const text = valueOf(topic);
  const foreign = records.filter(({ value }) => value?.toString() !== text);
  const missing = topic.values.filter(
    ({ partition, offset }) =>
      !records.some((record) => record.partition === partition && record.offset === offset),
  );
  return [
    ...foreign.map(
      ({ partition, offset, value }) =>
        `topics: "${String(value)}" is at ${offset} of ${topic.name}-${partition}, which is its number ${topic.generation}`,
    ),
    ...missing.map(
      ({ partition, offset }) => `topics: ${topic.name}-${partition} has lost its record at ${offset}`,
    ),
  ];
}
