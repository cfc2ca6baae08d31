import { describe, expect, test } from '@jest/globals';
import type { OffsetAndMetadata } from '../../../src/coordinator/index.ts';
import type { ErrorName } from '../../../src/protocol/index.ts';
import { buildBatch, buildEndTransactionMarker } from '../../../src/records/index.ts';
import { inCommitOrder } from '../../../src/coordinator/group/commit.ts';
import { offsetCommitRecord } from '../../../src/coordinator/group/records.ts';
import { coordinatorWorld, MemoryLog, settle, type World } from './coordinator-world.ts';
import { makeStable, RANGE, TestMember } from './members.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };
const HOUR_MS = 3_600_000;

function at(offset: number, overrides: Partial<OffsetAndMetadata> = {}): OffsetAndMetadata {
  return {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: 1_700_000_000_000,
    expireTimestampMs: null,
    ...overrides,
  };
}

async function commit(
  { coordinator }: World,
  value: OffsetAndMetadata,
  overrides: { groupId?: string; memberId?: string; generationId?: number; topic?: string } = {},
): Promise<ErrorName | undefined> {
  const { topic = 'orders', ...member } = overrides;
  const [error] = await coordinator.commitOffsets({
    groupId: 'group',
    memberId: '',
    groupInstanceId: null,
    generationId: -1,
    offsets: [[{ topic, partition: 0 }, value]],
    ...member,
  });
  return error;
}

function committed({ coordinator }: World, groupId = 'group'): number | undefined {
  return coordinator.fetchOffsets(groupId, [ORDERS_0], false).offsets[0]?.offset;
}

