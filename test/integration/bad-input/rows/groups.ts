/** Groups and their offsets (contract section 8.4). Each row that changes a group has a group of its own. */
import {
  CONSUMER_GROUP_DESCRIBE,
  CONSUMER_GROUP_HEARTBEAT,
  DELETE_GROUPS,
  DESCRIBE_GROUPS,
  FIND_COORDINATOR,
  HEARTBEAT,
  JOIN_GROUP,
  LEAVE_GROUP,
  LIST_GROUPS,
  OFFSET_COMMIT,
  OFFSET_FETCH,
  SYNC_GROUP,
} from '../apis.ts';
import { rowsOf } from '../row.ts';
import { GROUP } from '../world.ts';
import type { Whom, World } from '../world.ts';

const PROTOCOL = { name: 'range', metadata: Buffer.alloc(4) };

interface ToJoin {
  readonly group?: string;
  readonly memberId?: string;
  readonly instanceId?: string | null;
  readonly sessionTimeoutMs?: number;
  readonly protocolType?: string;
  readonly protocols?: readonly { readonly name: string; readonly metadata: Buffer }[];
  readonly version?: number;
  readonly whom?: Whom;
}

async function join(world: World, joined: ToJoin): Promise<unknown> {
  const { group = GROUP, memberId = '', instanceId = null, sessionTimeoutMs = 30_000, version = 3 } = joined;
  const answer = await world.ask(joined.whom ?? { coordinatorOf: group }, JOIN_GROUP, version, {
    groupId: group,
    sessionTimeoutMs,
    rebalanceTimeoutMs: 5000,
    memberId,
    groupInstanceId: instanceId,
    protocolType: joined.protocolType ?? 'consumer',
    protocols: joined.protocols ?? [PROTOCOL],
  });
  return answer;
}

interface Spoken {
  readonly group?: string;
  readonly memberId?: string;
  readonly generationId?: number;
  readonly instanceId?: string | null;
  readonly version?: number;
  readonly whom?: Whom;
}

const placeOf = ({ group = GROUP, whom }: Spoken): Whom => whom ?? { coordinatorOf: group };

const heartbeat = (world: World, spoken: Spoken): Promise<unknown> =>
  world.ask(placeOf(spoken), HEARTBEAT, spoken.version ?? 4, {
    groupId: spoken.group ?? GROUP,
    generationId: spoken.generationId ?? 1,
    memberId: spoken.memberId ?? 'nobody',
    groupInstanceId: spoken.instanceId ?? null,
  });

const sync = (
  world: World,
  spoken: Spoken & { readonly protocolType?: string | null; readonly protocolName?: string | null },
): Promise<unknown> =>
  world.ask(placeOf(spoken), SYNC_GROUP, spoken.version ?? 5, {
    groupId: spoken.group ?? GROUP,
    generationId: spoken.generationId ?? 1,
    memberId: spoken.memberId ?? 'nobody',
    groupInstanceId: spoken.instanceId ?? null,
    protocolType: spoken.protocolType === undefined ? 'consumer' : spoken.protocolType,
    protocolName: spoken.protocolName === undefined ? 'range' : spoken.protocolName,
    assignments: [],
  });

const leave = (
  world: World,
  group: string,
  members: readonly { readonly memberId: string; readonly groupInstanceId?: string | null }[],
  whom?: Whom,
): Promise<unknown> =>
  world.ask(whom ?? { coordinatorOf: group === '' ? GROUP : group }, LEAVE_GROUP, 5, {
    groupId: group,
    members: [...members],
  });

const commit = (
  world: World,
  spoken: Spoken & { readonly topic?: string; readonly partition?: number; readonly metadata?: string },
): Promise<unknown> =>
  world.ask(placeOf(spoken), OFFSET_COMMIT, spoken.version ?? 9, {
    groupId: spoken.group ?? GROUP,
    generationIdOrMemberEpoch: spoken.generationId ?? -1,
    memberId: spoken.memberId ?? '',
    groupInstanceId: spoken.instanceId ?? null,
    topics: [
      {
        name: spoken.topic ?? 'plain',
        partitions: [
          {
            partitionIndex: spoken.partition ?? 0,
            committedOffset: 5,
            committedMetadata: spoken.metadata ?? '',
          },
        ],
      },
    ],
  });

