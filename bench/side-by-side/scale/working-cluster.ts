/**
 * Three brokers of one side with two thousand partitions of three replicas each, whose brokers are stopped, killed and
 * brought back. A step begins and ends with a whole cluster: every replica in sync, every partition led by the first of
 * its replicas, so that each broker leads a third.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { severalAtATime } from '../../../src/common/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { ClusterClient, createTopic, electLeaders } from '../../../src/tools/client/index.ts';
import { connectKafkaZkClient, type KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { BrokerProcess, dataDir } from '../broker.ts';
import type { SideName } from '../sides.ts';
import type { World } from '../world.ts';
import { untilTold } from './told-leaders.ts';
import type { ZooKeeperRecord } from './zookeeper-record.ts';

export const BROKERS = [0, 1, 2] as const;
const TOPICS = 21;
const TOPICS_AT_ONCE = 4;
/** Led by each broker: 700. */
const PER_TOPIC = 100;
/** The shortest that the ZooKeeper of the bench grants is four seconds. */
const SESSION_TIMEOUT_MS = 4000;
const POLL_MS = 100;
const PATIENCE_MS = 180_000;

export class WorkingCluster {
  readonly side: SideName;
  readonly chroot: string;
  readonly record: ZooKeeperRecord;
  readonly client: ClusterClient;
  readonly scale: number;
  readonly perTopic: number;
  readonly #world: World;
  readonly #zookeeper: KafkaZkClient;
  readonly #brokers: Map<number, BrokerProcess>;

  private constructor(
    world: World,
    side: SideName,
    zookeeper: KafkaZkClient,
    brokers: ReadonlyMap<number, BrokerProcess>,
  ) {
    this.side = side;
    this.chroot = chrootOf(side);
    this.#zookeeper = zookeeper;
    this.record = world.record;
    this.scale = world.scale;
    this.perTopic = Math.max(3, Math.floor(PER_TOPIC * world.scale));
    this.#world = world;
    this.#brokers = new Map(brokers);
    this.client = new ClusterClient({ bootstrapServers: this.addresses(), timeoutMs: PATIENCE_MS });
  }

  static async start(world: World, side: SideName): Promise<WorkingCluster> {
    const zookeeper = await connectKafkaZkClient({
      connect: world.zookeeperConnect + chrootOf(side),
      sessionTimeoutMs: PATIENCE_MS,
      runtime: createNodeRuntime(),
    });
    const spawned = await Promise.all(BROKERS.map(async (id) => [id, await spawn(world, side, id)] as const));
    const cluster = new WorkingCluster(world, side, zookeeper, new Map(spawned));
    try {
      await Promise.all(spawned.map(([, broker]) => broker.serving()));
      await severalAtATime(cluster.topics.entries(), TOPICS_AT_ONCE, ([index, name]) =>
        cluster.#create(name, index),
      );
      await cluster.whole();
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  #create(name: string, index: number): Promise<void> {
    const assignments = Array.from(
      { length: this.perTopic },
      (_, partition) => [partition, replicasOf(index * this.perTopic + partition)] as const,
    );
    return createTopic(this.client, {
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: new Map(assignments),
      configs: {},
    });
  }

  get topics(): readonly string[] {
    return Array.from({ length: TOPICS }, (_, index) => `scale-${index}`);
  }

  get partitions(): number {
    return TOPICS * this.perTopic;
  }

  /** Who leads that partition while the cluster is whole. */
  firstReplica(topic: string, partition: number): number | undefined {
    const index = this.topics.indexOf(topic);
    return index < 0 ? undefined : replicasOf(index * this.perTopic + partition)[0];
  }

  broker(id: number): BrokerProcess {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  /** Where the brokers are reached, but for those named. */
  addresses(without: readonly number[] = []): string[] {
    return [...this.#brokers].filter(([id]) => !without.includes(id)).map(([, { address }]) => address);
  }

  async controllerId(): Promise<number> {
    return (await this.client.metadata([])).controllerId;
  }

  /** One that may go without the controller going. */
  async followerOfController(): Promise<number> {
    return ((await this.controllerId()) + 1) % BROKERS.length;
  }

  /** The session that ZooKeeper will end when the broker is killed. */
  async sessionOf(id: number): Promise<bigint> {
    return (await this.#zookeeper.client.getData(`/brokers/ids/${id}`)).stat.ephemeralOwner;
  }

  /** Whether a deleted topic is still to be seen, in ZooKeeper or on a disk. */
  async hasTraceOf(topic: string): Promise<boolean> {
    if ((await this.#zookeeper.client.exists(`/brokers/topics/${topic}`)) !== null) return true;
    const dirs = await Promise.all(BROKERS.map((id) => readdir(dataDir(dirOf(this.#world, this.side), id))));
    return dirs.flat().some((name) => name.startsWith(`${topic}-`));
  }

  async restart(id: number): Promise<void> {
    const broker = await spawn(this.#world, this.side, id);
    this.#brokers.set(id, broker);
    await broker.serving();
  }

  /** Resolves when all replicas are in sync again and the first of each partition leads, as every broker tells. */
  async whole(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const { topics, perTopic } = this;
    await untilTold(this.addresses(), { topics, perTopic, isRight: ({ isrNodes }) => isrNodes.length === 3 });
    for (;;) {
      await electLeaders(this.client, 'PREFERRED', null);
      const metadata = await this.client.metadata(topics);
      const partitions = metadata.topics.flatMap((topic) => topic.partitions);
      if (partitions.every(({ leaderId, replicaNodes }) => leaderId === replicaNodes[0])) break;
      if (Date.now() > deadline) throw new Error('the partitions are not led by their first replicas');
      await sleep(POLL_MS);
    }
    await untilTold(this.addresses(), {
      topics,
      perTopic,
      isRight: ({ leaderId, replicaNodes }) => leaderId === replicaNodes[0],
    });
  }

  async end(): Promise<void> {
    await this.client.close();
    await this.#zookeeper.close();
    await Promise.all([...this.#brokers.values()].map((broker) => broker.end('SIGKILL')));
  }
}

function spawn(world: World, side: SideName, id: number): Promise<BrokerProcess> {
  return BrokerProcess.spawn({
    id,
    brokers: BROKERS.length,
    dir: dirOf(world, side),
    zookeeperConnect: world.zookeeperConnect + chrootOf(side),
    overrides: { 'zookeeper.session.timeout.ms': SESSION_TIMEOUT_MS },
    command: world.commands[side],
  });
}

function dirOf(world: World, side: SideName): string {
  return join(world.dir, `scale-${side}`);
}

function chrootOf(side: SideName): string {
  return `/scale-${side}`;
}

/** Each broker is the first of every third partition. */
function replicasOf(index: number): number[] {
  return BROKERS.map((id) => (id + index) % BROKERS.length);
}
