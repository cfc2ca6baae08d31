/**
 * Moves between brokers of either kind that are slowed down (KIP-73), on the leader's side, on the follower's, and as
 * kafka-reassign-partitions does it on both: they take about as long as the rate says, and then nothing is slow any more.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartitionMap } from '../../../../src/common/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../../src/records/index.ts';
import { runTool } from '../../../../src/tools/cli/index.ts';
import {
  alterConfigs,
  alterReassignments,
  createTopic,
  deleteTopics,
} from '../../../../src/tools/client/index.ts';
import { reassignPartitionsTool } from '../../../../src/tools/reassign-partitions/index.ts';
import { entityPath } from '../../../../src/zookeeper/index.ts';
import { QUOTA_WINDOW_SECONDS, type MixedBrokers } from '../mixed-brokers.ts';
import type { Scenario } from '../scenario.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

type Side = 'leader' | 'follower' | 'tool';

const BYTES_PER_SECOND = 200_000;
const BYTES = 1_200_000;
const RECORD_BYTES = 10_000;
const EXPECTED_MS = (BYTES / BYTES_PER_SECOND) * 1000;
/** What was not taken in the seconds before goes at once; a sample more than those of the window may count. */
const AT_LEAST_MS = EXPECTED_MS - (QUOTA_WINDOW_SECONDS + 1.5) * 1000;
/** A follower that finds everything throttled looks again a second later; and this machine has much to do. */
const AT_MOST_MS = EXPECTED_MS * 2;
/** Without a throttle nobody waits. */
const UNTHROTTLED_AT_MOST_MS = EXPECTED_MS * 0.5;

const LOG_DIR_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second';
const UNUSED_RATE = 1_000_000_000;
const THROTTLES = /^(leader|follower)\.replication\.throttled\.(rate|replicas)$/;

export const THROTTLING: readonly Scenario[] = [
  {
    name: 'throttled-moves',
    about: `${BYTES / 1000} KB move at ${BYTES_PER_SECOND / 1000} KB/s to a broker of the other kind (of the same, where there is no other) and back, throttled on the leader's side, on the follower's, and by kafka-reassign-partitions; then without a throttle`,
    steps: moveThereAndBack,
  },
];

async function moveThereAndBack(world: World): Promise<void> {
  const { brokers } = world;
  const filled = `${world.topic}-filled`;
  const [here, there] = pairOf(brokers);
  await fill(brokers, filled, here);
  const wrong: string[] = [];
  for (const side of ['leader', 'follower', 'tool'] as const)
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      const tookMs = await moveThrottled(brokers, filled, from, to, side);
      if (tookMs < AT_LEAST_MS || tookMs > AT_MOST_MS)
        wrong.push(
          `${side}, ${brokers.seat(from).kind} to ${brokers.seat(to).kind}: ${Math.round(tookMs)} ms`,
        );
      await world.everyPartitionGoesOn();
    }
  check(wrong.length === 0, `all moves take about ${EXPECTED_MS} ms; ${wrong.join('; ')}`);
  await checkNoThrottles(brokers, filled);
  const tookMs = await measured(brokers, filled, there, () => reassign(brokers, filled, there));
  check(tookMs <= UNTHROTTLED_AT_MOST_MS, `without a throttle it takes no ${Math.round(tookMs)} ms`);
  // With its one replica it would have no leader whenever a later scenario takes that broker down.
  await deleteTopics(brokers.client, [filled]);
}

/** Of different kinds, where the line-up has both. */
function pairOf(brokers: MixedBrokers): readonly [number, number] {
  const [first, ...others] = brokers.seats;
  const other = others.find(({ kind }) => kind !== first!.kind) ?? others.at(-1)!;
  return [first!.id, other.id];
}

async function fill(brokers: MixedBrokers, topic: string, id: number): Promise<void> {
  const assignments = new Map([[0, [id]]]);
  await createTopic(brokers.client, {
    name: topic,
    numPartitions: -1,
    replicationFactor: -1,
    assignments,
    configs: {},
  });
  await until(`${topic} is led`, () => brokers.isInSync(topic));
  const api = { request: ProduceRequest, response: ProduceResponse };
  const records = buildBatch({
    records: [{ value: Buffer.alloc(RECORD_BYTES, 'x'), timestamp: Date.now() }],
  });
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
  for (let sent = 0; sent < BYTES;) {
    const { responses } = await brokers.client.toBroker(id, api, { acks: 1, timeoutMs: 5000, topicData });
    if (responses[0]?.partitionResponses[0]?.errorCode === 0) sent += RECORD_BYTES;
  }
}

