/**
 * A coordinator loads a million offsets: the partition of `__consumer_offsets` that holds them moves from one of two
 * brokers to the other, and back. Both have a replica and have run for a while, so that what is measured is the load.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PartitionMap, severalAtATime } from '../../src/common/index.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../src/protocol/messages/09-offset-fetch.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import {
  alterReassignments,
  BrokerConnection,
  ClusterClient,
  createTopic,
  electLeaders,
  parseHostPort,
} from '../../src/tools/client/index.ts';
import { BrokerProcess } from './broker.ts';
import { COMMIT, expectCommitted, offsetsOf } from './group-member.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import { untilTold, type WhatToKnow } from './scale/told-leaders.ts';
import type { SideName } from './sides.ts';
import { label, LONGEST_SLICE } from './start-rounds.ts';
import type { World } from './world.ts';

const OFFSETS = 1_000_000;
const PARTITIONS = 100;
const BROKERS = [0, 1] as const;
const TOPIC = 'offsets-load';
const OFFSETS_TOPIC = '__consumer_offsets';
/** Commits on their way together. */
const COMMITTING = 32;
const POLL_MS = 2;
const TIMEOUT_MS = 120_000;
/** The coordinator before has let go of what it held, and garbage of the filling is collected. */
const SETTLE_MS = 3000;
const FETCH = { request: OffsetFetchRequest, response: OffsetFetchResponse };

const runtime = createNodeRuntime();

export async function offsetsRounds(world: World, rounds: number, rows: ResultRows): Promise<void> {
  const groups = Math.ceil((OFFSETS * world.scale) / PARTITIONS);
  const LOAD = {
    workload: 'offsets-load',
    title: `a coordinator loads ${(groups * PARTITIONS).toLocaleString('en')} offsets of ${groups.toLocaleString('en')} groups`,
    better: 'lower',
  } as const;
  const clusters: OffsetsCluster[] = [];
  try {
    for (const side of world.sidesOf(0)) {
      world.progress(`offsets-load: ${side} gets ${groups.toLocaleString('en')} groups`);
      const cluster = await OffsetsCluster.start(world, side);
      clusters.push(cluster);
      await cluster.fill(groups);
    }
    for (let round = 0; round <= rounds; round++)
      for (const side of world.sidesOf(round))
        for (const cluster of clusters.filter((one) => one.side === side))
          // There and back: each of the two brokers is measured, and warm after the round that is not counted.
          for (const target of BROKERS.toReversed()) {
            const { ms, cpuSeconds } = await cluster.moveTo(target, groups);
            world.progress(
              `offsets-load ${label(round)}: ${side}, broker ${target} in ${ms.toFixed(0)} ms, ${cpuSeconds.toFixed(2)} s of CPU`,
            );
            if (round === 0) continue;
            rows.add({ ...LOAD, name: 'time', unit: 'ms', target: 1 }, side, ms);
            rows.add({ ...LOAD, name: 'CPU of that broker', unit: 's' }, side, cpuSeconds);
          }
    for (const cluster of clusters)
      for (const ms of await cluster.stop())
        if (cluster.side === 'klassik') rows.add({ ...LOAD, ...LONGEST_SLICE }, 'klassik', ms);
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.kill()));
  }
}

class OffsetsCluster {
  readonly side: SideName;
  readonly #brokers: readonly BrokerProcess[];
  readonly #client: ClusterClient;

  private constructor(side: SideName, brokers: readonly BrokerProcess[]) {
    this.side = side;
    this.#brokers = brokers;
    this.#client = new ClusterClient({ bootstrapServers: this.#addresses, timeoutMs: TIMEOUT_MS });
  }

  static async start(world: World, side: SideName): Promise<OffsetsCluster> {
    const spawned = BROKERS.map((id) =>
      BrokerProcess.spawn({
        id,
        brokers: BROKERS.length,
        dir: join(world.dir, `offsets-${side}`),
        zookeeperConnect: `${world.zookeeperConnect}/offsets-${side}`,
        command: world.commands[side],
        overrides: { 'offsets.topic.num.partitions': 1 },
      }),
    );
    const cluster = new OffsetsCluster(side, await Promise.all(spawned));
    try {
      await Promise.all(cluster.#brokers.map((broker) => broker.serving()));
      return cluster;
    } catch (error) {
      await cluster.kill();
      throw error;
    }
  }

  get #addresses(): readonly string[] {
    return this.#brokers.map(({ address }) => address);
  }

