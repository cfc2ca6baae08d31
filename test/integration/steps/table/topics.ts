/** Steps 1: brokers come, topics are made, grow, are set up, move and go. Broker 0 is the controller. */
import type { Step } from '../step.ts';
import {
  alterConfigs,
  askForTopic,
  createPartitions,
  createTopic,
  deleteRecords,
  deleteTopic,
  electLeaders,
  findCoordinator,
  initProducerId,
  logDirOf,
  moveToLogDir,
  produce,
  reassign,
  replaceConfigs,
  RESOURCE,
  updateFeature,
} from '../verbs.ts';
import { moved, startOf } from './parts.ts';

const FORMING: readonly Step[] = [
  {
    says: 'broker 0 starts and becomes the controller',
    async take(world) {
      await world.start(0);
      await world.untilData('/controller', (data) => data.includes('"brokerid":0'));
      await world.untilData('/feature', (data) => data !== '');
    },
  },
  {
    says: 'a client asks for the coordinator of a group',
    async take(world) {
      await findCoordinator(world, 0, 'group', 'g1');
      await world.untilStates('__consumer_offsets', 3, ({ leader }) => leader === 0);
    },
  },
  {
    says: 'a client asks for a topic that is not there',
    async take(world) {
      await askForTopic(world, 0, 'asked');
      await world.untilStates('asked', 1, ({ leader }) => leader === 0);
    },
  },
  startOf(1),
  startOf(2),
];

const MAKING: readonly Step[] = [
  {
    says: 'create t1 with three partitions and a config',
    async take(world) {
      const layout = [
        [0, 2],
        [1, 0],
        [2, 1],
      ];
      await createTopic(world, 0, 't1', layout, { 'min.insync.replicas': '1' });
      await world.untilStates('t1', 3, ({ isr }) => isr.length === 2);
    },
  },
  {
    says: 'create my.topic_x',
    async take(world) {
      await createTopic(world, 0, 'my.topic_x', [[0, 1, 2]]);
      await world.untilStates('my.topic_x', 1, ({ isr }) => isr.length === 3);
    },
  },
  {
    says: 'create a fourth partition of t1',
    async take(world) {
      await createPartitions(world, 0, 't1', 4, [[0, 2]]);
      await world.untilStates('t1', 4, ({ isr }) => isr.length === 2);
    },
  },
  {
    says: 'create pa with a replica on a broker there is none of',
    async take(world) {
      await createTopic(world, 0, 'pa', [[0, 9]]);
      await world.untilStates('pa', 1, ({ leader }) => leader === 0);
    },
  },
  {
    says: 'create what is refused',
    async take(world) {
      await createTopic(world, 0, 't1', [[0]], {}, 'TOPIC_ALREADY_EXISTS');
      await createTopic(world, 0, 'a/b', [[0]], {}, 'INVALID_TOPIC_EXCEPTION');
      await createTopic(world, 0, 'my_topic.x', [[0]], {}, 'INVALID_TOPIC_EXCEPTION');
      await createTopic(world, 0, 'twice', [[0, 0]], {}, 'INVALID_REPLICA_ASSIGNMENT');
      await createTopic(world, 0, 'none', 0, {}, 'INVALID_PARTITIONS');
      await createTopic(world, 0, 'odd', [[0]], { foo: 'bar' }, 'INVALID_CONFIG');
      await createTopic(world, 1, 'elsewhere', [[0]], {}, 'NOT_CONTROLLER');
      await deleteTopic(world, 0, 'nowhere', 'UNKNOWN_TOPIC_OR_PARTITION');
    },
  },
  {
    says: 'an idempotent producer at broker 1',
    take: (world) => initProducerId(world, 1, null),
  },
  {
    says: 'an idempotent producer at broker 2',
    take: (world) => initProducerId(world, 2, null),
  },
];

const CONFIGS: readonly Step[] = [
  {
    says: 'a config of a topic is set at broker 1',
    take: (world) => alterConfigs(world, 1, RESOURCE.topic, 't1', { 'retention.ms': '3600000' }),
  },
  {
    says: 'the configs of a topic are replaced at broker 2',
    take: (world) => replaceConfigs(world, 2, RESOURCE.topic, 't1', { 'cleanup.policy': 'delete' }),
  },
  {
    says: 'a config of broker 1 is set',
    take: (world) => alterConfigs(world, 1, RESOURCE.broker, '1', { 'log.cleaner.threads': '2' }),
  },
  {
    says: 'a config of all brokers is set',
    take: (world) => alterConfigs(world, 0, RESOURCE.broker, '', { 'log.retention.ms': '86400000' }),
  },
  {
    says: 'a config of broker 1 is deleted',
    take: (world) => alterConfigs(world, 1, RESOURCE.broker, '1', { 'log.cleaner.threads': null }),
  },
  {
    says: 'broker 1 is advertised elsewhere',
    async take(world) {
      const elsewhere = { 'advertised.listeners': `PLAINTEXT://localhost:${world.broker(1).port}` };
      await alterConfigs(world, 1, RESOURCE.broker, '1', elsewhere);
      await world.untilData('/brokers/ids/1', (data) => data.includes('"host":"localhost"'));
    },
  },
  {
    says: 'broker 1 is advertised where it listens',
    async take(world) {
      await alterConfigs(world, 1, RESOURCE.broker, '1', { 'advertised.listeners': null });
      await world.untilData('/brokers/ids/1', (data) => data.includes('"host":"127.0.0.1"'));
    },
  },
  {
    says: 'a logger of broker 1 is set',
    take: (world) =>
      alterConfigs(world, 1, RESOURCE.brokerLogger, '1', { 'kafka.controller.KafkaController': 'INFO' }),
  },
  {
    says: 'configs that are refused',
    async take(world) {
      await alterConfigs(world, 0, RESOURCE.topic, 't1', { 'retention.ms': 'long' }, 'INVALID_CONFIG');
      await alterConfigs(world, 1, RESOURCE.broker, '1', { 'log.dirs': '/x' }, 'INVALID_REQUEST');
      await alterConfigs(
        world,
        0,
        RESOURCE.topic,
        'nowhere',
        { 'retention.ms': '1' },
        'UNKNOWN_TOPIC_OR_PARTITION',
      );
    },
  },
];

