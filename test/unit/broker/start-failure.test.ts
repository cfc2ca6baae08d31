import { describe, expect, test } from '@jest/globals';
import { explainStartFailure } from '../../../src/broker/start-failure.ts';
import { unservedSetting } from '../../../src/broker/unserved-settings.ts';
import { BrokerConfig, ConfigError } from '../../../src/config/index.ts';
import { LogDirLockedError } from '../../../src/storage/index.ts';
import { ZkError } from '../../../src/zookeeper/index.ts';

const configOf = (properties: Record<string, string> = {}): BrokerConfig =>
  BrokerConfig.parse({
    'broker.id': '1',
    'zookeeper.connect': 'zk:2181/kafka',
    'zookeeper.connection.timeout.ms': '4000',
    'log.dirs': '/data/a,/data/b',
    ...properties,
  }).config;

const explain = (error: unknown): Promise<string | undefined> =>
  explainStartFailure(error, configOf(), (port) => Promise.resolve(`node (pid ${port}0)`));

const systemError = (fields: object): Error => Object.assign(new Error('system'), fields);

describe('a failure to start is one sentence that says what to change', () => {
  test.each([
    [new ZkError('ConnectionLoss'), 'no ZooKeeper answered at zk:2181/kafka within 4000 ms'],
    [new ZkError('NoAuth', '/brokers'), 'zk:2181/kafka refuses this broker'],
    [new RangeError('"a:b" in zookeeper.connect is not host:port'), '"a:b" in zookeeper.connect'],
    [new LogDirLockedError('Failed to acquire lock on file .lock in /data/a.'), 'log.dirs of its own'],
    [new ConfigError('k', 'v', 'Value must be right'), 'Invalid value v for configuration k: Value must be'],
    [
      systemError({ code: 'EADDRINUSE', syscall: 'listen', address: '::', port: 9092 }),
      'failed to bind to [::]:9092: the port is in use by node (pid 90920)',
    ],
    [
      systemError({ code: 'EADDRNOTAVAIL', syscall: 'listen', address: '1.2.3.4', port: 9092 }),
      'bind to 1.2.3.4:9092: this machine has no such address',
    ],
    [
      systemError({ code: 'EACCES', syscall: 'listen', address: '0.0.0.0', port: 80 }),
      'bind to 0.0.0.0:80: this user may not open that port',
    ],
    [
      systemError({ code: 'EACCES', syscall: 'open', path: '/data/b/meta.properties.tmp' }),
      'Log dir /data/b cannot be used: this user may not write there',
    ],
    [systemError({ code: 'ENOENT', syscall: 'open', path: '/trace/x' }), '/trace/x cannot be used'],
  ])('%s', async (error, words) => {
    expect(await explain(error)).toContain(words);
  });

  test('a bug has no sentence: its stack is wanted', async () => {
    expect(await explain(new TypeError('x is not a function'))).toBeUndefined();
    expect(await explain(systemError({ code: 'ECONNRESET', syscall: 'read' }))).toBeUndefined();
  });
});

test('a broker does not start with a promise of protection that it would not keep', () => {
  expect(unservedSetting(configOf())).toBeUndefined();
  const encrypted = { listeners: 'SSL://:9093', 'security.inter.broker.protocol': 'SSL' };
  expect(unservedSetting(configOf(encrypted))).toContain('Listener SSL in listeners asks for SSL');
  expect(unservedSetting(configOf({ 'authorizer.class.name': 'kafka.X' }))).toContain(
    'ACLs are not enforced',
  );
  expect(unservedSetting(configOf({ 'inter.broker.protocol.version': '2.7' }))).toContain('2.8-IV1');
  expect(unservedSetting(configOf({ 'inter.broker.protocol.version': '2.8' }))).toBeUndefined();
  expect(unservedSetting(configOf({ 'zookeeper.ssl.client.enable': 'true' }))).toContain('not encrypted');
});
