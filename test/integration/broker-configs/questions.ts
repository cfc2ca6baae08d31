/** What is asked about a broker's configs and loggers, one after another; a later question sees what an earlier one left. */
import { APPEND, BROKER, BROKER_LOGGER, DELETE, SUBTRACT, type Change, type World } from './world.ts';

export type Question = (world: World) => Promise<unknown>;

/** Nothing is changed. */
const wouldBe =
  (...changes: Change[]): Question =>
  (world) =>
    world.alter(BROKER, '0', changes, true);
const wouldBeOfAll =
  (...changes: Change[]): Question =>
  (world) =>
    world.alter(BROKER, '', changes, true);

const plain = (world: World): string => `PLAINTEXT://127.0.0.1:${world.port}`;
const MAP = 'PLAINTEXT:PLAINTEXT,EXTRA:PLAINTEXT,OTHER:PLAINTEXT';

const VALIDATION: Readonly<Record<string, Question>> = {
  'half the threads, rounded down': wouldBe(['num.network.threads', '1']),
  'fewer than half the threads': wouldBe(['num.io.threads', '3']),
  'more than double the threads': wouldBe(['num.network.threads', '7']),
  'a listener of more than double the threads': wouldBe(['listener.name.plaintext.num.network.threads', '7']),
  'no threads': wouldBe(['num.io.threads', '0']),
  'threads that are no number': wouldBe(['num.io.threads', 'many']),
  'more than double the fetchers': wouldBeOfAll(['num.replica.fetchers', '3']),
  'double the threads of recovery': wouldBeOfAll(['num.recovery.threads.per.data.dir', '2']),
  'more than double the threads of the background': wouldBeOfAll(['background.threads', '21']),
  'no cleaner threads': wouldBe(['log.cleaner.threads', '0']),
  'two cleaner threads': wouldBe(['log.cleaner.threads', '2']),
  'three cleaner threads': wouldBe(['log.cleaner.threads', '3']),
  'a cleaner with a small map': wouldBe(['log.cleaner.dedupe.buffer.size', '1000']),
  'a cleaner with a small map, for all': wouldBeOfAll(['log.cleaner.dedupe.buffer.size', '1048576']),
  'a cleaner with a full map': wouldBe(['log.cleaner.io.buffer.load.factor', '2.5']),
  'a cleaner without a buffer': wouldBe(['log.cleaner.io.buffer.size', '-1']),
  'a cleaner that never pauses': wouldBe(['log.cleaner.backoff.ms', '-1']),
  'a cleaner that is slow': wouldBe(['log.cleaner.io.max.bytes.per.second', '0.5']),
  'a producer id that never expires': wouldBe(['producer.id.expiration.ms', '-1']),
  'a producer id that expires at once': wouldBe(['producer.id.expiration.ms', '0']),
  'no verification of transactions': wouldBeOfAll(['transaction.partition.verification.enable', 'false']),
  'no connections': wouldBe(['max.connections', '0']),
  'connections below nothing': wouldBe(['max.connections', '-1']),
  'no connections of a listener': wouldBe(['listener.name.plaintext.max.connections', '0']),
  'connections of a listener of all brokers': wouldBeOfAll(['listener.name.plaintext.max.connections', '5']),
  'no connections of an address': wouldBe(['max.connections.per.ip', '0']),
  'no connections of an address but one': wouldBe(
    ['max.connections.per.ip', '0'],
    ['max.connections.per.ip.overrides', '127.0.0.1:5'],
  ),
  'an address that is none': wouldBe(['max.connections.per.ip.overrides', 'no host:5']),
  'an address without a number': wouldBe(['max.connections.per.ip.overrides', '127.0.0.1']),
  'an address with a number that is none': wouldBe(['max.connections.per.ip.overrides', '127.0.0.1:x']),
  'the rate of new connections': wouldBeOfAll(['max.connection.creation.rate', '10']),
  'the rate of new connections below nothing': wouldBeOfAll(['max.connection.creation.rate', '-1']),
  'the rate of new connections of a listener': wouldBe([
    'listener.name.plaintext.max.connection.creation.rate',
    '10',
  ]),
  'hours of retention': wouldBe(['log.retention.hours', '5']),
  'minutes of retention': wouldBe(['log.retention.minutes', '5']),
  'hours of a segment': wouldBe(['log.roll.hours', '5']),
  'a segment that is too small': wouldBe(['log.segment.bytes', '13']),
  'local retention above the whole': wouldBe(
    ['log.retention.ms', '1000'],
    ['log.local.retention.ms', '2000'],
  ),
  'local retention without end': wouldBe(['log.retention.ms', '1000'], ['log.local.retention.ms', '-1']),
  'local bytes above all': wouldBe(['log.retention.bytes', '1000'], ['log.local.retention.bytes', '2000']),
  'local bytes without end': wouldBe(['log.retention.bytes', '1000'], ['log.local.retention.bytes', '-1']),
  'a lag that is longer than the longest': wouldBe(
    ['log.cleaner.min.compaction.lag.ms', '10'],
    ['log.cleaner.max.compaction.lag.ms', '5'],
  ),
  'a bound on what is not in sync': wouldBe(['min.insync.replicas', '0']),
  'a format of messages': wouldBe(['log.message.format.version', '2.8']),
  'a format of messages that is none': wouldBe(['log.message.format.version', '9.9']),
  'a compression that is none': wouldBe(['compression.type', 'zip']),
  'reporters that are no classes': wouldBe(['metric.reporters', 'no.such.Class']),
  'no reporters': wouldBe(['metric.reporters', '']),
  'a reader of tiered storage more than double': wouldBe(['remote.log.reader.threads', '21']),
  'no reader of tiered storage': wouldBe(['remote.log.reader.threads', '0']),
  'no bound on tiered storage': wouldBe(['remote.log.manager.copy.max.bytes.per.second', '0']),
  'a cache of tiered storage of nothing': wouldBe(['remote.log.index.file.cache.total.size.bytes', '0']),
  'a password without an encoder': wouldBe(['listener.name.plaintext.ssl.keystore.password', 'secret']),
  'a password of all': wouldBeOfAll(['ssl.keystore.password', 'secret']),
  'a password of SASL': wouldBe(['listener.name.plaintext.plain.sasl.jaas.config', 'x y;']),
  'the id of a broker': wouldBe(['broker.id', '1']),
  'the log dirs': wouldBe(['log.dirs', '/nowhere']),
  'the listener between brokers': wouldBe(['inter.broker.listener.name', 'EXTRA']),
  'listeners of all brokers': (world) => world.alter(BROKER, '', [['listeners', plain(world)]], true),
  'a map of protocols of all brokers': wouldBeOfAll(['listener.security.protocol.map', MAP]),
};

