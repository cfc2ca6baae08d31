/**
 * Coordinators on the move: a partition of an internal topic goes to the broker that a scenario names, and with it the
 * transactional ids or groups in it. And what they wrote: the same bytes on every broker, of which either kind's
 * kafka-dump-log says the same.
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GROUP_METADATA_TOPIC, PartitionMap, TRANSACTION_STATE_TOPIC } from '../../../src/common/index.ts';
import { partitionFor } from '../../../src/coordinator/index.ts';
import { alterReassignments, electLeaders } from '../../../src/tools/client/index.ts';
import { describeTransaction } from '../../../src/tools/client/transactions.ts';
import { runOriginalDumpLog } from '../original-dump-log.ts';
import { until } from '../until.ts';
import { COORDINATOR_PARTITIONS, type MixedBrokers } from './mixed-brokers.ts';
import type { Seat } from './seat.ts';
import { check } from './world.ts';

const TYPES = {
  transaction: { topic: TRANSACTION_STATE_TOPIC, keyType: 1, decoder: '--transaction-log-decoder' },
  group: { topic: GROUP_METADATA_TOPIC, keyType: 0, decoder: '--offsets-decoder' },
} as const;
export type CoordinatorType = keyof typeof TYPES;

const STATE =
  /transactionalId=(\S+) payload: producerId:\d+,producerEpoch:(\d+),state=(\w+),partitions=\[([^\]]*)\]/g;

const DUMP_LOG = fileURLToPath(new URL('../../../bin/kafka-dump-log', import.meta.url));
const DUMP_BYTES_MAX = 512 * 1024 * 1024;

/** This broker coordinates it from now on, and everybody in sync could take over. */
export async function moveCoordinator(
  brokers: MixedBrokers,
  type: CoordinatorType,
  key: string,
  { id }: Seat,
): Promise<void> {
  const { client } = brokers;
  const { topic, keyType } = TYPES[type];
  // The first who asks makes the topic.
  await client.coordinator(key, keyType);
  const partition = partitionFor(key, COORDINATOR_PARTITIONS);
  const others = brokers.seats.map((seat) => seat.id).filter((other) => other !== id);
  const replicas = [id, ...others];
  await until(`${topic}-${partition} prefers broker ${id}`, async () => {
    if ((await brokers.assignments(topic))[partition]?.replicas.join() === replicas.join()) return true;
    await alterReassignments(client, new PartitionMap<readonly number[]>().set(topic, partition, replicas));
    return false;
  });
  await until(`broker ${id} leads ${topic}-${partition}`, async () => {
    if ((await brokers.state(topic, partition)).leader === id) return true;
    await electLeaders(client, 'PREFERRED', [{ topic, partition }]);
    return false;
  });
  await until(
    `broker ${id} coordinates ${key}`,
    async () => (await client.coordinator(key, keyType)).id === id,
  );
}

export interface Standing {
  readonly coordinatorId: number;
  readonly state: string;
  readonly partitions: readonly string[];
}

/** As its coordinator of now tells it. */
export async function standingOf(brokers: MixedBrokers, transactionalId: string): Promise<Standing> {
  const { coordinatorId, transactionState, topics } = await describeTransaction(
    brokers.client,
    transactionalId,
  );
  const partitions = topics.flatMap(({ topic, partitions: indexes }) =>
    indexes.map((index) => `${topic}-${index}`),
  );
  return { coordinatorId, state: transactionState, partitions: partitions.sort() };
}

/** Every replica of the coordinators' topics is the same bytes, and both tools print the same of it; returns that. */
export async function dumpCoordinators(brokers: MixedBrokers): Promise<string> {
  const commandLines: string[][] = [];
  for (const { topic, decoder } of Object.values(TYPES)) {
    await until(`every replica of ${topic} is in sync`, () => brokers.isInSync(topic));
    await until(`the replicas of ${topic} are the same bytes`, () => brokers.isSameEverywhere(topic));
    for (const { id } of brokers.seats)
      for (let partition = 0; partition < COORDINATOR_PARTITIONS; partition++) {
        const folder = brokers.replicaFolder(id, topic, partition);
        const logs = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
        commandLines.push(['--files', logs.map((name) => join(folder, name)).join(), decoder]);
      }
  }
  const original = await runOriginalDumpLog(brokers.libraries, commandLines);
  for (const [index, commandLine] of commandLines.entries()) {
    // In a process of its own: what brokers and ZooKeeper say to each other passes through this one.
    const ours = await promisify(execFile)(DUMP_LOG, commandLine, { maxBuffer: DUMP_BYTES_MAX });
    check(ours.stderr === '', `kafka-dump-log finds no fault in ${commandLine[1]}: ${ours.stderr}`);
    check(
      ours.stdout === original[index]?.out && original[index].err === '',
      `the original's kafka-dump-log prints the same of ${commandLine[1]}`,
    );
  }
  // Those of broker 0: everybody else's are the same.
  const perTopic = brokers.seats.length * COORDINATOR_PARTITIONS;
  return original
    .filter((_, index) => index % perTopic < COORDINATOR_PARTITIONS)
    .map(({ out }) => out)
    .join('');
}

/** Each record of a transactional id, without times and ids: `state epoch partitions`. */
export function historyOf(dump: string, transactionalId: string): string[] {
  return [...dump.matchAll(STATE)]
    .filter(([, id]) => id === transactionalId)
    .map(([, , epoch, state, partitions = '']) =>
      [state, epoch, ...partitions.split(',').filter(Boolean).sort()].join(' '),
    );
}
