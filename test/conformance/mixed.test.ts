/**
 * Klassik's brokers and one of the original in one cluster, which is what "drop-in" means: each kind leads partitions
 * the other follows, each is controller over the other, each takes over from the other, and the replicas are the same
 * bytes. One story from top to bottom: each test goes on where the one before left off.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PartitionMap } from '../../src/common/index.ts';
import { partitionFor } from '../../src/coordinator/index.ts';
import {
  alterReassignments,
  ClusterClient,
  committedOffsets,
  currentReassignments,
  describeGroup,
  electLeaders,
  GroupMember,
} from '../../src/tools/client/index.ts';
import { dumpLogTool } from '../../src/tools/dump-log/index.ts';
import { isInSync, until } from '../support/conformance/kafkajs-story.ts';
import {
  JVM_ID,
  KLASSIK_IDS,
  MixedCluster,
  OFFSETS_PARTITIONS,
} from '../support/conformance/mixed-cluster.ts';
import { numberedRecords } from '../support/conformance/numbered-records.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runForResults, runProgram } from '../support/conformance/run-program.ts';
import { expectWholeStory, RECORDS, type Codec, type StoryResult } from '../support/conformance/story.ts';
import { jvmArguments } from '../support/jvm-program.ts';
import { runOriginalDumpLog } from '../support/original-dump-log.ts';
import { run } from '../unit/tools/support.ts';

const { Kafka, logLevel, Partitioners } = kafkajs;

jest.setTimeout(180_000);

const ALL_IDS = [...KLASSIK_IDS, JVM_ID];
const [KLASSIK_ID = 0, OTHER_KLASSIK_ID = 1] = KLASSIK_IDS;
const BEFORE_DIVERGENCE = 1000;
const DIVERGING = 500;
/** replica.fetch.wait.max.ms */
const FOLLOWER_FETCH_WAIT_MS = 500;
/** Of a partition's folder, what kafka-dump-log knows. */
const DUMPED = /\.(log|index|timeindex|txnindex|snapshot)$/;
const GROUPS = Array.from({ length: 8 }, (_, index) => `mixed-group-${index}`);

