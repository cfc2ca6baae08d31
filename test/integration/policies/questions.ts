/** What is asked of a broker with policies that tell in their refusals what they were asked, one after another. */
import { APPEND, BROKER, BROKER_LOGGER, DELETE, SUBTRACT, TOPIC, type World } from './world.ts';

type Question = (world: World) => Promise<unknown>;

const CREATED: Readonly<Record<string, Question>> = {
  'a topic that passes': (world) => world.create({ name: 'orders', numPartitions: 2, replicationFactor: 1 }),
  'a topic by counts': (world) =>
    world.create({
      name: 'refused',
      numPartitions: 3,
      replicationFactor: 1,
      configs: { 'retention.ms': '5' },
    }),
  'a topic by the defaults': (world) => world.create({ name: 'refused' }),
  'a topic by assignments': (world) =>
    world.create({ name: 'refused', assignments: [[0], [0]], configs: { 'retention.ms': '5', 'a.b': 'c' } }),
  'a topic by assignments, with settings that are right': (world) =>
    world.create({ name: 'refused', assignments: [[0], [0]], configs: { 'retention.ms': '5' } }),
  'a topic by assignments to brokers that are not there': (world) =>
    world.create({ name: 'refused', assignments: [[7], [8]] }),
  'a topic that is only validated': (world) => world.create({ name: 'refused', validateOnly: true }),
  'a topic that passes and is only validated': (world) => world.create({ name: 'later', validateOnly: true }),
  'a topic that is called invalid': (world) => world.create({ name: 'invalid' }),
  'a policy that fails': (world) => world.create({ name: 'broken' }),
  'a topic that could not be created anyway': (world) =>
    world.create({ name: 'refused', replicationFactor: 9 }),
  'a setting that is wrong anyway': (world) =>
    world.create({ name: 'refused', configs: { 'retention.ms': 'soon' } }),
  'a topic that somebody asks about': (world) => world.autoCreate('refused-when-asked'),
  'more partitions': (world) => world.addPartitions('orders', 3),
};

const ALTERED: Readonly<Record<string, Question>> = {
  'a setting that passes': (world) => world.alter(TOPIC, 'orders', [['retention.ms', '1000']]),
  'a setting of a topic': (world) => world.alter(TOPIC, 'orders', [['retention.ms', '1111']]),
  'settings that are set, deleted, appended and subtracted': (world) =>
    world.alter(TOPIC, 'orders', [
      ['retention.ms', '1111'],
      ['segment.ms', null, DELETE],
      ['cleanup.policy', 'compact', APPEND],
      ['leader.replication.throttled.replicas', '0:0', SUBTRACT],
    ]),
  'a setting that is only validated': (world) =>
    world.alter(TOPIC, 'orders', [['retention.ms', '1111']], true),
  'a setting that is called invalid': (world) => world.alter(TOPIC, 'orders', [['retention.ms', '2222']]),
  'a policy that fails at a setting': (world) => world.alter(TOPIC, 'orders', [['retention.ms', '3333']]),
  'settings as a whole': (world) => world.alterWhole(TOPIC, 'orders', [['retention.ms', '1111']]),
  'settings as a whole that pass': (world) => world.alterWhole(TOPIC, 'orders', [['segment.ms', '100000']]),
  'a setting beside a wrong one': (world) =>
    world.alter(TOPIC, 'orders', [
      ['retention.ms', '1111'],
      ['segment.ms', 'soon'],
    ]),
  'a setting of a topic that is not there': (world) =>
    world.alter(TOPIC, 'nowhere', [['retention.ms', '1111']]),
  'a setting of the broker': (world) => world.alter(BROKER, '0', [['log.retention.ms', '1111']]),
  'a setting of the broker that is only validated': (world) =>
    world.alter(BROKER, '0', [['log.retention.ms', '1111']], true),
  'a setting of the broker as a whole': (world) =>
    world.alterWhole(BROKER, '0', [['log.retention.ms', '1111']]),
  'a setting of all brokers': (world) => world.alter(BROKER, '', [['log.retention.ms', '1111']]),
  'a setting of a broker that it cannot change': (world) =>
    world.alter(BROKER, '0', [
      ['log.retention.ms', '1111'],
      ['broker.id', '5'],
    ]),
  'the level of a logger': (world) => world.alter(BROKER_LOGGER, '0', [['kafka.log.LogCleaner', 'DEBUG']]),
};

export const QUESTIONS: Readonly<Record<string, Question>> = { ...CREATED, ...ALTERED };
