/**
 * The controller alone: one broker that holds no partition becomes controller of ten thousand of them, whose replicas
 * lie on two brokers that are fakes and on a third that is dead and led a third of them, as a controller that was killed
 * leaves behind.
 *
 * Each round puts the states of all partitions back and deletes /controller, which the broker notices and is elected
 * again: the code is warm. The clock runs from the creation of /controller, as ZooKeeper wrote it down, until every
 * partition has a leader that lives, until the fakes have been told, and until the controller has come to the next
 * event, a ListPartitionReassignments that waited behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { TopicPartition } from '../../../src/common/index.ts';
import { ErrorCode } from '../../../src/protocol/index.ts';
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../../src/protocol/messages/46-list-partition-reassignments.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { BrokerConnection, parseHostPort } from '../../../src/tools/client/index.ts';
import { connectKafkaZkClient, registry, type KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { BrokerProcess } from '../broker.ts';
import { totalStats } from '../process-stats.ts';
import type { ResultRows } from '../results.ts';
import type { SideName } from '../sides.ts';
import { label } from '../start-rounds.ts';
import type { World } from '../world.ts';
import { createPartitions, DEAD, FAKES, leaderOf, partitionsOf, PER_TOPIC, putBack } from './alone-znodes.ts';
import { FakeBroker } from './fake-broker.ts';
import { NO_SLOWER, type Measurement } from './step.ts';
import { creationOf, stateWrites } from './zookeeper-record.ts';

const CONTROLLER = 0;
/** Longer than any step of ours takes. */
const SESSION_TIMEOUT_MS = 40_000;
const QUIET_MS = 500;
const POLL_MS = 5;
const PATIENCE_MS = 600_000;
const LIST = { request: ListPartitionReassignmentsRequest, response: ListPartitionReassignmentsResponse };

const runtime = createNodeRuntime();

export async function controllerAloneRounds(
  world: World,
  {
    name,
    partitions,
    rounds,
  }: { readonly name: string; readonly partitions: number; readonly rounds: number },
  rows: ResultRows,
): Promise<void> {
  const count = Math.ceil((partitions * world.scale) / PER_TOPIC) * PER_TOPIC;
  const head = {
    workload: name,
    title: `a controller is elected, ${count.toLocaleString('en')} partitions, a third without a leader`,
    better: 'lower',
  } as const;
  const seats: LonelyController[] = [];
  try {
    for (const side of world.sidesOf(0)) {
      world.progress(`${name}: znodes of ${count} partitions for ${side}`);
      seats.push(await LonelyController.start(world, side, count));
    }
    for (let round = 0; round <= rounds; round++)
      for (const side of world.sidesOf(round))
        for (const seat of seats.filter((one) => one.side === side)) {
          const measured = await seat.electAgain();
          const told = measured.map(
            ({ name: what, unit, value }) => `${value.toPrecision(4)} ${unit} ${what}`,
          );
          world.progress(`${name} ${label(round)}: ${side} ${told.join('; ')}`);
          if (round === 0) continue;
          for (const { value, ...metric } of measured) rows.add({ ...head, ...metric }, side, value);
        }
  } finally {
    await Promise.all(seats.map((seat) => seat.end()));
  }
}

class LonelyController {
  readonly side: SideName;
  readonly #world: World;
  readonly #chroot: string;
  readonly #zookeeper: KafkaZkClient;
  readonly #partitions: readonly TopicPartition[];
  readonly #fakes: readonly FakeBroker[];
  readonly #broker: BrokerProcess;

  private constructor(
    world: World,
    side: SideName,
    parts: {
      readonly chroot: string;
      readonly zookeeper: KafkaZkClient;
      readonly partitions: readonly TopicPartition[];
      readonly fakes: readonly FakeBroker[];
      readonly broker: BrokerProcess;
    },
  ) {
    this.side = side;
    this.#world = world;
    this.#chroot = parts.chroot;
    this.#zookeeper = parts.zookeeper;
    this.#partitions = parts.partitions;
    this.#fakes = parts.fakes;
    this.#broker = parts.broker;
  }

