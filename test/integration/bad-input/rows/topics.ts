/** CreateTopics, CreatePartitions and DeleteTopics (contract section 8.3). */
import { CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, METADATA } from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { Whom, World } from '../world.ts';

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAABAQ';

interface ToCreate {
  readonly name: string;
  readonly partitions?: number;
  readonly replicas?: number;
  readonly layout?: readonly (readonly number[])[];
  /** Partition ids of the layout, where they are not 0, 1, 2 ... */
  readonly ids?: readonly number[];
  readonly configs?: Readonly<Record<string, string | null>>;
}

interface CreateOptions {
  readonly whom?: Whom;
  readonly version?: number;
  readonly timeoutMs?: number;
  readonly validateOnly?: boolean;
}

function create(world: World, topics: readonly ToCreate[], options: CreateOptions = {}): Promise<unknown> {
  const { whom = 'controller', version = 7, timeoutMs = 15_000, validateOnly = false } = options;
  return world.ask(whom, CREATE_TOPICS, version, {
    topics: topics.map(({ name, layout = [], ids, configs = {}, ...counts }) => ({
      name,
      numPartitions: counts.partitions ?? (layout.length > 0 ? -1 : 1),
      replicationFactor: counts.replicas ?? (layout.length > 0 ? -1 : 1),
      assignments: layout.map((brokerIds, index) => ({
        partitionIndex: ids?.[index] ?? index,
        brokerIds: [...brokerIds],
      })),
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs,
    validateOnly,
  });
}

const config = (world: World, name: string, value: string | null): Promise<unknown> =>
  create(world, [{ name: 'configured', configs: { [name]: value } }]);

function grow(
  world: World,
  topics: readonly { readonly name: string; readonly count: number; readonly layout?: readonly number[][] }[],
  whom: Whom = 'controller',
): Promise<unknown> {
  return world.ask(whom, CREATE_PARTITIONS, 3, {
    topics: topics.map(({ name, count, layout }) => ({
      name,
      count,
      assignments: layout?.map((brokerIds) => ({ brokerIds })) ?? null,
    })),
    timeoutMs: 15_000,
    validateOnly: false,
  });
}

function remove(
  world: World,
  topics: readonly { readonly name: string | null; readonly topicId?: string }[],
  whom: Whom = 'controller',
): Promise<unknown> {
  return world.ask(whom, DELETE_TOPICS, 6, {
    topics: topics.map(({ name, topicId }) => ({ name, topicId: topicId ?? 'AAAAAAAAAAAAAAAAAAAAAA' })),
    timeoutMs: 15_000,
  });
}

const CREATE_TOPICS_ROWS = rowsOf('8.3', {
  'CreateTopics that exists': (world) => create(world, [{ name: 'plain' }]),
  'CreateTopics with a space in the name': (world) => create(world, [{ name: 'a b' }]),
  'CreateTopics named .': (world) => create(world, [{ name: '.' }]),
  'CreateTopics named ..': (world) => create(world, [{ name: '..' }]),
  'CreateTopics without a name': (world) => create(world, [{ name: '' }]),
  'CreateTopics with a name of 250 characters': (world) => create(world, [{ name: 'n'.repeat(250) }]),
  'CreateTopics that collides in metrics': (world) => create(world, [{ name: 'dotted_name' }]),
  'CreateTopics with 0 partitions': (world) => create(world, [{ name: 'none', partitions: 0 }]),
  'CreateTopics with -2 partitions': (world) => create(world, [{ name: 'none', partitions: -2 }]),
  'CreateTopics with 0 replicas': (world) => create(world, [{ name: 'none', replicas: 0 }]),
  'CreateTopics with -2 replicas': (world) => create(world, [{ name: 'none', replicas: -2 }]),
  'CreateTopics with more replicas than brokers': (world) => create(world, [{ name: 'none', replicas: 4 }]),
  'CreateTopics with a replica twice': (world) => create(world, [{ name: 'none', layout: [[0, 0]] }]),
  'CreateTopics with partition ids that skip one': (world) =>
    create(world, [{ name: 'none', layout: [[0], [1]], ids: [0, 2] }]),
  'CreateTopics with partition ids from 1': (world) =>
    create(world, [{ name: 'none', layout: [[0]], ids: [1] }]),
  'CreateTopics with unequal replica counts': (world) =>
    create(world, [{ name: 'none', layout: [[0, 1], [0]] }]),
  'CreateTopics with a partition without replicas': (world) =>
    create(world, [{ name: 'none', layout: [[]] }]),
  'CreateTopics with a negative broker': (world) => create(world, [{ name: 'none', layout: [[-1]] }]),
  'CreateTopics naming an unknown broker': (world) =>
    create(world, [{ name: 'half-dead', layout: [[0, 9]] }]),
  'CreateTopics with an unknown config': (world) => config(world, 'no.such.config', '1'),
  'CreateTopics with a config value that is no number': (world) => config(world, 'retention.ms', 'long'),
  'CreateTopics with a config value out of range': (world) => config(world, 'segment.bytes', '1'),
  'CreateTopics with an unknown cleanup policy': (world) => config(world, 'cleanup.policy', 'zap'),
  'CreateTopics with an unknown compression': (world) => config(world, 'compression.type', 'rar'),
  'CreateTopics with a config value that is no boolean': (world) => config(world, 'preallocate', 'maybe'),
  'CreateTopics with tiered storage': (world) => config(world, 'remote.storage.enable', 'true'),
  'CreateTopics with a null config value': (world) => config(world, 'retention.ms', null),
  'CreateTopics with min.compaction.lag.ms above its max': (world) =>
    create(world, [
      { name: 'configured', configs: { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' } },
    ]),
  'CreateTopics with counts and a layout': (world) =>
    create(world, [{ name: 'none', partitions: 1, replicas: 1, layout: [[0]] }]),
  'CreateTopics twice in one request': (world) => create(world, [{ name: 'twice' }, { name: 'twice' }]),
  'CreateTopics of __cluster_metadata': (world) => create(world, [{ name: '__cluster_metadata' }]),
  'CreateTopics at another broker': (world) =>
    create(world, [{ name: 'none' }, { name: 'none2' }], { whom: 'not the controller' }),
  'CreateTopics at another broker, version 4': (world) =>
    create(world, [{ name: 'none' }], { whom: 'not the controller', version: 4 }),
  'CreateTopics with defaults in version 3': (world) =>
    create(world, [{ name: 'none', partitions: -1, replicas: -1 }], { version: 3, validateOnly: true }),
  'CreateTopics with a timeout of 0': (world) => create(world, [{ name: 'hurried' }], { timeoutMs: 0 }),
  'CreateTopics with a negative timeout': (world) => create(world, [{ name: 'hurried2' }], { timeoutMs: -1 }),
  'CreateTopics of nothing': (world) => create(world, []),
  'CreateTopics of a bad and a good one, validated only': (world) =>
    create(world, [{ name: 'good' }, { name: 'b a d' }], { validateOnly: true, version: 4 }),
});

const OTHER_ROWS = rowsOf('8.3', {
  'CreatePartitions to fewer': (world) => grow(world, [{ name: 'plain', count: 1 }]),
  'CreatePartitions to as many': (world) => grow(world, [{ name: 'plain', count: 2 }]),
  'CreatePartitions to 0': (world) => grow(world, [{ name: 'plain', count: 0 }]),
  'CreatePartitions of an unknown topic': (world) => grow(world, [{ name: 'nowhere', count: 3 }]),
  'CreatePartitions twice in one request': (world) =>
    grow(world, [
      { name: 'plain', count: 4 },
      { name: 'plain', count: 5 },
    ]),
  'CreatePartitions with a layout for too few': (world) =>
    grow(world, [{ name: 'plain', count: 4, layout: [[0, 1, 2]] }]),
  'CreatePartitions with a layout of another replica count': (world) =>
    grow(world, [{ name: 'plain', count: 3, layout: [[0]] }]),
  'CreatePartitions with a replica twice': (world) =>
    grow(world, [{ name: 'plain', count: 3, layout: [[0, 0, 1]] }]),
  'CreatePartitions with an unknown broker': (world) =>
    grow(world, [{ name: 'plain', count: 3, layout: [[0, 1, 9]] }]),
  'CreatePartitions with an empty layout': (world) =>
    grow(world, [{ name: 'plain', count: 3, layout: [[]] }]),
  'CreatePartitions at another broker': (world) =>
    grow(world, [{ name: 'plain', count: 3 }], 'not the controller'),
  'DeleteTopics of an unknown topic': (world) => remove(world, [{ name: 'nowhere' }]),
  'DeleteTopics of an unknown id': (world) => remove(world, [{ name: null, topicId: UNKNOWN_ID }]),
  'DeleteTopics by neither name nor id': (world) => remove(world, [{ name: null }]),
  'DeleteTopics by name and id': (world) =>
    remove(world, [{ name: 'plain', topicId: world.topicId('plain') }]),
  'DeleteTopics twice in one request': (world) => remove(world, [{ name: 'nowhere' }, { name: 'nowhere' }]),
  'DeleteTopics at another broker': (world) => remove(world, [{ name: 'plain' }], 'not the controller'),
  'DeleteTopics at another broker, version 5': (world) =>
    world.ask('not the controller', DELETE_TOPICS, 5, { topics: [], topicNames: ['plain'], timeoutMs: 5000 }),
  'DeleteTopics of an unknown topic, version 1': (world) =>
    world.ask('controller', DELETE_TOPICS, 1, { topics: [], topicNames: ['nowhere'], timeoutMs: 5000 }),
});

function topicsOf(
  world: World,
  topics: readonly { readonly name: string | null; readonly topicId?: string }[],
  version = 12,
  allowAutoTopicCreation = false,
): Promise<unknown> {
  return world
    .send(0, METADATA, version, {
      topics: [...topics],
      allowAutoTopicCreation,
      includeTopicAuthorizedOperations: false,
    })
    .then((answer) => world.told(answer.topics));
}

const METADATA_ROWS = rowsOf('8.6', {
  'Metadata of an unknown topic': (world) => topicsOf(world, [{ name: 'nowhere' }]),
  'Metadata of an invalid name': (world) => topicsOf(world, [{ name: 'a b' }]),
  'Metadata of an invalid name that may be created': (world) => topicsOf(world, [{ name: 'a b' }], 9, true),
  'Metadata of an empty name': (world) => topicsOf(world, [{ name: '' }], 9),
  'Metadata of an unknown id': (world) => topicsOf(world, [{ name: null, topicId: UNKNOWN_ID }]),
  'Metadata by name of nothing': (world) => topicsOf(world, []),
  'Metadata of a topic that is created for it': (world) => topicsOf(world, [{ name: 'automatic' }], 9, true),
  'Metadata of a name that collides': (world) => topicsOf(world, [{ name: 'dotted_name' }], 9, true),
  'Metadata of one topic twice': (world) => topicsOf(world, [{ name: 'nowhere' }, { name: 'nowhere' }]),
  'Metadata by id in version 11': (world) =>
    world.ask(0, METADATA, 11, {
      topics: [{ name: null, topicId: world.topicId('plain') }],
      includeTopicAuthorizedOperations: false,
    }),
  'Metadata by a name and an id': (world) =>
    topicsOf(world, [{ name: 'plain', topicId: world.topicId('compacted') }]),
});

export const TOPIC_ROWS = [...CREATE_TOPICS_ROWS, ...OTHER_ROWS, ...METADATA_ROWS];
