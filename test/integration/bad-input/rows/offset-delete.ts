/** OffsetDelete (KIP-496, contract section 8.4). Each row that needs a group has a group of its own. */
import { LEAVE_GROUP, OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH } from '../apis.ts';
import { rowsOf } from '../row.ts';
import { GROUP } from '../world.ts';
import type { Whom, World } from '../world.ts';

type Partitions = readonly (readonly [topic: string, ...partitions: number[]])[];

const PLAIN: Partitions = [['plain', 0]];

const deleteOffsets = (
  world: World,
  group: string,
  partitions: Partitions = PLAIN,
  whom: Whom = { coordinatorOf: group },
): Promise<unknown> =>
  world.ask(whom, OFFSET_DELETE, 0, {
    groupId: group,
    topics: partitions.map(([name, ...indexes]) => ({
      name,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
    })),
  });

const commit = (world: World, group: string): Promise<unknown> =>
  world.ask({ coordinatorOf: group }, OFFSET_COMMIT, 9, {
    groupId: group,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [
      {
        name: 'plain',
        partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }],
      },
    ],
  });

const fetched = (world: World, group: string): Promise<unknown> =>
  world.ask({ coordinatorOf: group }, OFFSET_FETCH, 7, {
    groupId: group,
    topics: [{ name: 'plain', partitionIndexes: [0] }],
    groups: [],
  });

/** Version 0 of a consumer's subscription: topics, then user data. */
function subscribedTo(topic: string): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]);
  return Buffer.concat([header, Buffer.from(topic), Buffer.alloc(4)]);
}

export const OFFSET_DELETE_ROWS = rowsOf('8.4', {
  'OffsetDelete without a group id': (world) => deleteOffsets(world, '', PLAIN, 0),
  'OffsetDelete at another broker': async (world) =>
    deleteOffsets(world, GROUP, PLAIN, await world.notCoordinatorOf(GROUP)),
  'OffsetDelete from a group that is not there': (world) => deleteOffsets(world, 'fresh-m'),
  'OffsetDelete of an unknown topic': async (world) => {
    await commit(world, 'deleting-a');
    return deleteOffsets(world, 'deleting-a', [
      ['nowhere', 0, 1],
      ['plain', 9, 0],
    ]);
  },
  'OffsetDelete of an unknown topic from a group that is not there': (world) =>
    deleteOffsets(world, 'fresh-n', [['nowhere', 0]]),
  'OffsetDelete of what was never committed': async (world) => {
    await world.stableMember('deleting-b');
    return deleteOffsets(world, 'deleting-b', [['plain', 1]]);
  },
  'OffsetDelete of nothing': async (world) => {
    await commit(world, 'deleting-c');
    return [await deleteOffsets(world, 'deleting-c', []), await fetched(world, 'deleting-c')];
  },
  'OffsetDelete of a topic without partitions': async (world) => {
    await commit(world, 'deleting-d');
    return deleteOffsets(world, 'deleting-d', [['plain']]);
  },
  'OffsetDelete of a partition twice': async (world) => {
    await commit(world, 'deleting-e');
    return deleteOffsets(world, 'deleting-e', [['plain', 0, 0]]);
  },
  'OffsetDelete of a topic a member reads': async (world) => {
    await world.stableMember('deleting-f', null, { subscription: subscribedTo('plain') });
    return deleteOffsets(world, 'deleting-f', [
      ['compacted', 0],
      ['plain', 0, 9],
    ]);
  },
  'OffsetDelete of a topic its members do not read': async (world) => {
    await world.stableMember('deleting-g', null, { subscription: subscribedTo('compacted') });
    return deleteOffsets(world, 'deleting-g');
  },
  'OffsetDelete from a group whose subscriptions nobody can read': async (world) => {
    await world.stableMember('deleting-h', null, { subscription: Buffer.from([0, 0, 0]) });
    return deleteOffsets(world, 'deleting-h');
  },
  'OffsetDelete from a group with members of another protocol': async (world) => {
    await world.stableMember('deleting-i', null, { protocolType: 'connect' });
    return deleteOffsets(world, 'deleting-i');
  },
  'OffsetDelete and then again': async (world) => {
    await commit(world, 'deleting-j');
    const first = await deleteOffsets(world, 'deleting-j');
    return [first, await fetched(world, 'deleting-j'), await deleteOffsets(world, 'deleting-j')];
  },
  'OffsetDelete from a group that its last member left': async (world) => {
    const { memberId } = await world.stableMember('deleting-k', null, {
      subscription: subscribedTo('plain'),
    });
    await world.send({ coordinatorOf: 'deleting-k' }, LEAVE_GROUP, 5, {
      groupId: 'deleting-k',
      members: [{ memberId }],
    });
    return deleteOffsets(world, 'deleting-k');
  },
});
