/**
 * A cluster of three brokers, each of either kind, at a ZooKeeper of its own: started in any line-up, with the controller
 * wherever a scenario wants it, and looked at past all proxies.
 */
import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { ClusterClient, createTopic, describeConfigs } from '../../../src/tools/client/index.ts';
import {
  connectKafkaZkClient,
  registry,
  type KafkaZkClient,
  type LeaderIsrAndControllerEpoch,
  type ReplicaAssignment,
} from '../../../src/zookeeper/index.ts';
import { Ensemble } from './ensemble.ts';
import { Seat, type Kind } from './seat.ts';
import { until } from '../until.ts';

export const SESSION_TIMEOUT_MS = 6000;
const REPLICA_LAG_TIME_MAX_MS = 3000;
export const QUOTA_WINDOW_SECONDS = 2;
/** Of each of the topics in which coordinators keep their books. */
export const COORDINATOR_PARTITIONS = 3;
/** Of the test's own session, which no scenario breaks. */
const OWN_SESSION_TIMEOUT_MS = 40_000;

/** The same for both kinds: what happens by the clock happens soon. */
const OVERRIDES = {
  'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS),
  'replica.lag.time.max.ms': String(REPLICA_LAG_TIME_MAX_MS),
  'controlled.shutdown.retry.backoff.ms': '500',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.num.partitions': String(COORDINATOR_PARTITIONS),
  'transaction.state.log.num.partitions': String(COORDINATOR_PARTITIONS),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // Leaders move when a scenario moves them.
  'auto.leader.rebalance.enable': 'false',
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
  // A throttled replica takes this much at once.
  'replica.fetch.max.bytes': '65536',
  // And so much, in seconds at its rate, when nothing was taken before.
  'replication.quota.window.num': String(QUOTA_WINDOW_SECONDS),
  'log.index.size.max.bytes': '65536',
};

/** The replicas of each partition. */
export type Layout = readonly (readonly number[])[];

/** Each broker is the preferred leader of one partition. */
export const LAYOUT: Layout = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
];

/** Each broker is in a rack of its own. */
export const rackOf = (id: number): string => `rack-${id}`;

export interface LineUp {
  readonly name: string;
  readonly kinds: readonly Kind[];
}

export interface MixedBrokersOptions {
  readonly dir: string;
  readonly libraries: string;
  readonly kinds: readonly Kind[];
  readonly zookeepers?: 1 | 3;
  readonly logDirs?: number;
  readonly overrides?: Readonly<Record<string, string>>;
}

export class MixedBrokers {
  readonly seats: readonly Seat[];
  readonly ensemble: Ensemble;
  /** Looks at ZooKeeper past the proxies. */
  readonly zk: KafkaZkClient;
  readonly client: ClusterClient;
  /** A folder of the original's jars. */
  readonly libraries: string;

  private constructor(seats: readonly Seat[], ensemble: Ensemble, zk: KafkaZkClient, libraries: string) {
    this.libraries = libraries;
    this.seats = seats;
    this.ensemble = ensemble;
    this.zk = zk;
    this.client = new ClusterClient({ bootstrapServers: this.bootstrap });
  }

  /** All brokers serve, one after the other: the first is the controller. */
  static async start({
    dir,
    libraries,
    kinds,
    zookeepers = 1,
    logDirs = 1,
    overrides = {},
  }: MixedBrokersOptions): Promise<MixedBrokers> {
    const ensemble = await Ensemble.start(dir, zookeepers);
    const seats: Seat[] = [];
    for (const [id, kind] of kinds.entries())
      seats.push(
        await Seat.create({
          ...{ id, kind, dir, libraries, logDirs },
          zookeeper: ensemble.addresses,
          overrides: { ...OVERRIDES, 'broker.rack': rackOf(id), ...overrides },
        }),
      );
    const zk = await connectKafkaZkClient({
      connect: ensemble.addresses.join(','),
      sessionTimeoutMs: OWN_SESSION_TIMEOUT_MS,
      runtime: createNodeRuntime(),
    });
    const brokers = new MixedBrokers(seats, ensemble, zk, libraries);
    try {
      for (const seat of seats) await seat.start();
    } catch (error) {
      await brokers.close();
      throw error;
    }
    return brokers;
  }

  get bootstrap(): string[] {
    return this.seats.map(({ address }) => address);
  }

  seat(id: number): Seat {
    const seat = this.seats[id];
    if (seat === undefined) throw new Error(`there is no broker ${id}`);
    return seat;
  }

  idsOf(kind: Kind): number[] {
    return this.seats.filter((seat) => seat.kind === kind).map(({ id }) => id);
  }

  async state(topic: string, partition: number): Promise<LeaderIsrAndControllerEpoch> {
    const found = await this.zk.partitions.getTopicPartitionState({ topic, partition });
    if (found === null) throw new Error(`${topic}-${partition} has no state`);
    return found;
  }