describe('OffsetCommit', () => {
  test('without a group anybody may commit, and everybody can read it', async () => {
    const world = await coordinatorWorld();
    expect(await commit(world, at(5, { leaderEpoch: 2, metadata: 'here' }))).toBe('NONE');
    expect(
      world.coordinator.fetchOffsets('group', [ORDERS_0, { topic: 'orders', partition: 1 }], true),
    ).toEqual({
      error: 'NONE',
      offsets: [
        { ...ORDERS_0, offset: 5, leaderEpoch: 2, metadata: 'here', error: 'NONE' },
        { topic: 'orders', partition: 1, offset: -1, leaderEpoch: -1, metadata: '', error: 'NONE' },
      ],
    });
  });

  test('the last of two offsets for one partition in a request counts', async () => {
    const world = await coordinatorWorld();
    await world.coordinator.commitOffsets({
      groupId: 'group',
      memberId: '',
      groupInstanceId: null,
      generationId: -1,
      offsets: [
        [ORDERS_0, at(1)],
        [ORDERS_0, at(2)],
      ],
    });
    expect(committed(world)).toBe(2);
    expect(committed(await coordinatorWorld({}, world.log))).toBe(2);
  });

  test('with members only they may commit, in the present generation', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    const { memberId } = member;
    expect(await commit(world, at(1))).toBe('UNKNOWN_MEMBER_ID');
    expect(await commit(world, at(1), { memberId: 'nobody', generationId: 1 })).toBe('UNKNOWN_MEMBER_ID');
    expect(await commit(world, at(1), { memberId, generationId: 0 })).toBe('ILLEGAL_GENERATION');
    expect(await commit(world, at(1), { memberId, generationId: -1 })).toBe('ILLEGAL_GENERATION');
    expect(await commit(world, at(1), { memberId, generationId: 1 })).toBe('NONE');
    member.join();
    await world.time.advance(1);
    expect(await commit(world, at(1), { memberId, generationId: 2 })).toBe('REBALANCE_IN_PROGRESS');
    expect(await commit(world, at(1), { groupId: 'other', memberId, generationId: 1 })).toBe(
      'ILLEGAL_GENERATION',
    );
  });

  test('members may still commit during the join phase, and it keeps their session', async () => {
    const world = await coordinatorWorld();
    const [first, second] = [new TestMember(world.coordinator), new TestMember(world.coordinator)];
    await makeStable([first], (ms) => world.time.advance(ms));
    second.join();
    await world.time.advance(9_000);
    expect(await commit(world, at(9), { memberId: first.memberId, generationId: 1 })).toBe('NONE');
    await world.time.advance(9_000);
    expect(first.beat()).toBe('REBALANCE_IN_PROGRESS');
  });

  test('metadata that is too long keeps only its own offset from being stored', async () => {
    const world = await coordinatorWorld();
    const errors = await world.coordinator.commitOffsets({
      groupId: 'group',
      memberId: '',
      groupInstanceId: null,
      generationId: -1,
      offsets: [
        [ORDERS_0, at(1, { metadata: 'x'.repeat(65) })],
        [{ topic: 'orders', partition: 1 }, at(2)],
      ],
    });
    expect(errors).toEqual(['OFFSET_METADATA_TOO_LARGE', 'NONE']);
    expect(committed(world)).toBe(-1);
    expect(await commit(world, at(1, { metadata: 'x'.repeat(65) }))).toBe('OFFSET_METADATA_TOO_LARGE');
  });

  test.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'COORDINATOR_NOT_AVAILABLE'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'COORDINATOR_NOT_AVAILABLE'],
    ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR'],
    ['MESSAGE_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE'],
    ['REQUEST_TIMED_OUT', 'REQUEST_TIMED_OUT'],
  ] as const)(
    'an offset the log refuses with %s is answered %s and stays uncommitted',
    async (refusal, error) => {
      const world = await coordinatorWorld();
      await commit(world, at(1));
      world.log.failWith = refusal;
      expect(await commit(world, at(2))).toBe(error);
      expect(committed(world)).toBe(1);
      expect(world.coordinator.fetchOffsets('group', [ORDERS_0], true).offsets[0]?.error).toBe('NONE');
    },
  );

  test('an offset on its way to the log is not stable (KIP-447)', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1));
    world.log.hold = true;
    const pending = commit(world, at(2));
    await settle();
    const fetch = (requireStable: boolean): unknown =>
      world.coordinator.fetchOffsets('group', [ORDERS_0], requireStable).offsets[0];
    expect(fetch(true)).toMatchObject({ error: 'UNSTABLE_OFFSET_COMMIT', offset: -1 });
    expect(fetch(false)).toMatchObject({ error: 'NONE', offset: 1 });
    await world.log.release();
    expect(await pending).toBe('NONE');
    expect(fetch(true)).toMatchObject({ error: 'NONE', offset: 2 });
  });

  test('an offset whose topic is deleted on the way stays forgotten', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1), { topic: 'other' });
    world.log.hold = true;
    const pending = commit(world, at(2));
    await settle();
    world.coordinator.onPartitionsDeleted([ORDERS_0]);
    await world.log.release();
    expect(await pending).toBe('NONE');
    expect(committed(world)).toBe(-1);
  });
});

