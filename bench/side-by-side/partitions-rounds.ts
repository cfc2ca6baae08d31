/**
 * A broker with two thousand partitions, each with a few records, starts after a clean stop. It has started when it
 * leads all of them: before, its clients would be sent away. What it holds is read when it has been idle for a while.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { KafkaError } from '../../src/protocol/index.ts';
import { buildBatch } from '../../src/records/index.ts';
import { ClusterClient, createTopic, listOffsets } from '../../src/tools/client/index.ts';
import { BrokerProcess, type BrokerOptions } from './broker.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import type { SideName } from './sides.ts';
import { IDLE_MS, label, LONGEST_SLICE } from './start-rounds.ts';
import type { World } from './world.ts';

const PARTITIONS = 2000;
const TOPICS = 20;
const RECORDS = 10;
const VALUE_BYTES = 100;
const LATEST = -1;
const POLL_MS = 20;
const PATIENCE_MS = 300_000;

export async function partitionsRounds(world: World, rounds: number, rows: ResultRows): Promise<void> {
  const perTopic = Math.max(1, Math.floor((PARTITIONS * world.scale) / TOPICS));
  const count = (TOPICS * perTopic).toLocaleString('en');
  const START = {
    workload: 'partitions-start',
    title: `${count} partitions after a clean stop, from the spawn until the broker leads all`,
    better: 'lower',
  } as const;
  const options = (side: SideName): BrokerOptions => ({
    id: 0,
    brokers: 1,
    dir: join(world.dir, `partitions-${side}`),
    zookeeperConnect: `${world.zookeeperConnect}/partitions-${side}`,
    command: world.commands[side],
  });
  for (const side of world.sidesOf(0)) {
    world.progress(`partitions-start: ${side} gets ${count} partitions`);
    await withBroker(options(side), (broker) => fill(broker.address, perTopic));
  }
  for (let round = 0; round <= rounds; round++)
    for (const side of world.sidesOf(round)) {
      const broker = await withBroker(options(side), async (started) => {
        const startMs = await started.serving(() => leadsAll(started.address, perTopic));
        const { cpuSeconds } = await totalStats([started.pid]);
        world.progress(
          `partitions-start ${label(round)}: ${side} led all after ${startMs.toFixed(0)} ms, ${cpuSeconds} s of CPU`,
        );
        if (round === 0) return;
        rows.add({ ...START, name: 'time', unit: 'ms', target: 0.5 }, side, startMs);
        rows.add({ ...START, name: 'CPU', unit: 's' }, side, cpuSeconds);
        await sleep(IDLE_MS);
        const { rssBytes } = await totalStats([started.pid]);
        world.progress(`partitions-start ${label(round)}: ${side} holds ${(rssBytes / 1e6).toFixed(0)} MB`);
        rows.add(
          { ...START, name: 'resident memory, idle for ten seconds', unit: 'MB', target: 0.4 },
          side,
          rssBytes / 1e6,
        );
      });
      if (side !== 'klassik' || round === 0) continue;
      const sliceMs = await broker.longestSliceMs();
      world.progress(`partitions-start ${label(round)}: longest slice ${sliceMs} ms`);
      rows.add({ ...START, ...LONGEST_SLICE }, side, sliceMs);
    }
}

/** It stops in good order. */
async function withBroker(
  options: BrokerOptions,
  task: (broker: BrokerProcess) => Promise<unknown>,
): Promise<BrokerProcess> {
  const broker = await BrokerProcess.spawn(options);
  try {
    await broker.serving();
    await task(broker);
    await broker.end('SIGTERM');
    return broker;
  } finally {
    await broker.end('SIGKILL');
  }
}

const topicName = (index: number): string => `partitions-${index}`;
const topics = Array.from({ length: TOPICS }, (_, index) => topicName(index));

async function fill(address: string, perTopic: number): Promise<void> {
  const client = new ClusterClient({ bootstrapServers: [address] });
  const records = Array.from({ length: RECORDS }, () => ({
    timestamp: Date.now(),
    value: Buffer.alloc(VALUE_BYTES, 'x'),
  }));
  try {
    for (const name of topics)
      await createTopic(client, {
        name,
        numPartitions: perTopic,
        replicationFactor: 1,
        assignments: new Map(),
        configs: {},
      });
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await leadsAll(address, perTopic))) {
      if (performance.now() > deadline) throw new Error('the broker does not lead all partitions');
      await sleep(POLL_MS);
    }
    for (const name of topics)
      await client.toBroker(
        0,
        { request: ProduceRequest, response: ProduceResponse },
        {
          acks: -1,
          timeoutMs: PATIENCE_MS,
          topicData: [
            {
              name,
              partitionData: Array.from({ length: perTopic }, (_, index) => ({
                index,
                records: buildBatch({ records }),
              })),
            },
          ],
        },
      );
  } finally {
    await client.close();
  }
}

/** Only a leader tells where its log ends. */
async function leadsAll(address: string, perTopic: number): Promise<boolean> {
  const client = new ClusterClient({ bootstrapServers: [address] });
  try {
    for (const topic of topics) {
      const wanted = Array.from({ length: perTopic }, (_, partition) => ({
        topic,
        partition,
        leader: 0,
        timestamp: LATEST,
      }));
      if ((await listOffsets(client, wanted)).some((answer) => answer instanceof KafkaError)) return false;
    }
    return true;
  } finally {
    await client.close();
  }
}