const listeners =
  (...changes: (readonly [string, (world: World) => string])[]): Question =>
  (world) =>
    world.alter(
      BROKER,
      '0',
      changes.map(([name, value]): Change => [name, value(world)]),
      true,
    );

const LISTENER_VALIDATION: Readonly<Record<string, Question>> = {
  'a listener that no protocol is mapped to': listeners([
    'listeners',
    (world) => `${plain(world)},EXTRA://127.0.0.1:${world.freePorts[0]}`,
  ]),
  'a listener, mapped': listeners(
    ['listener.security.protocol.map', () => MAP],
    ['listeners', (world) => `${plain(world)},EXTRA://127.0.0.1:${world.freePorts[0]}`],
  ),
  'a map without the listener there is': listeners([
    'listener.security.protocol.map',
    () => 'EXTRA:PLAINTEXT',
  ]),
  'a map with a protocol that is none': listeners(['listener.security.protocol.map', () => 'PLAINTEXT:NONE']),
  'another protocol of a listener there is': listeners([
    'listener.security.protocol.map',
    () => 'PLAINTEXT:SASL_PLAINTEXT',
  ]),
  'no listeners': listeners(['listeners', () => '']),
  'listeners that cannot be read': listeners(['listeners', () => 'PLAINTEXT']),
  'a port twice': listeners(
    ['listener.security.protocol.map', () => MAP],
    ['listeners', (world) => `${plain(world)},EXTRA://127.0.0.1:${world.port}`],
  ),
  'a name twice': listeners([
    'listeners',
    (world) => `${plain(world)},PLAINTEXT://127.0.0.1:${world.freePorts[0]}`,
  ]),
  'without the listener between brokers': listeners(
    ['listener.security.protocol.map', () => MAP],
    ['listeners', (world) => `EXTRA://127.0.0.1:${world.freePorts[0]}`],
  ),
  'advertised without the listener between brokers': listeners(
    ['listener.security.protocol.map', () => MAP],
    ['listeners', (world) => `${plain(world)},EXTRA://127.0.0.1:${world.freePorts[0]}`],
    ['advertised.listeners', (world) => `EXTRA://127.0.0.1:${world.freePorts[0]}`],
  ),
  'advertised what there is not': listeners(
    ['listener.security.protocol.map', () => MAP],
    ['advertised.listeners', (world) => `${plain(world)},EXTRA://127.0.0.1:${world.freePorts[0]}`],
  ),
  'advertised everywhere': listeners([
    'advertised.listeners',
    (world) => `PLAINTEXT://0.0.0.0:${world.port}`,
  ]),
  'advertised nothing': listeners(['advertised.listeners', () => '']),
  'the listener there is on another port': listeners([
    'listeners',
    (world) => `PLAINTEXT://127.0.0.1:${world.freePorts[0]}`,
  ]),
  'what a listener that is there cannot change': listeners([
    'listener.name.plaintext.connections.max.idle.ms',
    () => '1000',
  ]),
  'what nobody knows, of a listener that is there': listeners(['listener.name.plaintext.no.such', () => '1']),
  'what nobody knows, of a listener that is not there': listeners(['listener.name.extra.no.such', () => '1']),
};