describe('offsets expire', () => {
  test('of a group that only keeps its offsets here, some time after the commit; then the group is gone', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1, { commitTimestampMs: world.time.nowMs }));
    await world.time.advance(HOUR_MS - 1);
    expect(committed(world)).toBe(1);
    await world.time.advance(600_000);
    expect(committed(world)).toBe(-1);
    expect(world.coordinator.listGroups([], []).groups).toEqual([]);
    // A group without generations was never written, so there is no tombstone for it.
    expect(world.log.records(0).map(({ value }) => value === null)).toEqual([false, true]);
  });

  test('of more groups than one turn looks at', async () => {
    const world = await coordinatorWorld();
    for (let group = 0; group < 250; group++)
      await commit(world, at(1, { commitTimestampMs: world.time.nowMs }), { groupId: `group-${group}` });
    await world.time.advance(HOUR_MS + 600_000);
    expect(world.coordinator.listGroups([], []).groups).toEqual([]);
    // Twice: the next look comes when this one is over.
    await commit(world, at(1, { commitTimestampMs: world.time.nowMs }));
    await world.time.advance(HOUR_MS + 600_000);
    expect(world.coordinator.listGroups([], []).groups).toEqual([]);
  });

  test('of an empty group counted from when it became empty', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator, { sessionTimeoutMs: 600_000 });
    await makeStable([member], (ms) => world.time.advance(ms));
    const value = at(1, { commitTimestampMs: world.time.nowMs });
    await commit(world, value, { memberId: member.memberId, generationId: 1 });
    for (let minute = 0; minute < 60; minute += 5) {
      member.beat();
      await world.time.advance(300_000);
    }
    expect(committed(world)).toBe(1);
    member.leave();
    await world.time.advance(HOUR_MS - 1);
    expect(committed(world)).toBe(1);
    await world.time.advance(600_000);
    expect(world.coordinator.describeGroup('group').groupState).toBe('Dead');
    expect(
      world.log
        .records(0)
        .slice(-2)
        .map(({ value: stored }) => stored),
    ).toEqual([null, null]);
  });

  test('of topics a stable group no longer reads', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator, { sessionTimeoutMs: 600_000 });
    await makeStable([member], (ms) => world.time.advance(ms));
    const value = at(1, { commitTimestampMs: world.time.nowMs });
    const by = { memberId: member.memberId, generationId: 1 };
    await commit(world, value, by);
    await commit(world, value, { ...by, topic: 'left' });
    for (let minute = 0; minute < 75; minute += 5) {
      member.beat();
      await world.time.advance(300_000);
    }
    const left = world.coordinator.fetchOffsets('group', null, false).offsets;
    expect(left.map(({ topic }) => topic)).toEqual(['orders']);
  });

  test('never of a group whose subscriptions cannot be read', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator, {
      sessionTimeoutMs: 600_000,
      protocols: [{ ...RANGE, metadata: Buffer.from([0]) }],
    });
    await makeStable([member], (ms) => world.time.advance(ms));
    await commit(world, at(1, { commitTimestampMs: 0 }), { memberId: member.memberId, generationId: 1 });
    await world.time.advance(600_000);
    expect(committed(world)).toBe(1);
  });

  test('when the client said, where it said', async () => {
    const world = await coordinatorWorld();
    await commit(
      world,
      at(1, { commitTimestampMs: world.time.nowMs, expireTimestampMs: world.time.nowMs + 1000 }),
    );
    await world.time.advance(600_000);
    expect(committed(world)).toBe(-1);
  });
});

describe('deleting', () => {
  test('a group with members is kept, an empty one goes with its offsets', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    await commit(world, at(1), { memberId: member.memberId, generationId: 1 });
    expect(world.coordinator.deleteGroup('group')).toBe('NON_EMPTY_GROUP');
    member.leave();
    await settle();
    expect(world.coordinator.deleteGroup('group')).toBe('NONE');
    expect(world.coordinator.deleteGroup('group')).toBe('GROUP_ID_NOT_FOUND');
    expect((await coordinatorWorld({}, world.log)).coordinator.listGroups([], []).groups).toEqual([]);
  });

  test('single offsets go unless members read their topic', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    const by = { memberId: member.memberId, generationId: 1 };
    await commit(world, at(1), by);
    await commit(world, at(1), { ...by, topic: 'left' });
    const partitions = [ORDERS_0, { topic: 'left', partition: 0 }];
    expect(world.coordinator.deleteOffsets('group', partitions)).toEqual({
      error: 'NONE',
      errors: ['GROUP_SUBSCRIBED_TO_TOPIC', 'NONE'],
    });
    expect(world.coordinator.deleteOffsets('nobody', partitions).error).toBe('GROUP_ID_NOT_FOUND');
    member.leave();
    await settle();
    expect(world.coordinator.deleteOffsets('group', partitions).errors).toEqual(['NONE', 'NONE']);
  });

  test('offsets of deleted topics are removed with tombstones', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1));
    await commit(world, at(1), { topic: 'other' });
    world.coordinator.onPartitionsDeleted([ORDERS_0]);
    await settle();
    expect(committed(world)).toBe(-1);
    expect(committed(await coordinatorWorld({}, world.log))).toBe(-1);
  });
});

