/**
 * A topic of a thousand partitions with three replicas is created. The clock runs from the request until every broker
 * tells its clients the leaders, all replicas in sync, and until every leader serves: only a leader tells where its log
 * ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaError } from '../../../src/protocol/index.ts';
import { createTopic, deleteTopics, listOffsets } from '../../../src/tools/client/index.ts';
import { untilTold } from './told-leaders.ts';
import type { Step } from './step.ts';
import { BROKERS, type WorkingCluster } from './working-cluster.ts';

const PARTITIONS = 1000;
const AIM = 0.7;
const LATEST = -1;
const POLL_MS = 20;
const PATIENCE_MS = 120_000;

export const topicCreated: Step = {
  title: ({ scale }) =>
    `a topic of ${count(scale).toLocaleString('en')} partitions with three replicas is created`,
  run: async (cluster, round) => {
    const topic = `created-${round}`;
    const perTopic = count(cluster.scale);
    await cluster.client.metadata([]);
    const startedAtMs = Date.now();
    await createTopic(cluster.client, {
      name: topic,
      numPartitions: perTopic,
      replicationFactor: BROKERS.length,
      assignments: new Map(),
      configs: { 'file.delete.delay.ms': '1000' },
    });
    const toldAtMs = await untilTold(cluster.addresses(), {
      topics: [topic],
      perTopic,
      isRight: ({ leaderId, isrNodes }) => leaderId >= 0 && isrNodes.length === BROKERS.length,
    });
    const servedAtMs = await untilServed(cluster, topic);
    await deleteTopics(cluster.client, [topic]);
    await untilGone(cluster, topic);
    return [
      {
        name: 'until all brokers tell clients its leaders',
        unit: 'ms',
        target: AIM,
        value: toldAtMs - startedAtMs,
      },
      { name: 'until all leaders serve', unit: 'ms', target: AIM, value: servedAtMs - startedAtMs },
    ];
  },
};

function count(scale: number): number {
  return Math.ceil(PARTITIONS * scale);
}

async function untilServed({ client }: WorkingCluster, topic: string): Promise<number> {
  const { topics } = await client.metadata([topic]);
  let waiting = (topics[0]?.partitions ?? []).map(({ partitionIndex, leaderId }) => ({
    topic,
    partition: partitionIndex,
    leader: leaderId,
    timestamp: LATEST,
  }));
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answers = await listOffsets(client, waiting);
    const served = new Set(
      answers.flatMap((answer) => (answer instanceof KafkaError ? [] : [answer.partition])),
    );
    waiting = waiting.filter(({ partition }) => !served.has(partition));
    if (waiting.length === 0) return Date.now();
    if (Date.now() > deadline) throw new Error(`${waiting.length} partitions of ${topic} are not served`);
    await sleep(POLL_MS);
  }
}

/** From ZooKeeper and from the disks, so that the next step does not pay for it. */
async function untilGone(cluster: WorkingCluster, topic: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (await cluster.hasTraceOf(topic)) {
    if (Date.now() > deadline) throw new Error(`${topic} does not go away`);
    await sleep(10 * POLL_MS);
  }
}
