/**
 * One broker of each kind at one ZooKeeper: whichever is asked to change a config, both take it in by the notification
 * in /config/changes and honour it, in the format of old tools too, and whoever removes what is old.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../src/kit/index.ts';
import { NetworkClient } from '../../src/network/index.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import { buildBatch } from '../../src/records/index.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import {
  ChangeNotificationListener,
  connectKafkaZkClient,
  DEFAULT_ENTITY_NAME,
  type KafkaZkClient,
} from '../../src/zookeeper/index.ts';
import {
  CREATE_TOPICS,
  DESCRIBE_CONFIGS,
  INCREMENTAL_ALTER_CONFIGS,
  METADATA,
  PRODUCE,
} from '../integration/bad-input/apis.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { conformanceFolder, removeFolder } from '../support/conformance/test-cluster.ts';
import { JvmBroker } from '../support/jvm-broker.ts';
import { eventually } from '../support/zookeeper.ts';

jest.setTimeout(120_000);

const KLASSIK = 0;
const JVM = 1;
const KINDS = [
  [KLASSIK, 'Klassik'],
  [JVM, 'the original'],
] as const;
const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const DELETE = 1;
const RECORD_BYTES = 2000;
const TOO_SMALL = '1000';
const TIMEOUT_MS = 30_000;
const CHANGES = '/config/changes';
const PURGED_AFTER_MS = 15 * 60_000;

const runtime = createNodeRuntime();

describeNeeding(KAFKA_JARS, 'a broker of Klassik and one of the original', (libraries) => {
  let dir: string;
  let cluster: Cluster;
  let jvm: JvmBroker;
  let zkClient: KafkaZkClient;
  const clients = new Map<number, NetworkClient>();

  beforeAll(async () => {
    dir = await conformanceFolder();
    cluster = await startCluster({
      dir: join(dir, 'klassik'),
      brokers: 1,
      port: 0,
      zookeeperPort: 0,
      host: '127.0.0.1',
    });
    const { zookeeperConnect } = cluster;
    jvm = await JvmBroker.create({ id: JVM, libraries, dir, zookeeperConnect });
    await jvm.start();
    zkClient = await connectKafkaZkClient({ connect: zookeeperConnect, sessionTimeoutMs: 10_000, runtime });
    for (const [id, address] of [
      [KLASSIK, cluster.bootstrap] as const,
      [JVM, `127.0.0.1:${jvm.port}`] as const,
    ]) {
      const [host = '', port = ''] = address.split(':');
      const client = await NetworkClient.connect(
        runtime,
        { host, port: Number(port) },
        { clientId: 'config-changes' },
      );
      clients.set(id, client);
    }
    for (const [leader] of KINDS) await create(topicOf(leader), leader);
  });

  afterAll(async () => {
    for (const client of clients.values()) client.close();
    await zkClient.close();
    await jvm.kill();
    await cluster.stop();
    await removeFolder(dir);
  });

  const topicOf = (leader: number): string => `led-by-${leader}`;
  const client = (id: number): NetworkClient => clients.get(id)!;

  async function create(name: string, leader: number): Promise<void> {
    await client(KLASSIK).send(...CREATE_TOPICS, 5, {
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [leader] }],
          configs: [],
        },
      ],
      timeoutMs: TIMEOUT_MS,
    });
    await eventually(async () => (await produce(leader)) === 'NONE', `${name} is served`, TIMEOUT_MS);
    for (const [id] of KINDS)
      await eventually(() => knows(id, name), `broker ${id} knows of ${name}`, TIMEOUT_MS);
  }

  async function knows(id: number, name: string): Promise<boolean> {
    const { topics } = await client(id).send(...METADATA, 8, {
      topics: [{ name }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    });
    return topics[0]?.errorCode === 0;
  }

  /** To the topic that the broker leads. */
  async function produce(leader: number): Promise<string> {
    const record = { value: Buffer.alloc(RECORD_BYTES), timestamp: Date.now() };
    const { responses } = await client(leader).send(...PRODUCE, 8, {
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [
        {
          name: topicOf(leader),
          partitionData: [{ index: 0, records: buildBatch({ records: [record] }) }],
        },
      ],
    });
    return errorNameOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
  }

  async function alter(
    asked: number,
    [resourceType, resourceName]: readonly [number, string],
    name: string,
    value: string | null,
  ): Promise<string> {
    const { responses } = await client(asked).send(...INCREMENTAL_ALTER_CONFIGS, 1, {
      resources: [
        {
          resourceType,
          resourceName,
          configs: [{ name, configOperation: value === null ? DELETE : SET, value }],
        },
      ],
      validateOnly: false,
    });
    return errorNameOf(responses[0]?.errorCode ?? -1);
  }

  async function told(asked: number, topic: string, key: string): Promise<unknown> {
    const { results } = await client(asked).send(...DESCRIBE_CONFIGS, 4, {
      resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: [key] }],
      includeSynonyms: true,
    });
    return results[0]?.configs.map(({ name, value, configSource, synonyms }) => ({
      name,
      value,
      configSource,
      synonyms,
    }));
  }

  const untilProduced = (leader: number, outcome: string): Promise<void> =>
    eventually(
      async () => (await produce(leader)) === outcome,
      `broker ${leader} answers ${outcome}`,
      TIMEOUT_MS,
    );

  const pairs = KINDS.flatMap(([asked, askedKind]) =>
    KINDS.map(([leader, leaderKind]) => ({ asked, askedKind, leader, leaderKind })),
  );

  test.each(pairs)(
    'a topic that $leaderKind leads, changed through $askedKind',
    async ({ asked, leader }) => {
      const topic = [TOPIC, topicOf(leader)] as const;
      expect(await alter(asked, topic, 'max.message.bytes', TOO_SMALL)).toBe('NONE');
      await untilProduced(leader, 'MESSAGE_TOO_LARGE');
      const [klassik, original] = await Promise.all(
        KINDS.map(([id]) => told(id, topicOf(leader), 'max.message.bytes')),
      );
      expect(klassik).toEqual(original);
      expect(await alter(asked, topic, 'max.message.bytes', null)).toBe('NONE');
      await untilProduced(leader, 'NONE');
    },
  );

  test.each(KINDS.map(([asked, kind]) => ({ asked, kind })))(
    'the default of all brokers, changed through $kind',
    async ({ asked }) => {
      expect(await alter(asked, [BROKER, ''], 'message.max.bytes', TOO_SMALL)).toBe('NONE');
      for (const [leader] of KINDS) await untilProduced(leader, 'MESSAGE_TOO_LARGE');
      const [klassik, original] = await Promise.all(
        KINDS.map(([id]) => told(id, topicOf(JVM), 'max.message.bytes')),
      );
      expect(klassik).toEqual(original);
      expect(await alter(asked, [BROKER, ''], 'message.max.bytes', null)).toBe('NONE');
      for (const [leader] of KINDS) await untilProduced(leader, 'NONE');
    },
  );

  test('a notification as old tools write it, for a topic', async () => {
    for (const [leader] of KINDS) {
      await noteAsOldTool('topics', topicOf(leader), { 'max.message.bytes': TOO_SMALL });
      await untilProduced(leader, 'MESSAGE_TOO_LARGE');
      await noteAsOldTool('topics', topicOf(leader), {});
      await untilProduced(leader, 'NONE');
    }
  });

  test('old tools knew nothing of brokers: such a notification is passed over', async () => {
    await noteAsOldTool('brokers', DEFAULT_ENTITY_NAME, { 'message.max.bytes': TOO_SMALL });
    for (const [leader] of KINDS) {
      const topic = [TOPIC, topicOf(leader)] as const;
      expect(await alter(leader, topic, 'max.message.bytes', '100')).toBe('NONE');
      await untilProduced(leader, 'MESSAGE_TOO_LARGE');
      expect(await alter(leader, topic, 'max.message.bytes', null)).toBe('NONE');
      await untilProduced(leader, 'NONE');
    }
    await noteAsOldTool('brokers', DEFAULT_ENTITY_NAME, {});
  });

  async function noteAsOldTool(
    type: string,
    name: string,
    config: Readonly<Record<string, string>>,
  ): Promise<void> {
    const data = Buffer.from(JSON.stringify({ version: 1, config }));
    await zkClient.znodes.setOrCreate(`/config/${type}/${name}`, data);
    await zkClient.znodes.create(
      `${CHANGES}/config_change_`,
      Buffer.from(JSON.stringify({ version: 1, entity_type: type, entity_name: name })),
      'persistent-sequential',
    );
  }

  test('what cannot be read holds up nobody, and is removed like all that is old', async () => {
    await zkClient.znodes.create(
      `${CHANGES}/config_change_`,
      Buffer.from('not JSON'),
      'persistent-sequential',
    );
    expect((await zkClient.znodes.children(CHANGES)).length).toBeGreaterThan(10);
    const inAnHour = new ChangeNotificationListener({
      zkClient,
      clock: { ...runtime.clock, wallMs: () => runtime.clock.wallMs() + 2 * PURGED_AFTER_MS },
      logger: runtime.logger,
      root: CHANGES,
      prefix: 'config_change_',
      process: () => undefined,
    });
    await inAnHour.start();
    await inAnHour.close();
    expect(await zkClient.znodes.children(CHANGES)).toEqual([]);
    for (const [leader] of KINDS) {
      const topic = [TOPIC, topicOf(leader)] as const;
      expect(await alter(1 - leader, topic, 'max.message.bytes', TOO_SMALL)).toBe('NONE');
      await untilProduced(leader, 'MESSAGE_TOO_LARGE');
    }
  });
});
