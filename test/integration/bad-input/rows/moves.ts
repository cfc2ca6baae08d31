/**
 * AlterPartitionReassignments, ListPartitionReassignments, ElectLeaders and UpdateFeatures (contract sections 3.4, 3.7,
 * 8.6). There is no broker 9: a move that is to keep it never ends, and a partition that prefers it has another leader.
 */
import {
  ALTER_PARTITION_REASSIGNMENTS,
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  ELECT_LEADERS,
  LIST_PARTITION_REASSIGNMENTS,
  METADATA,
  UPDATE_FEATURES,
} from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { Whom, World } from '../world.ts';

type Targets = Readonly<Record<string, readonly (readonly number[] | null)[]>>;

/** By topic: the replicas of its partitions, from `first` on. */
function move(
  world: World,
  targets: Targets,
  { whom = 'controller', first = 0 }: { readonly whom?: Whom; readonly first?: number } = {},
): Promise<unknown> {
  return world.ask(whom, ALTER_PARTITION_REASSIGNMENTS, 0, {
    topics: Object.entries(targets).map(([name, partitions]) => ({
      name,
      partitions: partitions.map((replicas, index) => ({
        partitionIndex: first + index,
        replicas: replicas === null ? null : [...replicas],
      })),
    })),
  });
}

function list(world: World, topics: readonly string[] | null, whom: Whom = 'controller'): Promise<unknown> {
  return world.ask(whom, LIST_PARTITION_REASSIGNMENTS, 0, {
    topics: topics?.map((name) => ({ name, partitionIndexes: [0] })) ?? null,
  });
}

async function create(world: World, name: string, brokerIds: readonly number[]): Promise<void> {
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [
      {
        name,
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [...brokerIds] }],
        configs: [],
      },
    ],
    timeoutMs: 15_000,
    validateOnly: false,
  });
  await world.until(`a leader of ${name}`, async () => {
    const { topics } = await world.send('controller', METADATA, 9, {
      topics: [{ name }],
      includeTopicAuthorizedOperations: false,
      allowAutoTopicCreation: false,
    });
    return topics[0]?.partitions[0]?.errorCode === 0;
  });
}

const REASSIGNMENT_ROWS = rowsOf('3.7', {
  'AlterPartitionReassignments to no replicas': (world) => move(world, { elsewhere: [[]] }),
  'AlterPartitionReassignments to a replica twice': (world) => move(world, { elsewhere: [[1, 1]] }),
  'AlterPartitionReassignments to a negative id': (world) => move(world, { elsewhere: [[1, -1]] }),
  'AlterPartitionReassignments to a dead broker': (world) => move(world, { elsewhere: [[1, 2, 9]] }),
  'AlterPartitionReassignments of an unknown topic': (world) => move(world, { nowhere: [[0]] }),
  'AlterPartitionReassignments of an unknown partition': (world) =>
    move(world, { elsewhere: [[0, 1]] }, { first: 7 }),
  'AlterPartitionReassignments that calls off what never began': (world) =>
    move(world, { elsewhere: [null] }),
  'AlterPartitionReassignments of nothing': (world) => move(world, {}),
  'AlterPartitionReassignments to the replicas it has': (world) => move(world, { elsewhere: [[1, 2]] }),
  'AlterPartitionReassignments at another broker': (world) =>
    move(world, { elsewhere: [[1]] }, { whom: 'not the controller' }),
  'AlterPartitionReassignments that cannot end, and what it forbids meanwhile': async (world) => {
    await create(world, 'held', [0, 9]);
    return {
      began: await move(world, { held: [[9, 1]] }),
      listed: await list(world, ['held']),
      grown: await world.ask('controller', CREATE_PARTITIONS, 3, {
        topics: [{ name: 'held', count: 2, assignments: null }],
        timeoutMs: 15_000,
        validateOnly: false,
      }),
      replaced: await move(world, { held: [[9, 2]] }),
      listedThen: await list(world, null),
      calledOff: await move(world, { held: [null] }),
      listedAtLast: await list(world, ['held', 'nowhere']),
    };
  },
  'ListPartitionReassignments of an unknown topic': (world) => list(world, ['nowhere']),
  'ListPartitionReassignments at another broker': (world) => list(world, null, 'not the controller'),
});

