/**
 * Moves between log dirs that one kind of broker began and the other goes on with, on the same disks and under the same
 * broker id; and the original's admin client and tool that ask for them. One story from top to bottom.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../src/kit/index.ts';
import { KafkaError } from '../../src/protocol/index.ts';
import { alterConfigs, ClusterClient, createTopic, describeLogDirs } from '../../src/tools/client/index.ts';
import { logDirsTool } from '../../src/tools/log-dirs.ts';
import { moveToOtherDirs } from '../failover/move-to-other-dirs.ts';
import { until } from '../support/conformance/kafkajs-story.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runForResults, runProgram } from '../support/conformance/run-program.ts';
import { conformanceFolder, removeFolder } from '../support/conformance/test-cluster.ts';
import { JvmBroker } from '../support/jvm-broker.ts';
import { jvmArguments } from '../support/jvm-program.ts';
import { run } from '../unit/tools/support.ts';

jest.setTimeout(180_000);

const BROKER = 0;
const TOPIC = 'moved';
const RECORDS = 20_000;
const BOUND = 'replica.alter.log.dirs.io.max.bytes.per.second';
const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'offsets.topic.replication.factor': '1',
  // A read of a move is small, so that the bound holds it back in the middle.
  'replica.fetch.max.bytes': '100000',
  'message.max.bytes': '100000',
  'log.segment.bytes': '300000',
};

describeNeeding(KAFKA_JARS, 'moves between log dirs', (libraries) => {
  let dir: string;
  let klassik: Cluster;
  let jvm: JvmBroker;
  let client: ClusterClient;

  const java = (program: string, ...args: string[]): Promise<unknown[]> =>
    runForResults<unknown>('java', [...jvmArguments(libraries, program), ...args]);

  beforeAll(async () => {
    dir = await conformanceFolder();
    klassik = await startCluster({
      dir,
      brokers: 1,
      logDirs: 2,
      port: 0,
      zookeeperPort: 0,
      host: '127.0.0.1',
      overrides: OVERRIDES,
    });
    jvm = await JvmBroker.create({
      id: BROKER,
      libraries,
      dir: join(dir, 'jvm'),
      zookeeperConnect: klassik.zookeeperConnect,
      overrides: { ...OVERRIDES, 'log.dirs': klassik.logDirsOf(BROKER).join(',') },
    });
    client = clientOf(klassik.bootstrap);
    await createTopic(client, {
      name: TOPIC,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: new Map(),
      configs: {},
    });
    await java('ConformanceClient.java', 'produce', klassik.bootstrap, TOPIC, '0', String(RECORDS), 'none');
  });

  afterAll(async () => {
    await client.close();
    await jvm.kill();
    await klassik.stop();
    await removeFolder(dir);
  });

  const clientOf = (bootstrap: string): ClusterClient => new ClusterClient({ bootstrapServers: [bootstrap] });
  const jvmBootstrap = (): string => `127.0.0.1:${jvm.port}`;

  const setBound = (value: string): Promise<void> =>
    client.retry(() =>
      alterConfigs(client, { type: 'brokers', name: String(BROKER) }, new Map([[BOUND, value]]), []),
    );

  async function logsIn(which: 'current' | 'future'): Promise<{ dir: string; size: number }[]> {
    const dirs = await client.retry(() => describeLogDirs(client, BROKER));
    return dirs.flatMap(({ path, replicas }) =>
      replicas
        .filter((replica) => replica.topic === TOPIC && replica.isFuture === (which === 'future'))
        .map(({ sizeInBytes }) => ({ dir: path, size: sizeInBytes })),
    );
  }

  async function beginToMove(): Promise<string> {
    const [from] = await logsIn('current');
    await setBound('1000');
    await moveToOtherDirs(client, BROKER, TOPIC);
    await until('a part of it is copied', async () => ((await logsIn('future'))[0]?.size ?? 0) > 0);
    return klassik.logDirsOf(BROKER).find((each) => each !== from?.dir) ?? '';
  }

  async function arrivesIn(target: string): Promise<void> {
    // Just restarted, it may not know yet that it is there.
    const isSet = (): Promise<boolean> =>
      setBound('1000000000').then(
        () => true,
        (error: unknown) => {
          if (error instanceof KafkaError && error.error === 'BROKER_NOT_AVAILABLE') return false;
          throw error;
        },
      );
    await until('the bound is raised', isSet);
    await until('the move is over', async () => (await logsIn('future')).length === 0);
    expect(await logsIn('current')).toMatchObject([{ dir: target }]);
  }

  /** Every record, once and in order; and no folder but that of its log, and those that wait for removal. */
  async function expectWhole(bootstrap: string, target: string): Promise<void> {
    const [read] = await java('ConformanceClient.java', 'read', bootstrap, TOPIC, String(RECORDS));
    expect(read).toEqual({ records: RECORDS, missing: 0, duplicates: 0, reordered: 0 });
    for (const logDir of klassik.logDirsOf(BROKER)) {
      const folders = (await readdir(logDir)).filter((name) => name.startsWith(`${TOPIC}-`));
      const inPlace = folders.filter((name) => !name.endsWith('-delete'));
      expect(inPlace).toEqual(logDir === target ? [`${TOPIC}-0`] : []);
    }
  }

  test('the admin client of the original moves a replica, and is told where it is', async () => {
    const [from] = await logsIn('current');
    const target = klassik.logDirsOf(BROKER).find((each) => each !== from?.dir) ?? '';
    const [moved] = await java('MoveReplica.java', klassik.bootstrap, TOPIC, '0', String(BROKER), target);
    expect(moved).toEqual({ current: target, lag: '0', hasTotal: 'true', hasUsable: 'true' });
    await expectWhole(klassik.bootstrap, target);
  });

  test('kafka-log-dirs of both kinds print the same', async () => {
    const args = ['--bootstrap-server', klassik.bootstrap, '--describe'];
    const original = await runProgram('java', [
      ...jvmArguments(libraries, 'org.apache.kafka.tools.LogDirsCommand'),
      ...args,
    ]);
    expect((await run(logDirsTool, args)).out).toBe(original);
  });

  test('what Klassik began the original brings to its end', async () => {
    const target = await beginToMove();
    await klassik.stopBroker(BROKER);
    await jvm.start();
    await client.close();
    client = clientOf(jvmBootstrap());
    await arrivesIn(target);
    await expectWhole(jvmBootstrap(), target);
  });

  test('what the original began, and was killed over, Klassik brings to its end', async () => {
    const target = await beginToMove();
    await jvm.kill();
    await klassik.startBroker(BROKER);
    await client.close();
    client = clientOf(klassik.bootstrap);
    await arrivesIn(target);
    await expectWhole(klassik.bootstrap, target);
  });
});