describe('what tools see', () => {
  test('an unknown group is Dead, one of another broker is an error', async () => {
    const world = await coordinatorWorld();
    expect(world.coordinator.describeGroup('nobody')).toMatchObject({ error: 'NONE', groupState: 'Dead' });
    expect(world.another().describeGroup('nobody')).toMatchObject({
      error: 'NOT_COORDINATOR',
      groupState: '',
    });
  });

  test('metadata and assignments are shown of stable groups only', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    expect(world.coordinator.describeGroup('group')).toMatchObject({
      groupState: 'Stable',
      protocolData: 'range',
      members: [{ memberId: member.memberId, clientHost: '/127.0.0.1', metadata: RANGE.metadata }],
    });
    member.join();
    await world.time.advance(1);
    expect(world.coordinator.describeGroup('group')).toMatchObject({
      groupState: 'CompletingRebalance',
      protocolData: '',
      members: [{ metadata: Buffer.alloc(0), assignment: Buffer.alloc(0) }],
    });
  });

  test('lists are filtered by state and type, whatever the case', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1), { groupId: 'simple' });
    await makeStable([new TestMember(world.coordinator)], (ms) => world.time.advance(ms));
    const listed = (states: string[], types: string[]): string[] =>
      world.coordinator.listGroups(states, types).groups.map(({ groupId }) => groupId);
    expect(listed([], [])).toEqual(['simple', 'group']);
    expect(listed(['stable'], [])).toEqual(['group']);
    expect(listed(['EMPTY', 'Dead'], ['Classic'])).toEqual(['simple']);
    expect(listed([], ['consumer'])).toEqual([]);
  });
});

describe('transactional offsets in the log', () => {
  const batch = (producerId: number, offset: number, isTransactional: boolean): Buffer =>
    buildBatch({
      records: [{ ...offsetCommitRecord('group', 'orders', 0, at(offset)), timestamp: 0 }],
      ...(isTransactional ? { producerId, producerEpoch: 0, baseSequence: 0, isTransactional } : {}),
    });
  const marker = (producerId: number, result: 'commit' | 'abort'): Buffer =>
    buildEndTransactionMarker({ producerId, producerEpoch: 0, result, coordinatorEpoch: 0, timestamp: 0 });

  test('are pending until their marker, in memory as in the log', async () => {
    const log = new MemoryLog();
    log.put(0, batch(7, 10, true));
    log.put(0, batch(8, 20, true));
    log.put(0, marker(8, 'abort'));
    const world = await coordinatorWorld({}, log);
    expect(world.coordinator.fetchOffsets('group', [ORDERS_0], true).offsets[0]?.error).toBe(
      'UNSTABLE_OFFSET_COMMIT',
    );
    world.coordinator.onTransactionCompleted(7, new Set([0]), true);
    expect(committed(world)).toBe(10);
    log.put(0, marker(7, 'commit'));
    expect(committed(await coordinatorWorld({}, log))).toBe(10);
  });

  test('do not replace what was committed after them', async () => {
    const log = new MemoryLog();
    log.put(0, batch(7, 10, true));
    log.put(0, batch(-1, 30, false));
    log.put(0, marker(7, 'commit'));
    expect(committed(await coordinatorWorld({}, log))).toBe(30);
  });

  test('outlive the expiry of what was committed before them', async () => {
    const log = new MemoryLog();
    log.put(0, batch(-1, 10, false));
    log.put(0, batch(7, 20, true));
    const world = await coordinatorWorld({}, log);
    await world.time.advance(2 * HOUR_MS);
    expect(committed(world)).toBe(-1);
    world.coordinator.onTransactionCompleted(7, new Set([0]), true);
    expect(committed(world)).toBe(20);
  });
});