const keysOfListeners = ['listeners', 'advertised.listeners', 'listener.security.protocol.map'];
const has =
  (name: string) =>
  (endpoints: readonly string[]): boolean =>
    endpoints.some((each) => each.startsWith(`${name}://`));

const LISTENERS: Readonly<Record<string, Question>> = {
  'a listener is added and advertised': async (world) => [
    await world.alter(BROKER, '0', [
      ['listener.security.protocol.map', MAP],
      ['listeners', `${plain(world)},EXTRA://127.0.0.1:${world.freePorts[0]}`],
      ['advertised.listeners', `${plain(world)},EXTRA://localhost:${world.freePorts[0]}`],
    ]),
    await world.registeredWhen(has('EXTRA')),
    await world.metadataAt(world.freePorts[0], 'localhost'),
    await world.metadataAt(world.port, '<port>'),
    await world.describe(BROKER, '0', keysOfListeners),
  ],
  'another address is advertised': async (world) => [
    await world.alter(BROKER, '0', [
      ['advertised.listeners', `${plain(world)},EXTRA://elsewhere:${world.freePorts[1]}`],
    ]),
    await world.registeredWhen((endpoints) => endpoints.some((each) => each.includes('elsewhere'))),
    await world.metadataAt(world.freePorts[0], 'elsewhere'),
  ],
  'the listener is exchanged for another': async (world) => {
    const answer = await world.alter(BROKER, '0', [
      ['listeners', `${plain(world)},OTHER://127.0.0.1:${world.freePorts[1]}`],
      ['advertised.listeners', `${plain(world)},OTHER://127.0.0.1:${world.freePorts[1]}`],
    ]);
    await world.untilGone(world.freePorts[0]);
    return [
      answer,
      await world.registeredWhen(has('OTHER')),
      await world.metadataAt(world.freePorts[1], '<port 2>'),
    ];
  },
  'all is taken back': async (world) => {
    const answer = await world.alter(
      BROKER,
      '0',
      keysOfListeners.map((key): Change => [key, null, DELETE]),
    );
    await world.untilGone(world.freePorts[1]);
    return [
      answer,
      await world.registeredWhen((endpoints) => endpoints.length === 1),
      await world.describe(BROKER, '0', keysOfListeners),
    ];
  },
};

const LOGGER = 'kafka.log.LogCleaner';
const LOGGERS = [LOGGER, 'kafka.controller.KafkaController', 'kafka.server.ZkAdminManager', 'root'];
const ofLoggers =
  (...changes: Change[]): Question =>
  async (world) => [
    await world.alter(BROKER_LOGGER, '0', changes),
    await world.describe(BROKER_LOGGER, '0', LOGGERS),
  ];

