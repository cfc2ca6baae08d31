import { describe, expect, test } from '@jest/globals';
import {
  BrokerConfig,
  ConfigError,
  describeBroker,
  describeTopic,
  metadataVersionOf,
  parseProperties,
  parseQuota,
  TopicConfig,
  validateDynamicProperties,
  validateReconfiguration,
  validateTopicConfig,
} from '../../../src/config/index.ts';

const minimal = { 'zookeeper.connect': 'localhost:2181', 'broker.id': '1' };

function parse(properties: Readonly<Record<string, string>> = {}): BrokerConfig {
  return BrokerConfig.parse({ ...minimal, ...properties }).config;
}

/** The message of the ConfigError that `act` throws. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('a broker configuration', () => {
  test('has the defaults of Kafka where the file is silent', () => {
    const config = parse();
    expect(config.get('log.segment.bytes')).toBe(1073741824);
    expect(config.get('log.retention.ms')).toBeNull();
    expect(config.logRetentionMs).toBe(7 * 24 * 3600 * 1000);
    expect(config.logDirs).toEqual(['/tmp/kafka-logs']);
    expect(config.listeners).toEqual([
      { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: '', port: 9092 },
    ]);
    expect(config.advertisedListeners).toEqual(config.listeners);
  });

  test('keeps unknown keys and reports them, but not those of listeners and the authorizer', () => {
    const { config, unknownKeys } = BrokerConfig.parse({
      ...minimal,
      'my.plugin.url': 'http://x',
      'super.users': 'User:admin',
      'listener.name.external.ssl.keystore.location': '/k',
    });
    expect(unknownKeys).toEqual(['my.plugin.url']);
    expect(config.originals['my.plugin.url']).toBe('http://x');
  });

  test.each([
    [
      { 'log.segment.bytes': '13' },
      'Invalid value 13 for configuration log.segment.bytes: Value must be at least 14',
    ],
    [{ 'num.partitions': 'x' }, 'Invalid value x for configuration num.partitions: Not a number of type INT'],
    [
      { 'num.partitions': '2147483648' },
      'Invalid value 2147483648 for configuration num.partitions: Not a number of type INT',
    ],
    [
      { 'delete.topic.enable': 'yes' },
      'Invalid value yes for configuration delete.topic.enable: Expected value to be either true or false',
    ],
    [
      { 'log.cleanup.policy': 'compact,x' },
      'Invalid value x for configuration log.cleanup.policy: String must be one of: compact, delete',
    ],
    [{ 'log.retention.ms': '0' }, 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1'],
    [
      { 'broker.id': '2000' },
      'broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id',
    ],
    [
      { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' },
      'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
    ],
    [
      { listeners: 'PLAINTEXT://:9092,SSL://:9092' },
      'Each listener must have a different port, listeners: PLAINTEXT://:9092,SSL://:9092',
    ],
    [
      { listeners: 'PLAINTEXT://:9092,PLAINTEXT://:9093' },
      'Each listener must have a different name, listeners: PLAINTEXT://:9092,PLAINTEXT://:9093',
    ],
    [
      { 'inter.broker.listener.name': 'INTERNAL' },
      'Listener with name INTERNAL defined in inter.broker.listener.name not found in listener.security.protocol.map.',
    ],
    [
      { 'control.plane.listener.name': 'control' },
      'Listener with CONTROL defined in control.plane.listener.name not found in listener.security.protocol.map.',
    ],
    [
      { 'control.plane.listener.name': 'SSL' },
      'control.plane.listener.name must be a listener name defined in advertised.listeners.',
    ],
    [
      { 'control.plane.listener.name': 'plaintext' },
      'control.plane.listener.name, when defined, should have a different value from the inter broker listener name.',
    ],
    [
      { 'process.roles': 'broker' },
      'process.roles cannot be set: Klassik is coordinated by ZooKeeper; a KRaft node needs Apache Kafka itself.',
    ],
  ])('refuses %j in words', (properties, message) => {
    expect(refusal(() => parse(properties))).toBe(message);
  });

  test('needs zookeeper.connect', () => {
    expect(refusal(() => BrokerConfig.parse({}))).toContain('zookeeper.connect');
  });

  test('splits the ZooKeeper servers from their chroot', () => {
    const config = parse({ 'zookeeper.connect': 'a:2181,b:2181/kafka/one' });
    expect(config.zookeeperConnect).toEqual({ servers: 'a:2181,b:2181', chroot: '/kafka/one' });
  });

  test('takes retention from the smallest unit that is set', () => {
    expect(parse({ 'log.retention.hours': '1' }).logRetentionMs).toBe(3_600_000);
    expect(parse({ 'log.retention.hours': '1', 'log.retention.minutes': '1' }).logRetentionMs).toBe(60_000);
    expect(parse({ 'log.retention.hours': '-1' }).logRetentionMs).toBe(-1);
  });

  test('lets a dynamic value of the broker win over one of all brokers, and that over the file', () => {
    const file = parse({ 'message.max.bytes': '1000' });
    const all = file.withDynamic({ perBroker: {}, clusterWide: { 'message.max.bytes': '2000' } });
    const own = all.withDynamic({
      perBroker: { 'message.max.bytes': '3000' },
      clusterWide: { 'message.max.bytes': '2000' },
    });
    expect([file, all, own].map((config) => config.get('message.max.bytes'))).toEqual([1000, 2000, 3000]);
    expect([file, all, own].map((config) => config.sourceOf('message.max.bytes'))).toEqual([
      'STATIC_BROKER_CONFIG',
      'DYNAMIC_DEFAULT_BROKER_CONFIG',
      'DYNAMIC_BROKER_CONFIG',
    ]);
  });

  test('shows a listener its own settings above the common ones', () => {
    const config = parse({
      'ssl.keystore.type': 'JKS',
      'listener.name.external.ssl.keystore.type': 'PEM',
    });
    expect(config.forListener('EXTERNAL').get('ssl.keystore.type')).toBe('PEM');
    expect(config.forListener('INTERNAL').get('ssl.keystore.type')).toBe('JKS');
  });
});

describe('a topic configuration', () => {
  test('has its own value, else that of the broker', () => {
    const broker = parse({ 'log.retention.hours': '1', 'log.segment.bytes': '4096' });
    const topic = TopicConfig.of(broker, { 'segment.bytes': '1024' });
    expect(topic.get('segment.bytes')).toBe(1024);
    expect(topic.get('retention.ms')).toBe(3_600_000);
    expect(topic.isCompacted).toBe(false);
  });

  test.each([
    [{ nosuch: '1' }, 'Unknown topic config name: nosuch'],
    [{ 'segment.bytes': '3' }, 'Invalid value 3 for configuration segment.bytes: Value must be at least 14'],
    [
      { 'min.compaction.lag.ms': '2', 'max.compaction.lag.ms': '1' },
      'conflict topic config setting min.compaction.lag.ms (2) > max.compaction.lag.ms (1)',
    ],
  ])('refuses %j', (overrides, message) => {
    expect(refusal(() => validateTopicConfig(overrides))).toBe(message);
  });
});

describe('the description of a configuration', () => {
  test('names every layer a value comes from, the strongest first', () => {
    const broker = parse({ 'log.retention.ms': '2000', 'log.retention.hours': '24' });
    const topic = TopicConfig.of(broker, { 'retention.ms': '1000' });
    const [entry] = describeTopic(topic, broker, ['retention.ms']);
    expect(entry).toMatchObject({ value: '1000', source: 'DYNAMIC_TOPIC_CONFIG', type: 'long' });
    expect(entry?.synonyms).toEqual([
      { name: 'retention.ms', value: '1000', source: 'DYNAMIC_TOPIC_CONFIG' },
      { name: 'log.retention.ms', value: '2000', source: 'STATIC_BROKER_CONFIG' },
      { name: 'log.retention.hours', value: '24', source: 'STATIC_BROKER_CONFIG' },
      { name: 'log.retention.hours', value: '168', source: 'DEFAULT_CONFIG' },
    ]);
  });

  test('hides a coarser unit where the finer one is not set, as the original does', () => {
    const broker = parse({ 'log.retention.hours': '24' });
    const [entry] = describeTopic(TopicConfig.of(broker, {}), broker, ['retention.ms']);
    expect(entry).toMatchObject({ value: '86400000', source: 'DEFAULT_CONFIG', synonyms: [] });
    expect(describeBroker(broker, ['log.roll.ms'])).toMatchObject([{ value: null, synonyms: [] }]);
  });

  test('never shows a password, nor a value of a key nobody knows', () => {
    const broker = parse({ 'ssl.keystore.password': 'secret', 'my.plugin.token': 'secret' });
    const entries = describeBroker(broker, ['ssl.keystore.password', 'my.plugin.token', 'broker.id']);
    expect(entries.map((each) => [each.name, each.value, each.sensitive, each.readOnly])).toEqual([
      ['broker.id', '1', false, true],
      ['ssl.keystore.password', null, true, false],
      ['my.plugin.token', null, true, true],
    ]);
  });
});

describe('a dynamic change of broker keys', () => {
  test('is refused for keys that need a restart', () => {
    expect(refusal(() => validateDynamicProperties({ 'broker.id': '2' }, true))).toBe(
      'Cannot update these configs dynamically: Set(broker.id)',
    );
  });

  test('changes the number of threads by no more than half or double at once', () => {
    const current = parse({ 'background.threads': '10' });
    const change = (count: string) => (): void =>
      validateReconfiguration(
        current,
        current.withDynamic({ perBroker: { 'background.threads': count }, clusterWide: {} }),
      );
    for (const count of ['5', '10', '20']) expect(change(count)).not.toThrow();
    expect(change('4')).toThrow('should be at least half the current value 10');
    expect(change('21')).toThrow('should not be greater than double the current value 10');
  });

  test('is refused for all brokers when the key belongs to one', () => {
    const properties = { 'listener.name.x.ssl.keystore.location': '/k' };
    expect(refusal(() => validateDynamicProperties(properties, false))).toContain(
      'broker id must be specified',
    );
    expect(() => validateDynamicProperties(properties, true)).not.toThrow();
  });
});

test('versions of the protocol between brokers are told in full', () => {
  expect(['3.9', '3.9-IV0', '3.9.1', '2.8', '0.11.0', '0.10.1-IV2'].map(metadataVersionOf)).toEqual([
    '3.9-IV0',
    '3.9-IV0',
    '3.9-IV0',
    '2.8-IV1',
    '0.11.0-IV2',
    '0.10.1-IV2',
  ]);
  expect(['9.9', '3.9-IV7', 'x'].map(metadataVersionOf)).toEqual([undefined, undefined, undefined]);
});

test('a properties file is read as Java reads it', () => {
  const text = '# comment\n! comment\na = 1\nb:two words \\\n   continued\nc\nd=x\\=y\\u0041\na=2\n';
  expect(parseProperties(text)).toEqual({ a: '2', b: 'two words continued', c: '', d: 'x=yA' });
});

test('a quota is a positive number', () => {
  expect(parseQuota('producer_byte_rate', '1024')).toBe(1024);
  expect(refusal(() => parseQuota('producer_byte_rate', '0'))).toContain('greater than 0');
});