describe('TxnOffsetCommit', () => {
  const commitIn = (world: World, producerId: number, offset: number, groupId = 'group') =>
    world.coordinator.commitTransactionalOffsets({
      groupId,
      memberId: '',
      groupInstanceId: null,
      generationId: -1,
      producerId,
      producerEpoch: producerId < 0 ? -1 : 0,
      offsets: [[ORDERS_0, at(offset)]],
      verify: () => Promise.resolve({ error: 'NONE', guard: undefined }),
    });

  test('a marker decides what its producer committed, in every group, and nothing else', async () => {
    const world = await coordinatorWorld();
    expect(await commitIn(world, 7, 10)).toEqual(['NONE']);
    await commitIn(world, 7, 11, 'other');
    await commitIn(world, 8, 20, 'third');
    expect([committed(world), committed(world, 'other')]).toEqual([-1, -1]);
    world.coordinator.onTransactionCompleted(7, new Set([0]), true);
    expect([committed(world), committed(world, 'other'), committed(world, 'third')]).toEqual([10, 11, -1]);
    await commitIn(world, 7, 12);
    world.coordinator.onTransactionCompleted(7, new Set([0]), false);
    world.coordinator.onTransactionCompleted(8, new Set([0]), true);
    expect([committed(world), committed(world, 'third')]).toEqual([10, 20]);
  });

  test('what the log refused is not pending, what it took before is', async () => {
    const world = await coordinatorWorld();
    const unstable = (): ErrorName | undefined =>
      world.coordinator.fetchOffsets('group', [ORDERS_0], true).offsets[0]?.error;
    world.log.failWith = 'NOT_ENOUGH_REPLICAS';
    expect(await commitIn(world, 7, 10)).toEqual(['COORDINATOR_NOT_AVAILABLE']);
    expect(unstable()).toBe('NONE');
    world.log.failWith = 'NONE';
    await commitIn(world, 7, 11);
    expect(unstable()).toBe('UNSTABLE_OFFSET_COMMIT');
    world.coordinator.onTransactionCompleted(7, new Set([0]), true);
    expect(committed(world)).toBe(11);
  });

  // So Kafka 3.9.1 answered where transactions are not verified: no error, and the offset is committed.
  test('without a producer id it is a commit like any other', async () => {
    const world = await coordinatorWorld();
    expect(await commitIn(world, -1, 10)).toEqual(['NONE']);
    expect(committed(world)).toBe(10);
    expect(committed(await coordinatorWorld({}, world.log))).toBe(10);
  });
});

describe('what is written', () => {
  // In the order of Kafka's maps: recorded of scala-library 2.13.15 for keys with these hash codes.
  test('of several partitions is in the order of Kafka’s own maps', async () => {
    const world = await coordinatorWorld();
    const offsets = Array.from({ length: 6 }, (_, partition) => [
      { topic: 'orders', partition },
      at(partition),
    ]) as [{ topic: string; partition: number }, OffsetAndMetadata][];
    await world.coordinator.commitOffsets({
      groupId: 'group',
      memberId: '',
      groupInstanceId: null,
      generationId: -1,
      offsets,
    });
    const partitions = world.log.records(0).map(({ key }) => key?.readInt32BE(key.length - 4));
    expect(partitions).toEqual(inCommitOrder(offsets).map(([{ partition }]) => partition));
    expect(partitions).not.toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('of expired offsets asks the leader’s log alone', async () => {
    const world = await coordinatorWorld();
    await commit(world, at(1));
    await world.time.advance(2 * HOUR_MS);
    expect(world.log.unattended).toBe(1);
  });
});