const MOVING: readonly Step[] = [
  {
    says: 'my.topic_x loses its leader in a move',
    async take(world) {
      await reassign(world, 0, 'my.topic_x', 0, [1, 2]);
      await moved(world, 'my.topic_x', 0, [1, 2]);
    },
  },
  {
    says: 't1-0 moves from 0 to 1',
    async take(world) {
      await reassign(world, 0, 't1', 0, [1, 2]);
      await moved(world, 't1', 0, [1, 2]);
    },
  },
  {
    says: 't1-1 moves by znode',
    async take(world) {
      const partitions = [{ topic: 't1', partition: 1, replicas: [2, 1] }];
      await world.write('/admin/reassign_partitions', JSON.stringify({ version: 1, partitions }));
      await moved(world, 't1', 1, [2, 1]);
      await world.untilGone('/admin/reassign_partitions');
    },
  },
  {
    says: 'moves that are refused',
    async take(world) {
      await reassign(world, 0, 't1', 0, [0, 0], 'INVALID_REPLICA_ASSIGNMENT');
      await reassign(world, 0, 't1', 0, [9], 'INVALID_REPLICA_ASSIGNMENT');
      await reassign(world, 0, 't1', 0, null, 'NO_REASSIGNMENT_IN_PROGRESS');
      await reassign(world, 0, 'nowhere', 0, [0], 'UNKNOWN_TOPIC_OR_PARTITION');
    },
  },
  {
    says: 'a replica moves to another log dir',
    async take(world) {
      const from = await logDirOf(world, 1, 'my.topic_x');
      const to = world.broker(1).logDirs.find((dir) => dir !== from);
      if (to === undefined) throw new Error('there is no other log dir');
      await moveToLogDir(world, 1, 'my.topic_x', to);
      await world.until('it is there', async () => (await logDirOf(world, 1, 'my.topic_x')) === to);
    },
  },
  {
    says: 'a preferred leader is elected by znode',
    async take(world) {
      const partitions = [{ topic: 't1', partition: 1 }];
      await world.write('/admin/preferred_replica_election', JSON.stringify({ version: 1, partitions }));
      await world.untilGone('/admin/preferred_replica_election');
    },
  },
  {
    says: 'by znode, what is not there is moved and led',
    async take(world) {
      const partitions = [{ topic: 'nowhere', partition: 0, replicas: [1] }];
      for (const path of ['/admin/reassign_partitions', '/admin/preferred_replica_election']) {
        await world.write(path, JSON.stringify({ version: 1, partitions }));
        await world.untilGone(path);
      }
    },
  },
  {
    says: 'preferred leaders of all are elected where there is no need',
    take: (world) => electLeaders(world, 0, 'preferred', null),
  },
  {
    says: 'records are deleted',
    async take(world) {
      await world.until('a record is written', async () => (await produce(world, 1, 't1')) === 'NONE');
      await deleteRecords(world, 1, 't1', 1);
    },
  },
  {
    says: 'a feature is not supported',
    async take(world) {
      await updateFeature(world, 0, 'metadata.version', 21);
    },
  },
];

const GOING: readonly Step[] = [
  {
    says: 'create td',
    async take(world) {
      const layout = [
        [2, 1, 0],
        [0, 2, 1],
      ];
      await createTopic(world, 0, 'td', layout);
      await world.untilStates('td', 2, ({ isr }) => isr.length === 3);
    },
  },
  {
    says: 'delete td',
    async take(world) {
      await deleteTopic(world, 0, 'td');
      await world.untilGone('/admin/delete_topics/td');
    },
  },
  {
    says: 'create wide with forty partitions',
    async take(world) {
      const layout = Array.from({ length: 40 }, (_, partition) => [partition % 3, (partition + 1) % 3]);
      await createTopic(world, 0, 'wide', layout, { 'segment.ms': '60000', 'retention.ms': '3600000' });
      await world.untilStates('wide', 40, ({ isr }) => isr.length === 2);
    },
  },
  {
    says: 'delete wide',
    async take(world) {
      await deleteTopic(world, 0, 'wide');
      await world.untilGone('/admin/delete_topics/wide');
    },
  },
  {
    says: 'create tz',
    async take(world) {
      await createTopic(world, 0, 'tz', [[1, 2]]);
      await world.untilStates('tz', 1, ({ isr }) => isr.length === 2);
    },
  },
  {
    says: 'delete tz by znode',
    async take(world) {
      await world.write('/admin/delete_topics/tz', '');
      await world.untilGone('/admin/delete_topics/tz');
    },
  },
  {
    says: 'delete by znode what is not there',
    async take(world) {
      await world.write('/admin/delete_topics/nowhere', '');
      await world.untilGone('/admin/delete_topics/nowhere');
    },
  },
];

export const TOPIC_STEPS: readonly Step[] = [...FORMING, ...MAKING, ...CONFIGS, ...MOVING, ...GOING];