  /** Of all partitions, in their order. */
  async states(topic: string): Promise<LeaderIsrAndControllerEpoch[]> {
    const assignments = await this.assignments(topic);
    return Promise.all(assignments.map((_, partition) => this.state(topic, partition)));
  }

  /** Which replicas each partition has, and which come and go. */
  async assignments(topic: string): Promise<ReplicaAssignment[]> {
    const found = (await this.zk.topics.getTopicAssignments([topic])).get(topic);
    if (found === undefined) throw new Error(`there is no topic ${topic}`);
    return [...found.partitions].sort(([one], [other]) => one - other).map(([, assignment]) => assignment);
  }

  async controllerId(): Promise<number> {
    return (await this.zk.controller.getControllerId()) ?? -1;
  }

  async controllerEpoch(): Promise<number> {
    return (await this.zk.controller.getControllerEpoch())?.epoch ?? 0;
  }

  async isRegistered(id: number): Promise<boolean> {
    return (await this.zk.brokers.getSortedBrokerList()).includes(id);
  }

  /**
   * As one does to move a controller: /controller is deleted. All but one stand still, so that this one is first.
   * `absent` is a broker that stands still already, and is to go on doing so.
   */
  async makeController(id: number, absent = -1): Promise<void> {
    if ((await this.controllerId()) === id) return;
    // Who is in the middle of an election when /controller goes away waits for the next one, as if another had won.
    await until('the controller of now is known to all', async () =>
      this.#allKnowController(await this.controllerId(), absent),
    );
    const others = this.seats.filter((seat) => seat.id !== id && seat.id !== absent);
    for (const other of others) await other.signal('SIGSTOP');
    try {
      await this.zk.znodes.deletePath(registry.cluster.controller.path());
      await until(`broker ${id} is the controller`, async () => (await this.controllerId()) === id);
    } finally {
      for (const other of others) await other.signal('SIGCONT');
    }
    await until(`everybody takes broker ${id} for the controller`, () => this.#allKnowController(id, absent));
  }

  /** As an operator has to: a controller of the original that is stuck is so until it is restarted (docs/mixed.md). */
  async restartStuckControllers(): Promise<void> {
    for (const seat of this.seats) {
      if (!(await seat.isStuckAsController())) continue;
      await seat.stop();
      await until(`broker ${seat.id} is not registered`, async () => !(await this.isRegistered(seat.id)));
      await seat.start();
    }
  }

  async #allKnowController(id: number, absent: number): Promise<boolean> {
    for (const seat of this.seats) {
      if (seat.id === absent) continue;
      const client = new ClusterClient({ bootstrapServers: [seat.address] });
      try {
        if ((await client.metadata([])).controllerId !== id) return false;
      } finally {
        await client.close();
      }
    }
    return true;
  }

  async createTopic(
    topic: string,
    configs: Readonly<Record<string, string>> = {},
    layout: Layout = LAYOUT,
  ): Promise<void> {
    await createTopic(this.client, {
      name: topic,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: new Map(layout.entries()),
      configs: { 'min.insync.replicas': '2', ...configs },
    });
    await until(`${topic} is in sync`, () => this.isInSync(topic));
    await until(`everybody knows of ${topic}`, async () => {
      const { topics } = await this.client.metadata([topic]);
      return topics[0]?.partitions.every(({ leaderId }) => leaderId >= 0) === true;
    });
  }

  /** The broker has heard of a config of its own, and so of all changes before that one. */
  async untilConfigured(id: number, name: string, value: string): Promise<void> {
    await until(`broker ${id} has ${name}=${value}`, async () => {
      const configs = await describeConfigs(this.client, { type: 'brokers', name: String(id) });
      return configs.some((row) => row.name === name && row.value === value);
    });
  }

  async isInSync(topic: string): Promise<boolean> {
    const assignments = await this.assignments(topic);
    const states = await this.states(topic);
    return states.every(
      ({ isr, leader }, partition) => isr.length === assignments[partition]?.replicas.length && leader >= 0,
    );
  }

  /** All segments of a replica, one after the other. */
  async replicaBytes(id: number, topic: string, partition: number): Promise<Buffer> {
    const folder = this.replicaFolder(id, topic, partition);
    const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
    return Buffer.concat(await Promise.all(segments.map((name) => readFile(join(folder, name)))));
  }

  replicaFolder(id: number, topic: string, partition: number): string {
    const folders = this.seat(id).logDirs.map((dir) => join(dir, `${topic}-${partition}`));
    return folders.find((folder) => existsSync(folder)) ?? folders[0]!;
  }

  async isSameEverywhere(topic: string): Promise<boolean> {
    for (const [partition, { replicas }] of (await this.assignments(topic)).entries()) {
      const [first, ...others] = await Promise.all(
        replicas.map((id) => this.replicaBytes(id, topic, partition)),
      );
      if (!others.every((other) => first!.equals(other))) return false;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all(this.seats.map((seat) => seat.close()));
    await this.zk.close();
    await this.ensemble.close();
  }
}
