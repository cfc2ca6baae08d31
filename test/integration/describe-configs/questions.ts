/** What is asked, one after the other: the changes in between stay. */
import { BROKER, TOPIC, type World } from './world.ts';

const OF_A_TOPIC = {
  'retention.ms': '1234',
  'cleanup.policy': 'compact',
  'compression.type': 'zstd',
  'min.insync.replicas': '2',
  'message.timestamp.type': 'LogAppendTime',
  'leader.replication.throttled.replicas': '0:0',
  'min.cleanable.dirty.ratio': '0.25',
};
const OF_ALL_BROKERS = {
  'log.retention.ms': '7200000',
  'log.segment.bytes': '2000000',
  'message.max.bytes': '500000',
  'log.cleaner.min.cleanable.ratio': '0.75',
};
const OF_THE_BROKER = {
  'log.retention.ms': '3600000',
  'min.insync.replicas': '1',
  'leader.replication.throttled.rate': '1000000',
};

type Question = (world: World) => Promise<unknown>;

export const QUESTIONS: Readonly<Record<string, Question>> = {
  'a topic without configs': async (world) => {
    await world.createTopic('plain', {});
    return world.ask({ type: TOPIC, name: 'plain' });
  },
  'a topic with configs': async (world) => {
    await world.createTopic('configured', OF_A_TOPIC);
    return world.ask({ type: TOPIC, name: 'configured' });
  },
  'some keys of a topic': (world) =>
    world.ask({ type: TOPIC, name: 'configured', keys: ['retention.ms', 'no.such.key', 'segment.bytes'] }),
  'a topic, neither synonyms nor documentation': (world) =>
    world.ask({ type: TOPIC, name: 'configured', includeSynonyms: false, includeDocumentation: false }),
  'a topic, v0': (world) => world.ask({ type: TOPIC, name: 'configured', version: 0 }),
  'a topic, v1': (world) => world.ask({ type: TOPIC, name: 'configured', version: 1 }),
  'a topic that does not exist': (world) => world.ask({ type: TOPIC, name: 'missing' }),
  'the broker': (world) => world.ask({ type: BROKER, name: '0' }),
  'the broker, v0': (world) => world.ask({ type: BROKER, name: '0', version: 0 }),
  'some keys of the broker': (world) =>
    world.ask({
      type: BROKER,
      name: '0',
      keys: ['log.retention.ms', 'a.plugin.password', 'no.such.key', 'log.roll.hours'],
    }),
  'all brokers, nothing set': (world) => world.ask({ type: BROKER, name: '' }),
  'all brokers, something set': async (world) => {
    await world.set(BROKER, '', OF_ALL_BROKERS);
    return world.ask({ type: BROKER, name: '' });
  },
  'the broker, something set for all': (world) => world.ask({ type: BROKER, name: '0' }),
  'the broker, something set for it': async (world) => {
    await world.set(BROKER, '0', OF_THE_BROKER);
    return world.ask({ type: BROKER, name: '0' });
  },
  'a topic without configs, dynamic defaults': (world) => world.ask({ type: TOPIC, name: 'plain' }),
  'a topic with configs, dynamic defaults': (world) => world.ask({ type: TOPIC, name: 'configured' }),
};
