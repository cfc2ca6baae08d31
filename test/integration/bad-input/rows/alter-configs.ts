/**
 * AlterConfigs and IncrementalAlterConfigs (contract sections 7.2 and 8.6). Most rows only validate; those that alter
 * do so to `dotted.name`, which no other row asks for its configs, and tell what DescribeConfigs shows then.
 */
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS } from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

type Change = readonly [name: string, value: string | null, operation?: number];
type Changes = readonly Change[];
type Resource = readonly [type: number, name: string, changes: Changes];

const ALTERED = 'dotted.name';

const incrementally = (
  world: World,
  resources: readonly Resource[],
  validateOnly: boolean,
): Promise<unknown> =>
  world.ask(0, INCREMENTAL_ALTER_CONFIGS, 1, {
    resources: resources.map(([resourceType, resourceName, changes]) => ({
      resourceType,
      resourceName,
      configs: changes.map(([name, value, configOperation = SET]) => ({ name, value, configOperation })),
    })),
    validateOnly,
  });

const asAWhole = (world: World, resources: readonly Resource[], validateOnly: boolean): Promise<unknown> =>
  world.ask(0, ALTER_CONFIGS, 2, {
    resources: resources.map(([resourceType, resourceName, changes]) => ({
      resourceType,
      resourceName,
      configs: changes.map(([name, value]) => ({ name, value })),
    })),
    validateOnly,
  });

const described = (world: World, type: number, name: string, keys: readonly string[]): Promise<unknown> =>
  world.ask(0, DESCRIBE_CONFIGS, 4, {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: [...keys] }],
    includeSynonyms: true,
    includeDocumentation: false,
  });

/** Of a topic, or of another resource. */
const checked = (world: World, changes: Changes, type = TOPIC, name = 'plain'): Promise<unknown> =>
  incrementally(world, [[type, name, changes]], true);

const checkedWhole = (world: World, changes: Changes, type = TOPIC, name = 'plain'): Promise<unknown> =>
  asAWhole(world, [[type, name, changes]], true);

/** Alters one after the other and tells every answer, then what `keys` are. */
async function altered(world: World, keys: readonly string[], ...steps: Changes[]): Promise<unknown> {
  const answers: unknown[] = [];
  for (const changes of steps) answers.push(await incrementally(world, [[TOPIC, ALTERED, changes]], false));
  return [...answers, await described(world, TOPIC, ALTERED, keys)];
}