const offsets = (
  world: World,
  group: string,
  spoken: {
    readonly whom?: Whom;
    readonly topic?: string;
    readonly memberId?: string;
    readonly memberEpoch?: number;
  } = {},
): Promise<unknown> =>
  world.ask(spoken.whom ?? { coordinatorOf: GROUP }, OFFSET_FETCH, 9, {
    groups: [
      {
        groupId: group,
        memberId: spoken.memberId ?? null,
        memberEpoch: spoken.memberEpoch ?? -1,
        topics: [{ name: spoken.topic ?? 'plain', partitionIndexes: [0, 9] }],
      },
    ],
  });

const MEMBERSHIP_ROWS = rowsOf('8.4', {
  'JoinGroup without a group id': (world) => join(world, { group: '', whom: 0 }),
  'SyncGroup without a group id': (world) => sync(world, { group: '', whom: 0 }),
  'Heartbeat without a group id': (world) => heartbeat(world, { group: '', whom: 0 }),
  'LeaveGroup without a group id': (world) => leave(world, '', [{ memberId: 'nobody' }], 0),
  'JoinGroup at another broker': async (world) => join(world, { whom: await world.notCoordinatorOf(GROUP) }),
  'SyncGroup at another broker': async (world) => sync(world, { whom: await world.notCoordinatorOf(GROUP) }),
  'Heartbeat at another broker': async (world) =>
    heartbeat(world, { whom: await world.notCoordinatorOf(GROUP) }),
  'LeaveGroup at another broker': async (world) =>
    leave(world, GROUP, [{ memberId: 'nobody' }], await world.notCoordinatorOf(GROUP)),
  'JoinGroup with too short a session': (world) => join(world, { sessionTimeoutMs: 10 }),
  'JoinGroup with too long a session': (world) => join(world, { sessionTimeoutMs: 2_000_000_000 }),
  'JoinGroup without protocols': (world) => join(world, { group: 'fresh-a', protocols: [] }),
  'JoinGroup with an empty protocol type': (world) => join(world, { group: 'fresh-b', protocolType: '' }),
  'JoinGroup with a protocol type unlike the group has': async (world) => {
    await world.stableMember('typed');
    return join(world, { group: 'typed', protocolType: 'connect' });
  },
  'JoinGroup with no protocol in common': async (world) => {
    await world.stableMember('assigned');
    return join(world, { group: 'assigned', protocols: [{ name: 'other', metadata: Buffer.alloc(4) }] });
  },
  'JoinGroup of an unknown member to a new group': (world) =>
    join(world, { group: 'fresh-c', memberId: 'nobody', version: 9 }),
  'JoinGroup of an unknown member': async (world) => {
    await world.stableMember('inhabited');
    return join(world, { group: 'inhabited', memberId: 'nobody', version: 9 });
  },
  'JoinGroup for the first time in version 4': (world) => join(world, { group: 'fresh-d', version: 4 }),
  'JoinGroup of a static member with a wrong member id': async (world) => {
    await world.stableMember('static-a', 'instance');
    return join(world, { group: 'static-a', memberId: 'wrong', instanceId: 'instance', version: 9 });
  },
  'JoinGroup of an unknown static member with a member id': (world) =>
    join(world, { group: 'fresh-e', memberId: 'wrong', instanceId: 'instance', version: 9 }),
  'Heartbeat of a static member with a wrong member id': async (world) => {
    await world.stableMember('static-b', 'instance');
    return heartbeat(world, { group: 'static-b', memberId: 'wrong', instanceId: 'instance' });
  },
  'Heartbeat of an unknown instance id': async (world) => {
    const { memberId } = await world.stableMember('static-c', 'instance');
    return heartbeat(world, { group: 'static-c', memberId, instanceId: 'unknown' });
  },
  'SyncGroup of an unknown instance id': async (world) => {
    const { memberId } = await world.stableMember('static-d', 'instance');
    return sync(world, { group: 'static-d', memberId, instanceId: 'unknown' });
  },
  'SyncGroup of a static member with a wrong member id': async (world) => {
    await world.stableMember('static-e', 'instance');
    return sync(world, { group: 'static-e', memberId: 'wrong', instanceId: 'instance' });
  },
  'Heartbeat to a group that is not there': (world) => heartbeat(world, { group: 'fresh-f' }),
  'SyncGroup to a group that is not there': (world) => sync(world, { group: 'fresh-g' }),
  'LeaveGroup of a group that is not there': (world) => leave(world, 'fresh-h', [{ memberId: 'nobody' }]),
  'LeaveGroup of members that are not there': async (world) => {
    await world.stableMember('left', 'instance');
    return leave(world, 'left', [
      { memberId: 'nobody' },
      { memberId: '', groupInstanceId: 'unknown' },
      { memberId: 'wrong', groupInstanceId: 'instance' },
    ]);
  },
  'Heartbeat of an unknown member': async (world) => {
    await world.stableMember('beating-a');
    return heartbeat(world, { group: 'beating-a' });
  },
  'Heartbeat of an old generation': async (world) => {
    const { memberId, generationId } = await world.stableMember('beating-b');
    return heartbeat(world, { group: 'beating-b', memberId, generationId: generationId - 1 });
  },
  'Heartbeat of a generation to come': async (world) => {
    const { memberId, generationId } = await world.stableMember('beating-c');
    return heartbeat(world, { group: 'beating-c', memberId, generationId: generationId + 1 });
  },
  'SyncGroup of an old generation': async (world) => {
    const { memberId, generationId } = await world.stableMember('syncing-a');
    return sync(world, { group: 'syncing-a', memberId, generationId: generationId - 1 });
  },
  'SyncGroup of version 5 without a protocol type': async (world) => {
    const { memberId, generationId } = await world.stableMember('syncing-b');
    return sync(world, { group: 'syncing-b', memberId, generationId, protocolType: null });
  },
  'SyncGroup of version 5 without a protocol name': async (world) => {
    const { memberId, generationId } = await world.stableMember('syncing-c');
    return sync(world, { group: 'syncing-c', memberId, generationId, protocolName: null });
  },
  'SyncGroup with another protocol name': async (world) => {
    const { memberId, generationId } = await world.stableMember('syncing-d');
    return sync(world, { group: 'syncing-d', memberId, generationId, protocolName: 'other' });
  },
  'SyncGroup with another protocol type': async (world) => {
    const { memberId, generationId } = await world.stableMember('syncing-e');
    return sync(world, { group: 'syncing-e', memberId, generationId, protocolType: 'connect' });
  },
});