const PREFERRED = 0;
const UNCLEAN = 1;

function elect(
  world: World,
  electionType: number,
  topic: string | null,
  {
    partition = 0,
    version = 2,
    whom = 'controller',
  }: { readonly partition?: number; readonly version?: number; readonly whom?: Whom } = {},
): Promise<unknown> {
  return world.ask(whom, ELECT_LEADERS, version, {
    electionType,
    topicPartitions: topic === null ? null : [{ topic, partitions: [partition] }],
    timeoutMs: 15_000,
  });
}

const ELECTION_ROWS = rowsOf('3.4', {
  'ElectLeaders of an unknown topic': (world) => elect(world, PREFERRED, 'nowhere'),
  'ElectLeaders of an unknown partition': (world) => elect(world, UNCLEAN, 'elsewhere', { partition: 7 }),
  'ElectLeaders where the preferred replica leads': (world) => elect(world, PREFERRED, 'elsewhere'),
  'ElectLeaders without need, version 0': (world) => elect(world, PREFERRED, 'elsewhere', { version: 0 }),
  'ElectLeaders, unclean, where there is a leader': (world) => elect(world, UNCLEAN, 'elsewhere'),
  'ElectLeaders of a type there is none': (world) => elect(world, 7, 'elsewhere'),
  'ElectLeaders at another broker': (world) =>
    elect(world, PREFERRED, 'elsewhere', { whom: 'not the controller' }),
  'ElectLeaders where the preferred replica is dead': async (world) => {
    await create(world, 'unpreferred', [9, 0]);
    return { one: await elect(world, PREFERRED, 'unpreferred'), all: await elect(world, PREFERRED, null) };
  },
  'ElectLeaders of nothing': (world) =>
    world.ask('controller', ELECT_LEADERS, 2, { electionType: PREFERRED, topicPartitions: [] }),
});

function update(
  world: World,
  featureUpdates: readonly { readonly feature: string; readonly maxVersionLevel: number }[],
  {
    version = 1,
    upgradeType = 1,
    allowDowngrade = false,
    whom = 'controller',
  }: {
    readonly version?: number;
    readonly upgradeType?: number;
    readonly allowDowngrade?: boolean;
    readonly whom?: Whom;
  } = {},
): Promise<unknown> {
  const ofVersion = version === 0 ? { allowDowngrade } : { upgradeType };
  return world.ask(whom, UPDATE_FEATURES, version, {
    featureUpdates: featureUpdates.map((row) => ({ ...row, ...ofVersion })),
  });
}

const FEATURE = 'metadata.version';

const FEATURE_ROWS = rowsOf('8.6', {
  'UpdateFeatures of nothing': (world) => update(world, []),
  'UpdateFeatures to a feature nobody supports': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 1 }]),
  'UpdateFeatures to a feature nobody supports, version 0': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 1 }], { version: 0 }),
  'UpdateFeatures that deletes what is not there': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 0 }], { upgradeType: 2 }),
  'UpdateFeatures that deletes, version 0': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 0 }], { version: 0, allowDowngrade: true }),
  'UpdateFeatures without a name': (world) => update(world, [{ feature: '', maxVersionLevel: 1 }]),
  'UpdateFeatures of a type there is none': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 1 }], { upgradeType: 9 }),
  'UpdateFeatures at another broker': (world) =>
    update(world, [{ feature: FEATURE, maxVersionLevel: 1 }], { whom: 'not the controller' }),
});

export const MOVE_ROWS = [...REASSIGNMENT_ROWS, ...ELECTION_ROWS, ...FEATURE_ROWS];