const INCREMENTAL_ROWS = rowsOf('8.6', {
  'IncrementalAlterConfigs of an unknown topic': (world) =>
    checked(world, [['retention.ms', '1000']], TOPIC, 'nowhere'),
  'IncrementalAlterConfigs of an invalid topic name': (world) =>
    checked(world, [['retention.ms', '1000']], TOPIC, 'a b'),
  'IncrementalAlterConfigs of a topic without a name': (world) =>
    checked(world, [['retention.ms', '1000']], TOPIC, ''),
  'IncrementalAlterConfigs of a config that does not exist': (world) =>
    checked(world, [['no.such.config', '1']]),
  'IncrementalAlterConfigs deletes a config that does not exist': (world) =>
    checked(world, [['no.such.config', null, DELETE]]),
  'IncrementalAlterConfigs deletes a config that is not set': (world) =>
    checked(world, [['retention.ms', null, DELETE]]),
  'IncrementalAlterConfigs with a value that is no number': (world) =>
    checked(world, [['retention.ms', 'long']]),
  'IncrementalAlterConfigs with a value out of bounds': (world) => checked(world, [['retention.ms', '-2']]),
  'IncrementalAlterConfigs with a value that is no choice': (world) =>
    checked(world, [['cleanup.policy', 'zap']]),
  'IncrementalAlterConfigs with an empty value': (world) => checked(world, [['retention.ms', '']]),
  'IncrementalAlterConfigs with remote storage on': (world) =>
    checked(world, [['remote.storage.enable', 'true']]),
  'IncrementalAlterConfigs with settings that contradict each other': (world) =>
    checked(world, [
      ['min.compaction.lag.ms', '10'],
      ['max.compaction.lag.ms', '5'],
    ]),
  'IncrementalAlterConfigs with null values': (world) =>
    checked(world, [
      ['retention.ms', null],
      ['cleanup.policy', null, APPEND],
    ]),
  'IncrementalAlterConfigs with a config twice': (world) =>
    checked(world, [
      ['retention.ms', '1'],
      ['retention.ms', null, DELETE],
    ]),
  'IncrementalAlterConfigs appends to what is no list': (world) =>
    checked(world, [['retention.ms', '1', APPEND]]),
  'IncrementalAlterConfigs subtracts from what is no list': (world) =>
    checked(world, [['retention.ms', '1', SUBTRACT]]),
  'IncrementalAlterConfigs appends to a config that does not exist': (world) =>
    checked(world, [['no.such.config', '1', APPEND]]),
  'IncrementalAlterConfigs appends an item that is no choice': (world) =>
    checked(world, [['cleanup.policy', 'zap', APPEND]]),
  'IncrementalAlterConfigs with an operation that does not exist': (world) =>
    checked(world, [['retention.ms', '1', 9]]),
  'IncrementalAlterConfigs of no resource': (world) => incrementally(world, [], false),
  'IncrementalAlterConfigs of a resource without changes': (world) => checked(world, []),
  'IncrementalAlterConfigs of a topic twice': (world) =>
    incrementally(
      world,
      [
        [TOPIC, 'plain', [['retention.ms', '1000']]],
        [TOPIC, 'plain', [['segment.bytes', '1000']]],
      ],
      true,
    ),
  'IncrementalAlterConfigs of several resources': (world) =>
    incrementally(
      world,
      [
        [TOPIC, 'plain', [['retention.ms', '1000']]],
        [TOPIC, 'nowhere', [['retention.ms', '1000']]],
        [TOPIC, 'small', [['retention.ms', 'x']]],
      ],
      true,
    ),
  'IncrementalAlterConfigs of a resource type that does not exist': (world) =>
    checked(world, [['a', 'b']], 77, 'x'),
  'IncrementalAlterConfigs of a cluster': (world) => checked(world, [['a', 'b']], 1, 'x'),
  'IncrementalAlterConfigs of a group': (world) => checked(world, [['a', 'b']], 32, 'x'),
  'IncrementalAlterConfigs of client metrics': (world) => checked(world, [['a', 'b']], 16, 'x'),
  'IncrementalAlterConfigs sets what DescribeConfigs shows then': (world) =>
    altered(
      world,
      ['retention.ms', 'min.insync.replicas'],
      [
        ['retention.ms', ' 5000 '],
        ['min.insync.replicas', '2'],
      ],
      [['min.insync.replicas', null, DELETE]],
    ),
  'IncrementalAlterConfigs appends to and subtracts from a list': (world) =>
    altered(
      world,
      ['cleanup.policy', 'leader.replication.throttled.replicas'],
      [
        ['cleanup.policy', 'compact', APPEND],
        ['leader.replication.throttled.replicas', '0:1,0:2', APPEND],
      ],
      [
        ['cleanup.policy', 'delete', SUBTRACT],
        ['leader.replication.throttled.replicas', '0:2,0:0', APPEND],
      ],
    ),
  'IncrementalAlterConfigs subtracts the last item': (world) =>
    altered(world, ['cleanup.policy'], [['cleanup.policy', 'compact', SUBTRACT]]),
  'IncrementalAlterConfigs subtracts what is not in the list': (world) =>
    altered(world, ['cleanup.policy'], [['cleanup.policy', 'compact', SUBTRACT]]),
});

const WHOLE_ROWS = rowsOf('8.6', {
  'AlterConfigs of an unknown topic': (world) =>
    checkedWhole(world, [['retention.ms', '1000']], TOPIC, 'nowhere'),
  'AlterConfigs of a topic without a name': (world) =>
    checkedWhole(world, [['retention.ms', '1000']], TOPIC, ''),
  'AlterConfigs of a config that does not exist': (world) => checkedWhole(world, [['no.such.config', '1']]),
  'AlterConfigs with a value that is no number': (world) => checkedWhole(world, [['retention.ms', 'long']]),
  'AlterConfigs with null values': (world) =>
    checkedWhole(world, [
      ['retention.ms', null],
      ['segment.bytes', null],
    ]),
  'AlterConfigs with a config twice': (world) =>
    checkedWhole(world, [
      ['retention.ms', '1'],
      ['retention.ms', '2'],
    ]),
  'AlterConfigs of no resource': (world) => asAWhole(world, [], false),
  'AlterConfigs of the loggers of a broker': (world) =>
    checkedWhole(world, [['kafka', 'INFO']], BROKER_LOGGER, '0'),
  'AlterConfigs of a resource type that does not exist': (world) => checkedWhole(world, [], 77, 'x'),
  'AlterConfigs of a group': (world) => checkedWhole(world, [['a', 'b']], 32, 'x'),
  'AlterConfigs of another broker': (world) =>
    checkedWhole(world, [['log.retention.ms', '1000']], BROKER, '1'),
  'AlterConfigs of what a broker cannot change': (world) =>
    checkedWhole(world, [['broker.rack', 'x']], BROKER, '0'),
  'AlterConfigs leaves nothing of what it does not name': async (world) => [
    await asAWhole(world, [[TOPIC, ALTERED, [['segment.bytes', '100000']]]], false),
    await described(world, TOPIC, ALTERED, ['segment.bytes', 'retention.ms', 'cleanup.policy']),
    await asAWhole(world, [[TOPIC, ALTERED, []]], false),
    await described(world, TOPIC, ALTERED, ['segment.bytes']),
  ],
});