/** A group whose one member was asked to rejoin because another arrived. */
async function rebalancing(
  world: World,
  group: string,
  then: (member: { readonly memberId: string; readonly generationId: number }) => Promise<unknown>,
): Promise<unknown> {
  const member = await world.stableMember(group);
  const arrival = world.join(group, { memberId: '' }, 3);
  for (;;) {
    const answer = await world.send({ coordinatorOf: group }, DESCRIBE_GROUPS, 5, {
      groups: [group],
      includeAuthorizedOperations: false,
    });
    if (answer.groups[0]?.groupState === 'PreparingRebalance') break;
  }
  const answer = await then(member);
  await leave(world, group, [{ memberId: member.memberId }]);
  await arrival;
  return answer;
}

const REBALANCE_ROWS = rowsOf('8.4', {
  'Heartbeat during a rebalance': (world) =>
    rebalancing(world, 'moving-a', (member) => heartbeat(world, { group: 'moving-a', ...member })),
  'SyncGroup during a rebalance': (world) =>
    rebalancing(world, 'moving-b', (member) => sync(world, { group: 'moving-b', ...member })),
  'OffsetCommit during a rebalance': (world) =>
    rebalancing(world, 'moving-c', (member) => commit(world, { group: 'moving-c', ...member })),
});

const commitTwice = (world: World): Promise<unknown> =>
  world.ask({ coordinatorOf: 'twice' }, OFFSET_COMMIT, 9, {
    groupId: 'twice',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name: 'plain',
        partitions: [7, 5].map((committedOffset) => ({
          partitionIndex: 0,
          committedOffset,
          committedMetadata: String(committedOffset),
        })),
      },
    ],
  });