/** How long it took; the throttle is gone afterwards. */
async function moveThrottled(
  brokers: MixedBrokers,
  topic: string,
  from: number,
  to: number,
  side: Side,
): Promise<number> {
  if (side === 'tool') return moveWithTool(brokers, topic, from, to);
  const { client } = brokers;
  const throttled = String(side === 'leader' ? from : to);
  const [rate, replicas] = [`${side}.replication.throttled.rate`, `${side}.replication.throttled.replicas`];
  await alterConfigs(client, { type: 'topics', name: topic }, new Map([[replicas, `0:${throttled}`]]), []);
  await alterConfigs(
    client,
    { type: 'brokers', name: throttled },
    new Map([[rate, String(BYTES_PER_SECOND)]]),
    [],
  );
  await untilHeard(brokers, Number(throttled));
  const tookMs = await measured(brokers, topic, to, () => reassign(brokers, topic, to));
  await alterConfigs(client, { type: 'brokers', name: throttled }, new Map(), [rate, LOG_DIR_RATE]);
  await alterConfigs(client, { type: 'topics', name: topic }, new Map(), [replicas]);
  return tookMs;
}

/** The tool does not wait until brokers have heard of the throttles it sets; so nothing moves until they have. */
async function moveWithTool(brokers: MixedBrokers, topic: string, from: number, to: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-throttled-'));
  try {
    const plan = join(dir, 'plan.json');
    await writeFile(
      plan,
      JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, replicas: [to] }] }),
    );
    const file = ['--reassignment-json-file', plan];
    const { peers } = brokers.seat(from);
    peers.hold(({ brokerId, isFetcher }) => isFetcher && brokerId === to);
    const tookMs = await measured(brokers, topic, to, async () => {
      await reassignPartitions(brokers, ['--execute', ...file, '--throttle', String(BYTES_PER_SECOND)]);
      for (const id of [from, to]) await untilHeard(brokers, id);
      peers.release();
    });
    const told = await reassignPartitions(brokers, ['--verify', ...file]);
    check(told.includes(`Reassignment of partition ${topic}-0 is completed.`), `it is done, not: ${told}`);
    await checkNoThrottles(brokers, topic);
    return tookMs;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Changes of configs take effect one after the other: a last one, which means nothing here, tells of those before it. */
async function untilHeard(brokers: MixedBrokers, id: number): Promise<void> {
  const value = String(UNUSED_RATE + Math.floor(performance.now()));
  const entity = { type: 'brokers', name: String(id) } as const;
  await alterConfigs(brokers.client, entity, new Map([[LOG_DIR_RATE, value]]), []);
  await brokers.untilConfigured(id, LOG_DIR_RATE, value);
}

async function reassignPartitions({ bootstrap }: MixedBrokers, argv: readonly string[]): Promise<string> {
  let told = '';
  const exitCode = await runTool(reassignPartitionsTool, ['--bootstrap-server', bootstrap.join(), ...argv], {
    spelling: 'legacy',
    format: 'text',
    stdin: process.stdin,
    out: (text) => (told += text.toString()),
    err: (text) => (told += text),
    drained: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  check(exitCode === 0, `kafka-reassign-partitions does it, and does not say: ${told}`);
  return told;
}

async function reassign({ client }: MixedBrokers, topic: string, to: number): Promise<void> {
  const refused = await alterReassignments(client, new PartitionMap<readonly number[]>().set(topic, 0, [to]));
  check(refused.size === 0, 'the move is not refused');
}

/** From the wish until the new replica alone is left. */
async function measured(
  brokers: MixedBrokers,
  topic: string,
  to: number,
  begin: () => Promise<void>,
): Promise<number> {
  const startMs = performance.now();
  await begin();
  await until(`${topic} is on broker ${to}`, async () => {
    const [assignment] = await brokers.assignments(topic);
    return assignment?.replicas.join() === String(to) && assignment.removingReplicas.length === 0;
  });
  const tookMs = performance.now() - startMs;
  await until(`broker ${to} leads ${topic}`, async () => (await brokers.state(topic, 0)).leader === to);
  return tookMs;
}

async function checkNoThrottles({ seats, zk }: MixedBrokers, topic: string): Promise<void> {
  const entities = [entityPath('topics', topic), ...seats.map(({ id }) => entityPath('brokers', String(id)))];
  for (const entity of entities) {
    const left = [...(await zk.configs.getEntityConfigs(entity)).keys()].filter((name) =>
      THROTTLES.test(name),
    );
    check(left.length === 0, `${entity} has no throttle any more, not ${left.join()}`);
  }
}