  static async start(world: World, side: SideName, count: number): Promise<LonelyController> {
    const chroot = `/alone-${count}-${side}`;
    const connect = world.zookeeperConnect + chroot;
    const zookeeper = await connectKafkaZkClient({ connect, sessionTimeoutMs: SESSION_TIMEOUT_MS, runtime });
    await zookeeper.createTopLevelPaths();
    const fakes = await Promise.all(FAKES.map((id) => FakeBroker.start(zookeeper, id)));
    const partitions = partitionsOf(count);
    await createPartitions(zookeeper, partitions);
    const broker = await BrokerProcess.spawn({
      id: CONTROLLER,
      brokers: 1 + FAKES.length,
      dir: join(world.dir, `alone-${count}-${side}`),
      zookeeperConnect: connect,
      command: world.commands[side],
    });
    const parts = { chroot, zookeeper, partitions, fakes, broker };
    const seat = new LonelyController(world, side, parts);
    try {
      await broker.serving();
    } catch (error) {
      await seat.end();
      throw error;
    }
    return seat;
  }

  async electAgain(): Promise<readonly Measurement[]> {
    const { record } = this.#world;
    await this.#quiet();
    await putBack(this.#zookeeper, this.#partitions);
    const mark = await record.mark();
    const before = await totalStats([this.#broker.pid]);
    const path = registry.cluster.controller.path();
    await this.#zookeeper.znodes.deletePath(path);
    while ((await this.#zookeeper.client.exists(path)) === null) await sleep(POLL_MS);
    const readyAtMs = await this.#nextEvent();
    await this.#quiet();
    const toldAtMs = Math.max(...this.#fakes.map((fake) => fake.toldAtMs));
    const packets = await record.packetsSince(mark);
    const after = await totalStats([this.#broker.pid]);
    const transactions = await record.since(mark);
    const electedAtMs = creationOf(transactions, this.#chroot + path)?.timeMs ?? NaN;
    const writes = stateWrites(transactions, this.#chroot);
    const led = new Map(
      writes
        .filter(({ partition, leader }) => leaderOf(partition) === DEAD && leader !== DEAD && leader >= 0)
        .map(({ topic, partition, timeMs }) => [`${topic}-${partition}`, timeMs]),
    );
    const wanted = this.#partitions.filter(({ partition }) => leaderOf(partition) === DEAD).length;
    if (led.size !== wanted) throw new Error(`only ${led.size} of ${wanted} leaders were elected`);
    const span = (toMs: number): number => toMs - electedAtMs;
    return [
      { name: 'until its first write', unit: 'ms', value: span(writes[0]?.timeMs ?? NaN) },
      {
        name: 'until each has a leader',
        unit: 'ms',
        target: NO_SLOWER,
        value: span(Math.max(...led.values())),
      },
      { name: 'until the brokers are told', unit: 'ms', target: NO_SLOWER, value: span(toldAtMs) },
      { name: 'until its next event', unit: 'ms', target: NO_SLOWER, value: span(readyAtMs) },
      {
        name: 'packets to ZooKeeper per partition',
        unit: 'each',
        target: NO_SLOWER,
        value: packets / this.#partitions.length,
      },
      { name: 'CPU', unit: 's', value: after.cpuSeconds - before.cpuSeconds },
    ];
  }

  async end(): Promise<void> {
    await this.#broker.end('SIGKILL');
    for (const fake of this.#fakes) fake.close();
    await this.#zookeeper.close();
  }

  /** An event of the controller that waits for the one before to end; resolves with when it was answered. */
  async #nextEvent(): Promise<number> {
    const address = parseHostPort(this.#broker.address);
    const connection = await BrokerConnection.open(runtime, address, 'bench', PATIENCE_MS);
    try {
      const deadline = Date.now() + PATIENCE_MS;
      while (Date.now() < deadline) {
        const { errorCode } = await connection.call(LIST, { timeoutMs: PATIENCE_MS });
        if (errorCode === ErrorCode.NONE) return Date.now();
        await sleep(POLL_MS);
      }
      throw new Error('the controller does not come to its next event');
    } finally {
      connection.close();
    }
  }

  /** The fakes hear nothing more. */
  async #quiet(): Promise<void> {
    while (this.#fakes.some((fake) => Date.now() - fake.toldAtMs < QUIET_MS)) await sleep(QUIET_MS / 10);
  }
}