const OFFSET_ROWS = rowsOf('8.4', {
  'OffsetCommit to an unknown topic': (world) => commit(world, { topic: 'nowhere' }),
  'OffsetCommit to an unknown partition': (world) => commit(world, { partition: 9 }),
  'OffsetCommit with too much metadata': (world) => commit(world, { metadata: 'm'.repeat(5000) }),
  'OffsetCommit without a group id': (world) => commit(world, { group: '', whom: { coordinatorOf: '' } }),
  'OffsetCommit at another broker': async (world) =>
    commit(world, { whom: await world.notCoordinatorOf(GROUP) }),
  'OffsetCommit of an unknown member to a group that is not there': (world) =>
    commit(world, { group: 'fresh-i', memberId: 'nobody', generationId: 3 }),
  'OffsetCommit of a generation to a group that is not there': (world) =>
    commit(world, { group: 'fresh-j', generationId: 3 }),
  'OffsetCommit without a member to a group that has one': async (world) => {
    await world.stableMember('committing-a');
    return commit(world, { group: 'committing-a' });
  },
  'OffsetCommit of an unknown member': async (world) => {
    await world.stableMember('committing-b');
    return commit(world, { group: 'committing-b', memberId: 'nobody', generationId: 1 });
  },
  'OffsetCommit of an old generation': async (world) => {
    const { memberId, generationId } = await world.stableMember('committing-c');
    return commit(world, { group: 'committing-c', memberId, generationId: generationId + 7 });
  },
  'OffsetCommit of a static member with a wrong member id': async (world) => {
    const { generationId } = await world.stableMember('committing-d', 'instance');
    return commit(world, { group: 'committing-d', memberId: 'wrong', instanceId: 'instance', generationId });
  },
  'OffsetCommit of a partition named twice': commitTwice,
  'OffsetFetch of a partition that was named twice': async (world) => {
    await commitTwice(world);
    return offsets(world, 'twice', { whom: { coordinatorOf: 'twice' } });
  },
  'OffsetFetch at another broker': async (world) =>
    offsets(world, GROUP, { whom: await world.notCoordinatorOf(GROUP) }),
  'OffsetFetch of what was never committed': (world) => offsets(world, GROUP),
  'OffsetFetch of an unknown topic': (world) => offsets(world, GROUP, { topic: 'nowhere' }),
  'OffsetFetch by an unknown member': (world) =>
    offsets(world, GROUP, { memberId: 'nobody', memberEpoch: 3 }),
  'OffsetFetch without a group id, version 5': (world) =>
    world.ask({ coordinatorOf: '' }, OFFSET_FETCH, 5, {
      groupId: '',
      topics: [{ name: 'plain', partitionIndexes: [0] }],
      groups: [],
    }),
  'OffsetFetch at another broker, version 1': async (world) =>
    world.ask(await world.notCoordinatorOf(GROUP), OFFSET_FETCH, 1, {
      groupId: GROUP,
      topics: [{ name: 'plain', partitionIndexes: [0] }],
      groups: [],
    }),
});

const describeAt = (world: World, whom: Whom, groups: readonly string[]): Promise<unknown> =>
  world.ask(whom, DESCRIBE_GROUPS, 5, { groups: [...groups], includeAuthorizedOperations: false });
const deleteAt = (world: World, whom: Whom, groupsNames: readonly string[]): Promise<unknown> =>
  world.ask(whom, DELETE_GROUPS, 2, { groupsNames: [...groupsNames] });