  /** Each group commits an offset for each partition of the topic. */
  async fill(groups: number): Promise<void> {
    const assignments = Array.from({ length: PARTITIONS }, (_, partition) => [partition, [0]] as const);
    await createTopic(this.#client, {
      name: TOPIC,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: new Map(assignments),
      configs: {},
    });
    await untilTold(this.#addresses, {
      topics: [TOPIC],
      perTopic: PARTITIONS,
      isRight: ({ leaderId }) => leaderId === 0,
    });
    const { id } = await this.#client.coordinator(groupName(0));
    const coordinator = await this.#client.broker(id);
    while (!(await tells(coordinator, groupName(0)))) await sleep(POLL_MS);
    const topics = [
      offsetsOf(
        TOPIC,
        Array.from({ length: PARTITIONS }, (_, partition) => partition),
        1,
      ),
    ];
    await severalAtATime(Array.from({ length: groups }).keys(), COMMITTING, async (group) => {
      const simple = { groupId: groupName(group), generationIdOrMemberEpoch: -1, memberId: '' };
      expectCommitted((await coordinator.call(COMMIT, { ...simple, topics })).topics);
    });
  }

  /** From the request for an election until the broker tells what the first and the last group have committed. */
  async moveTo(
    target: number,
    groups: number,
  ): Promise<{ readonly ms: number; readonly cpuSeconds: number }> {
    await this.#lead(1 - target);
    await this.#prefer(target);
    await sleep(SETTLE_MS);
    const broker = this.#brokers[target];
    if (broker === undefined) throw new Error(`there is no broker ${target}`);
    const connection = await BrokerConnection.open(
      runtime,
      parseHostPort(broker.address),
      'bench',
      TIMEOUT_MS,
    );
    const before = await totalStats([broker.pid]);
    const startMs = performance.now();
    const elected = this.#elect();
    while (
      !(await tells(connection, groupName(0), 1)) ||
      !(await tells(connection, groupName(groups - 1), 1))
    )
      await sleep(POLL_MS);
    const ms = performance.now() - startMs;
    const after = await totalStats([broker.pid]);
    await elected;
    connection.close();
    return { ms, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
  }

  async #lead(id: number): Promise<void> {
    await this.#prefer(id);
    await this.#elect();
    await this.#told(({ leaderId }) => leaderId === id);
  }

  async #prefer(id: number): Promise<void> {
    const replicas = new PartitionMap<readonly number[]>();
    replicas.set(OFFSETS_TOPIC, 0, [id, 1 - id]);
    await alterReassignments(this.#client, replicas);
    await this.#told(
      ({ replicaNodes, isrNodes }) => replicaNodes[0] === id && isrNodes.length === BROKERS.length,
    );
  }

  async #elect(): Promise<void> {
    await electLeaders(this.#client, 'PREFERRED', [{ topic: OFFSETS_TOPIC, partition: 0 }]);
  }

  async #told(isRight: WhatToKnow['isRight']): Promise<void> {
    await untilTold(this.#addresses, { topics: [OFFSETS_TOPIC], perTopic: 1, isRight });
  }

  /** In good order; returns the longest slices of the event loops. */
  async stop(): Promise<readonly number[]> {
    await this.#client.close();
    await Promise.all(this.#brokers.map((broker) => broker.end('SIGTERM')));
    return Promise.all(this.#brokers.map((broker) => broker.longestSliceMs()));
  }

  async kill(): Promise<void> {
    await this.#client.close();
    await Promise.all(this.#brokers.map((broker) => broker.end('SIGKILL')));
  }
}

function groupName(index: number): string {
  return `group-${index}`;
}

/** Whether the coordinator answers for the group, and, if asked, with that offset. */
async function tells(connection: BrokerConnection, groupId: string, offset?: number): Promise<boolean> {
  const { groups } = await connection.call(FETCH, {
    groups: [{ groupId, memberId: null, memberEpoch: -1, topics: [{ name: TOPIC, partitionIndexes: [0] }] }],
    requireStable: false,
  });
  const [answer] = groups;
  if (answer?.errorCode !== 0) return false;
  return offset === undefined || answer.topics[0]?.partitions[0]?.committedOffset === offset;
}