const LOGGER_LEVELS: Readonly<Record<string, Question>> = {
  'the root begins as it is here': ofLoggers(['root', 'INFO']),
  'levels of loggers': ofLoggers([LOGGER, 'DEBUG'], ['kafka.controller.KafkaController', 'ERROR']),
  'a level in small letters': ofLoggers([LOGGER, 'warn']),
  'a level that is none': ofLoggers([LOGGER, 'LOUD']),
  'a level of log4j that Kafka has not': ofLoggers([LOGGER, 'OFF']),
  'an empty level': ofLoggers([LOGGER, '']),
  'a logger that is none': ofLoggers(['no.such.Logger', 'INFO']),
  'a logger that is none, beside one': ofLoggers([LOGGER, 'TRACE'], ['no.such.Logger', 'INFO']),
  'the last part of a name': ofLoggers(['LogCleaner', 'INFO']),
  'a logger is let go': ofLoggers([LOGGER, null, DELETE]),
  'a logger is let go again': ofLoggers([LOGGER, '', DELETE]),
  'a logger that is none is let go': ofLoggers(['no.such.Logger', null, DELETE]),
  'the root is let go': ofLoggers(['root', null, DELETE]),
  'the level of the root holds for others': ofLoggers(['root', 'WARN']),
  'and back': ofLoggers(['root', 'INFO']),
  'a level is appended': ofLoggers([LOGGER, 'INFO', APPEND]),
  'a level is subtracted': ofLoggers([LOGGER, 'INFO', SUBTRACT]),
  'an operation that is none': ofLoggers([LOGGER, 'INFO', 9]),
  'a level of null': ofLoggers([LOGGER, null]),
  'a logger twice': ofLoggers([LOGGER, 'INFO'], [LOGGER, 'DEBUG']),
  'nothing is changed': ofLoggers(),
  'only validated': async (world) => [
    await world.alter(BROKER_LOGGER, '0', [[LOGGER, 'TRACE']], true),
    await world.describe(BROKER_LOGGER, '0', LOGGERS),
  ],
  'loggers of another broker': async (world) => [
    await world.alter(BROKER_LOGGER, '1', [[LOGGER, 'TRACE']]),
    await world.describe(BROKER_LOGGER, '1', LOGGERS),
  ],
  'loggers of a broker without a name': async (world) => [
    await world.alter(BROKER_LOGGER, '', [[LOGGER, 'TRACE']]),
    await world.describe(BROKER_LOGGER, '', LOGGERS),
  ],
  'loggers of a broker whose id is no number': async (world) => [
    await world.alter(BROKER_LOGGER, 'one', [[LOGGER, 'TRACE']]),
    await world.describe(BROKER_LOGGER, 'one', LOGGERS),
  ],
  'levels as a whole': async (world) => [
    await world.alterWhole(BROKER_LOGGER, '0', [[LOGGER, 'TRACE']]),
    await world.describe(BROKER_LOGGER, '0', LOGGERS),
  ],
  'loggers that are none': (world) => world.describe(BROKER_LOGGER, '0', ['no.such.Logger']),
  'a logger goes back': ofLoggers([LOGGER, null, DELETE], ['kafka.controller.KafkaController', null, DELETE]),
};

const CHANGED: Readonly<Record<string, Question>> = {
  'threads are set and told': async (world) => [
    await world.alter(BROKER, '0', [['num.io.threads', '16']]),
    await world.alter(BROKER, '', [['log.cleaner.threads', '2']]),
    await world.until('the values', async () => {
      const told = await world.describe(BROKER, '0', ['num.io.threads', 'log.cleaner.threads']);
      return /"log.cleaner.threads=2/.test(JSON.stringify(told)) ? told : undefined;
    }),
  ],
  'from what it is now, it may double again': wouldBe(['num.io.threads', '32']),
  'from what it is now, it may not go back by more than half': wouldBe(['num.io.threads', '7']),
  'taken back it may': wouldBe(['num.io.threads', null, DELETE]),
  'a password is set without an encoder': (world) =>
    world.alter(BROKER, '0', [['listener.name.plaintext.ssl.keystore.password', 'secret']]),
  'a password is set for all': (world) =>
    world.alter(BROKER, '', [['listener.name.plaintext.ssl.keystore.password', 'secret']]),
  'taken back it is': async (world) => [
    await world.alter(BROKER, '0', [['num.io.threads', null, DELETE]]),
    await world.alter(BROKER, '', [['log.cleaner.threads', null, DELETE]]),
  ],
};

export const QUESTIONS: Readonly<Record<string, Question>> = {
  ...VALIDATION,
  ...LISTENER_VALIDATION,
  ...LISTENERS,
  ...LOGGER_LEVELS,
  ...CHANGED,
};