const OF_A_BROKER_ROWS = rowsOf('7.2', {
  'IncrementalAlterConfigs of another broker': (world) =>
    checked(world, [['log.retention.ms', '1000']], BROKER, '1'),
  'IncrementalAlterConfigs of a broker whose id is no number': (world) =>
    checked(world, [['log.retention.ms', '1000']], BROKER, 'one'),
  'IncrementalAlterConfigs of what a broker can change': (world) =>
    checked(world, [['log.retention.ms', '1000']], BROKER, '0'),
  'IncrementalAlterConfigs of what all brokers can change': (world) =>
    checked(world, [['log.retention.ms', '1000']], BROKER, ''),
  'IncrementalAlterConfigs of what a broker cannot change': (world) =>
    checked(world, [['num.partitions', '3']], BROKER, '0'),
  'IncrementalAlterConfigs of two settings a broker cannot change': (world) =>
    checked(
      world,
      [
        ['num.partitions', '3'],
        ['log.dirs', '/nowhere'],
      ],
      BROKER,
      '0',
    ),
  'IncrementalAlterConfigs of a broker setting nobody knows': (world) =>
    checked(world, [['no.such.config', '3']], BROKER, ''),
  'IncrementalAlterConfigs of a broker with a value that is no number': (world) =>
    checked(world, [['log.retention.ms', 'x']], BROKER, ''),
  'IncrementalAlterConfigs of a broker with a value out of bounds': (world) =>
    checked(world, [['log.cleaner.io.buffer.load.factor', 'x']], BROKER, '0'),
  'IncrementalAlterConfigs of a broker with retention of nothing': (world) =>
    checked(world, [['log.retention.ms', '0']], BROKER, '0'),
  'IncrementalAlterConfigs of the listeners of all brokers': (world) =>
    checked(world, [['advertised.listeners', 'PLAINTEXT://localhost:1']], BROKER, ''),
  'IncrementalAlterConfigs of security without a listener': (world) =>
    checked(world, [['ssl.keystore.location', '/nowhere']], BROKER, '0'),
  'IncrementalAlterConfigs of security of a listener of all brokers': (world) =>
    checked(world, [['listener.name.external.ssl.keystore.type', 'JKS']], BROKER, ''),
  'IncrementalAlterConfigs of far more threads': (world) =>
    checked(world, [['background.threads', '21']], BROKER, '0'),
  'IncrementalAlterConfigs of far fewer threads': (world) =>
    checked(world, [['background.threads', '4']], BROKER, '0'),
  'IncrementalAlterConfigs of no threads': (world) =>
    checked(world, [['num.replica.fetchers', '0']], BROKER, '0'),
  'IncrementalAlterConfigs of a few more cleaner threads': (world) =>
    checked(world, [['log.cleaner.threads', '3']], BROKER, ''),
  'IncrementalAlterConfigs deletes what is not set for a broker': (world) =>
    checked(world, [['log.retention.ms', null, DELETE]], BROKER, '0'),
  'IncrementalAlterConfigs deletes what a broker cannot change': (world) =>
    checked(world, [['num.partitions', null, DELETE]], BROKER, '0'),
  'IncrementalAlterConfigs appends to a list of a broker': (world) =>
    checked(world, [['log.cleanup.policy', 'compact', APPEND]], BROKER, '0'),
  'IncrementalAlterConfigs appends to what is no list of a broker': (world) =>
    checked(world, [['log.retention.ms', '1', APPEND]], BROKER, '0'),
  'IncrementalAlterConfigs appends to a broker setting nobody knows': (world) =>
    checked(world, [['no.such.config', '1', APPEND]], BROKER, '0'),
  'IncrementalAlterConfigs of a broker with a config twice': (world) =>
    checked(
      world,
      [
        ['log.retention.ms', '1'],
        ['log.retention.ms', '2'],
      ],
      BROKER,
      '0',
    ),
  'IncrementalAlterConfigs of a broker with a null value': (world) =>
    checked(world, [['log.retention.ms', null]], BROKER, '0'),
  'IncrementalAlterConfigs of the loggers of another broker': (world) =>
    checked(world, [['kafka', 'INFO']], BROKER_LOGGER, '1'),
  'IncrementalAlterConfigs of the loggers of no broker': (world) =>
    checked(world, [['kafka', 'INFO']], BROKER_LOGGER, ''),
});

export const ALTER_CONFIGS_ROWS = [...INCREMENTAL_ROWS, ...WHOLE_ROWS, ...OF_A_BROKER_ROWS];