const ADMIN_ROWS = rowsOf('8.4', {
  'DescribeGroups of a group that is not there': (world) =>
    describeAt(world, { coordinatorOf: 'fresh-l' }, ['fresh-l']),
  'DescribeGroups at another broker': async (world) =>
    describeAt(world, await world.notCoordinatorOf(GROUP), [GROUP]),
  'DescribeGroups of no id at another broker': async (world) =>
    describeAt(world, await world.notCoordinatorOf(''), ['']),
  'DescribeGroups of no id': (world) => describeAt(world, { coordinatorOf: '' }, ['']),
  'DeleteGroups of a group that is not there': (world) =>
    deleteAt(world, { coordinatorOf: 'fresh-k' }, ['fresh-k']),
  'DeleteGroups of a group with members': async (world) => {
    await world.stableMember('alive');
    return deleteAt(world, { coordinatorOf: 'alive' }, ['alive']);
  },
  'DeleteGroups at another broker': async (world) =>
    deleteAt(world, await world.notCoordinatorOf(GROUP), [GROUP]),
  'DeleteGroups without an id': (world) => deleteAt(world, { coordinatorOf: '' }, ['']),
  'ListGroups in a state that does not exist': (world) =>
    world.ask(0, LIST_GROUPS, 5, { statesFilter: ['Nowhere'], typesFilter: [] }),
  'ListGroups of a type that does not exist': (world) =>
    world.ask(0, LIST_GROUPS, 5, { statesFilter: [], typesFilter: ['odd'] }),
  'FindCoordinator of an unknown key type': (world) =>
    world.ask(0, FIND_COORDINATOR, 4, { keyType: 7, coordinatorKeys: ['a'] }),
  'FindCoordinator of an unknown key type, version 3': (world) =>
    world.ask(0, FIND_COORDINATOR, 3, { keyType: 7, key: 'a', coordinatorKeys: [] }),
  'FindCoordinator of a share group': (world) =>
    world.ask(0, FIND_COORDINATOR, 6, { keyType: 2, coordinatorKeys: ['a'] }),
  'FindCoordinator of nothing': (world) =>
    world.ask(0, FIND_COORDINATOR, 4, { keyType: 0, coordinatorKeys: [] }),
});

const inZooKeeper = (
  world: World,
  partitions: readonly { readonly partitionIndex: number; readonly committedMetadata: string | null }[],
  topic = 'plain',
  group = 'of-old',
): Promise<unknown> =>
  world.ask(0, OFFSET_COMMIT, 0, {
    groupId: group,
    topics: [
      { name: topic, partitions: partitions.map((partition) => ({ ...partition, committedOffset: 5 })) },
    ],
  });
const fromZooKeeper = (world: World, group: string, topic = 'plain'): Promise<unknown> =>
  world.ask(0, OFFSET_FETCH, 0, {
    groupId: group,
    topics: [{ name: topic, partitionIndexes: [0, 9] }],
    groups: [],
  });

/** Version 0 of both is answered by any broker, from ZooKeeper. */
const ZOOKEEPER_OFFSET_ROWS = rowsOf('8.4', {
  'OffsetCommit of version 0 to what is not there': (world) =>
    inZooKeeper(world, [
      { partitionIndex: 9, committedMetadata: null },
      { partitionIndex: 0, committedMetadata: null },
    ]),
  'OffsetCommit of version 0 to an unknown topic': (world) =>
    inZooKeeper(world, [{ partitionIndex: 0, committedMetadata: '' }], 'nowhere'),
  'OffsetCommit of version 0 with too much metadata': (world) =>
    inZooKeeper(world, [{ partitionIndex: 0, committedMetadata: 'm'.repeat(5000) }]),
  'OffsetCommit of version 0 without a group id': (world) =>
    inZooKeeper(world, [{ partitionIndex: 0, committedMetadata: '' }], 'plain', ''),
  'OffsetFetch of version 0 of what is not there': async (world) => {
    await inZooKeeper(world, [{ partitionIndex: 0, committedMetadata: 'm' }], 'plain', 'of-old-b');
    return fromZooKeeper(world, 'of-old-b');
  },
  'OffsetFetch of version 0 of a group that is not there': (world) => fromZooKeeper(world, 'of-old-c'),
  'OffsetFetch of version 0 of an unknown topic': (world) => fromZooKeeper(world, 'of-old-b', 'nowhere'),
});

const NEWER_PROTOCOL_ROWS = rowsOf('8.4', {
  ConsumerGroupHeartbeat: (world) =>
    world.ask({ coordinatorOf: GROUP }, CONSUMER_GROUP_HEARTBEAT, 0, {
      groupId: GROUP,
      memberId: 'nobody',
      memberEpoch: 0,
      subscribedTopicNames: ['plain'],
      topicPartitions: [],
    }),
  ConsumerGroupDescribe: (world) =>
    world.ask(0, CONSUMER_GROUP_DESCRIBE, 0, { groupIds: [GROUP, ''], includeAuthorizedOperations: true }),
});

export const GROUP_ROWS = [
  ...MEMBERSHIP_ROWS,
  ...REBALANCE_ROWS,
  ...OFFSET_ROWS,
  ...ZOOKEEPER_OFFSET_ROWS,
  ...ADMIN_ROWS,
  ...NEWER_PROTOCOL_ROWS,
];