describeNeeding(KAFKA_JARS, 'two brokers of Klassik and one of the original', (libraries) => {
  let cluster: MixedCluster;
  let kafka: kafkajs.Kafka;
  let admin: Admin;

  beforeAll(async () => {
    cluster = await MixedCluster.create(libraries);
    await cluster.broker(JVM_ID).start();
    kafka = new Kafka({
      brokers: cluster.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1000 },
    });
    admin = kafka.admin();
    await admin.connect();
  });

  afterAll(async () => {
    await admin.disconnect();
    await cluster.close();
  });

  const java = <T>(...args: string[]): Promise<T[]> =>
    runForResults<T>('java', [...jvmArguments(libraries, 'ConformanceClient.java'), ...args]);

  /** A topic of one partition, whose first replica leads. */
  async function create(topic: string, replicas: number[]): Promise<void> {
    await admin.createTopics({ topics: [{ topic, replicaAssignment: [{ partition: 0, replicas }] }] });
    await until(`${topic} in sync`, async () => (await leaderOf(topic)) === replicas[0]);
  }

  async function leaderOf(topic: string): Promise<number> {
    // Not every broker knows of a topic as soon as it is made.
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    return topics[0]?.partitions[0]?.leader ?? -1;
  }

  async function produce(topic: string, first: number, count: number, codec: Codec): Promise<void> {
    await java('produce', cluster.bootstrap, topic, String(first), String(count), codec);
  }

  async function expectSameEverywhere(topic: string, records: number): Promise<void> {
    await until(`all replicas of ${topic} in sync`, () => isInSync(admin, topic));
    await until(`the replicas of ${topic} are the same bytes`, () => sameBytes(topic));
    const told = await java('read', cluster.bootstrap, topic, String(records));
    expect(told).toEqual([{ records, missing: 0, duplicates: 0, reordered: 0 }]);
  }

  async function sameBytes(topic: string): Promise<boolean> {
    const [first, ...others] = await Promise.all(ALL_IDS.map((id) => cluster.replicaBytes(id, topic, 0)));
    return others.every((other) => first!.equals(other));
  }

  const isController = async (ids: readonly number[]): Promise<boolean> =>
    ids.includes((await admin.describeCluster()).controller ?? -1);

  async function commitOffsets(topic: string, offset: number): Promise<void> {
    const partitions = [{ partition: 0, offset: String(offset) }];
    await Promise.all(GROUPS.map((groupId) => admin.setOffsets({ groupId, topic, partitions })));
  }

  async function expectCommitted(topic: string, offset: number): Promise<void> {
    for (const groupId of GROUPS) {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      expect([groupId, found?.partitions[0]?.offset]).toEqual([groupId, String(offset)]);
    }
  }

  test('the controller is Klassik: each kind leads a partition, and the others have its 10,000 records', async () => {
    await until('Klassik is the controller', () => isController(KLASSIK_IDS));
    await create('jvm-leads', [JVM_ID, ...KLASSIK_IDS]);
    await create('klassik-leads', [KLASSIK_ID, JVM_ID, OTHER_KLASSIK_ID]);
    await produce('jvm-leads', 0, RECORDS, 'lz4');
    await produce('klassik-leads', 0, RECORDS, 'none');
    await expectSameEverywhere('jvm-leads', RECORDS);
    await expectSameEverywhere('klassik-leads', RECORDS);
  });

  test('groups have coordinators of both kinds', async () => {
    const codecs: Codec[] = ['none', 'gzip', 'zstd'];
    const told = await java<StoryResult>('story', cluster.bootstrap, String(RECORDS), codecs.join(','));
    expect(told).toHaveLength(codecs.length);
    for (const [index, codec] of codecs.entries()) expectWholeStory(told[index], codec);
    await commitOffsets('jvm-leads', 1234);
    await expectCommitted('jvm-leads', 1234);
  });

  test('a group keeps member, generation and offsets while its coordinator moves from one kind to the other and back', async () => {
    const client = new ClusterClient({ bootstrapServers: cluster.bootstrap.split(',') });
    const groupId = 'moving-group';
    const partition = partitionFor(groupId, OFFSETS_PARTITIONS);
    const member = new GroupMember(client, {
      groupId,
      groupInstanceId: null,
      sessionTimeoutMs: 120_000,
      rebalanceTimeoutMs: 10_000,
      topics: () => Promise.resolve(['jvm-leads']),
    });
    try {
      expect(await member.join()).toMatchObject([{ topic: 'jvm-leads', partition: 0 }]);
      const { members } = await describeGroup(client, groupId);
      for (const [moves, id] of [JVM_ID, KLASSIK_ID, JVM_ID, OTHER_KLASSIK_ID].entries()) {
        await moveCoordinator(client, partition, id);
        await until(`broker ${id} coordinates the group`, async () => {
          const found = await describeGroup(client, groupId).catch(() => undefined);
          return found?.coordinator.id === id && found.state === 'Stable';
        });
        expect((await describeGroup(client, groupId)).members).toEqual(members);
        expect(await member.heartbeat()).toBe(true);
        const before = moves === 0 ? [] : [{ topic: 'jvm-leads', partition: 0, offset: moves }];
        expect(await committedOffsets(client, groupId)).toEqual(before);
        await member.commit([{ topic: 'jvm-leads', partition: 0, offset: moves + 1 }]);
      }
      await member.leave();
    } finally {
      await client.close();
    }
  });

  async function moveCoordinator(client: ClusterClient, partition: number, leader: number): Promise<void> {
    const topic = '__consumer_offsets';
    const replicas = [leader, ...ALL_IDS.filter((id) => id !== leader)];
    await alterReassignments(client, new PartitionMap<readonly number[]>().set(topic, partition, replicas));
    await until('the replicas are in their order', async () =>
      (await currentReassignments(client, null)).every(({ name }) => name !== topic),
    );
    await until(`broker ${leader} leads`, async () => {
      await electLeaders(client, 'PREFERRED', [{ topic, partition }]);
      const { topics } = await client.metadata([topic]);
      return topics[0]?.partitions.find((each) => each.partitionIndex === partition)?.leaderId === leader;
    });
  }

  test('kafka-dump-log of either finds no fault in what either wrote, and prints the same', async () => {
    const folders = [KLASSIK_ID, JVM_ID].flatMap((id) => [
      [cluster.replicaFolder(id, 'jvm-leads', 0), '--print-data-log'],
      [cluster.replicaFolder(id, 'klassik-leads', 0), '--print-data-log'],
      ...Array.from({ length: OFFSETS_PARTITIONS }, (_, partition) => [
        cluster.replicaFolder(id, '__consumer_offsets', partition),
        '--offsets-decoder',
      ]),
    ]);
    const commandLines = await Promise.all(
      folders.map(async ([folder = '', flag = '']) => ['--files', await filesIn(folder), flag]),
    );
    const original = await runOriginalDumpLog(libraries, commandLines);
    for (const [index, commandLine] of commandLines.entries()) {
      const { exitCode, out, err } = await run(dumpLogTool, commandLine);
      expect({ exitCode, out, err }).toEqual(original[index]);
      expect([exitCode, err]).toEqual([0, expect.not.stringContaining('Exception')]);
      // The time index of a segment that is written to ends in zeros, where both see timestamps of 0.
      expect(out + err).not.toMatch(/isvalid: false|invalid bytes|Mismatches|Non-consecutive|out of order/);
    }
    expect(original.map(({ out }) => out).join('')).toMatch(/"type":"2","data":{"group":/);
  });

  /** An index of Klassik is nothing but zeros while its segment is written to: no batch lies where the first one points. */
  async function filesIn(folder: string): Promise<string> {
    const names = (await readdir(folder)).filter((name) => DUMPED.test(name)).sort();
    const paths = names.map((name) => join(folder, name));
    const isEmpty = (path: string): boolean => readFileSync(path).every((byte) => byte === 0);
    return paths.filter((path) => !path.endsWith('.index') || !isEmpty(path)).join(',');
  }

  test('kafka-replica-verification of either finds no difference between the replicas, and says so in the same words', async () => {
    const options = [
      ...['--broker-list', cluster.bootstrap, '--topics-include', 'jvm-leads|klassik-leads'],
      ...['--time', '-2', '--report-interval-ms', '200', '--max-wait-ms', '100'],
    ];
    const verify = async (program: string, ...before: string[]): Promise<string | undefined> => {
      const told = await runProgram(program, [...before, ...options], {
        isEnough: (stdout) => /max lag is 0 for partition .* among 2 partitions/.test(stdout),
      });
      expect(told).not.toMatch(/doesn't match|unmatched checksum/);
      return told.split('\n').findLast((line) => line.includes('max lag is 0'));
    };
    const withoutDate = (line = ''): string => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/, 'DATE');
    const tool = 'org.apache.kafka.tools.ReplicaVerificationTool';
    const told = withoutDate(await verify('java', ...jvmArguments(libraries, tool)));
    expect(told).toMatch(
      new RegExp(`^DATE: max lag is 0 for partition .* at offset ${RECORDS} among 2 partitions$`),
    );
    expect(withoutDate(await verify('bin/kafka-replica-verification'))).toBe(told);
  });

  test('the original dies: Klassik leads with all its records, and it comes back as a follower', async () => {
    await cluster.broker(JVM_ID).kill();
    await until('Klassik leads', async () => KLASSIK_IDS.includes(await leaderOf('jvm-leads')));
    await produce('jvm-leads', RECORDS, RECORDS, 'zstd');
    await expectCommitted('jvm-leads', 1234);
    await cluster.broker(JVM_ID).start();
    await expectSameEverywhere('jvm-leads', 2 * RECORDS);
    await expectSameEverywhere('klassik-leads', RECORDS);
  });

  test('Klassik stops in order: the original takes over all it led, groups too', async () => {
    for (const id of KLASSIK_IDS) await cluster.broker(id).stop();
    await until('the original is the controller', () => isController([JVM_ID]));
    expect(await leaderOf('klassik-leads')).toBe(JVM_ID);
    await expectCommitted('jvm-leads', 1234);
    await produce('klassik-leads', RECORDS, RECORDS, 'gzip');
    for (const id of KLASSIK_IDS) await cluster.broker(id).start();
    await expectSameEverywhere('klassik-leads', 2 * RECORDS);
    await expectSameEverywhere('jvm-leads', 2 * RECORDS);
  });

  test('the controller is the original: each kind leads a partition, and the others have its 10,000 records', async () => {
    expect(await isController([JVM_ID])).toBe(true);
    await create('jvm-leads-again', [JVM_ID, ...KLASSIK_IDS]);
    await create('klassik-leads-again', [KLASSIK_ID, JVM_ID, OTHER_KLASSIK_ID]);
    await produce('jvm-leads-again', 0, RECORDS, 'gzip');
    await produce('klassik-leads-again', 0, RECORDS, 'snappy');
    await expectSameEverywhere('jvm-leads-again', RECORDS);
    await expectSameEverywhere('klassik-leads-again', RECORDS);
    await commitOffsets('klassik-leads-again', 4321);
  });

  test('Klassik dies: the original leads with all its records, and it comes back as a follower', async () => {
    await cluster.broker(KLASSIK_ID).kill();
    await until('the original leads', async () => (await leaderOf('klassik-leads-again')) === JVM_ID);
    await produce('klassik-leads-again', RECORDS, RECORDS, 'none');
    await expectCommitted('klassik-leads-again', 4321);
    await cluster.broker(KLASSIK_ID).start();
    await expectSameEverywhere('klassik-leads-again', 2 * RECORDS);
    await expectSameEverywhere('jvm-leads-again', RECORDS);
  });

  test('a controller of each kind deletes topics everywhere', async () => {
    await deleteEverywhere('jvm-leads-again');
    await cluster.broker(JVM_ID).stop();
    await until('Klassik is the controller', () => isController(KLASSIK_IDS));
    await until('Klassik leads', async () => KLASSIK_IDS.includes(await leaderOf('jvm-leads')));
    await expectCommitted('klassik-leads-again', 4321);
    await cluster.broker(JVM_ID).start();
    await expectSameEverywhere('jvm-leads', 2 * RECORDS);
    await deleteEverywhere('jvm-leads');
  });

  /**
   * The leader takes records that no follower has, and dies. The followers are held still meanwhile; the empty answer
   * to the fetch they had under way must be on its way before, or they would find those records in it.
   */
  async function diverge(topic: string, leader: number): Promise<void> {
    const followers = ALL_IDS.filter((id) => id !== leader);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    try {
      await producer.send({ topic, acks: -1, messages: numberedRecords(0, BEFORE_DIVERGENCE) });
      await until('all replicas have them', () => sameBytes(topic));
      await Promise.all(followers.map((id) => cluster.broker(id).signal('SIGSTOP')));
      await sleep(2 * FOLLOWER_FETCH_WAIT_MS);
      await producer.send({ topic, acks: 1, messages: numberedRecords(BEFORE_DIVERGENCE, DIVERGING) });
      await cluster.broker(leader).kill();
    } finally {
      await Promise.all(followers.map((id) => cluster.broker(id).signal('SIGCONT')));
      await producer.disconnect();
    }
    const sizes = await Promise.all(
      ALL_IDS.map(async (id) => (await cluster.replicaBytes(id, topic, 0)).length),
    );
    expect(new Set(followers.map((id) => sizes[id])).size).toBe(1);
    expect(sizes[leader]).toBeGreaterThan(sizes[followers[0]!]!);
  }

  test.each([
    ['the original truncates what only it had, by what Klassik tells of its epochs', JVM_ID, KLASSIK_ID],
    ['Klassik truncates what only it had, by what the original tells of its epochs', KLASSIK_ID, JVM_ID],
  ])('%s', async (_name, leader, successor) => {
    const topic = `diverging-${leader}`;
    await create(topic, [leader, successor, OTHER_KLASSIK_ID]);
    await diverge(topic, leader);
    await until('the successor leads', async () => (await leaderOf(topic)) === successor);
    await produce(topic, BEFORE_DIVERGENCE, RECORDS, 'none');
    await cluster.broker(leader).start();
    await expectSameEverywhere(topic, BEFORE_DIVERGENCE + RECORDS);
  });

  async function deleteEverywhere(topic: string): Promise<void> {
    await admin.deleteTopics({ topics: [topic] });
    await until(`${topic} is gone`, async () => !(await admin.listTopics()).includes(topic));
    await until(`no broker has a folder of ${topic}`, () =>
      ALL_IDS.every((id) => !existsSync(cluster.replicaFolder(id, topic, 0))),
    );
  }
});
