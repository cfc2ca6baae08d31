import { describe, expect, test } from '@jest/globals';
import { coordinatorWorld, settle, type World } from './coordinator-world.ts';
import { makeStable, RANGE, ROUND_ROBIN, subscription, TestMember } from './members.ts';

const place = { groupInstanceId: 'place-1' };

async function stableStatic(world: World): Promise<{ first: TestMember; other: TestMember }> {
  const [first, other] = [new TestMember(world.coordinator, place), new TestMember(world.coordinator)];
  await makeStable([first], (ms) => world.time.advance(ms));
  const join = other.join();
  const rejoin = first.join();
  await world.time.advance(1);
  expect([join.answer?.error, rejoin.answer?.error]).toEqual(['NONE', 'NONE']);
  first.sync({ [first.memberId]: 'a', [other.memberId]: 'b' });
  other.sync();
  await settle();
  return { first, other };
}

describe('KIP-345: a static member comes back', () => {
  test('in a stable group under a new id, without a rebalance, and keeps its assignment', async () => {
    const world = await coordinatorWorld();
    const { first, other } = await stableStatic(world);
    const back = new TestMember(world.coordinator, place);
    const join = back.join();
    await settle();
    expect(join.answer).toMatchObject({ error: 'NONE', generationId: 2, leaderId: back.memberId });
    expect(back.memberId).toMatch(/^place-1-/);
    expect(back.memberId).not.toBe(first.memberId);
    const sync = back.sync();
    await settle();
    expect(sync.answer?.assignment.toString()).toBe('a');
    expect(other.beat()).toBe('NONE');
  });

  test('as leader it is told not to assign (v9), or that somebody else leads (before)', async () => {
    const world = await coordinatorWorld();
    const { first } = await stableStatic(world);
    const second = new TestMember(world.coordinator, place);
    const join = second.join();
    await settle();
    expect(join.answer).toMatchObject({ skipAssignment: true, leaderId: second.memberId });
    expect(join.answer?.members.length).toBe(2);
    const third = new TestMember(world.coordinator, { ...place, supportSkippingAssignment: false });
    const older = third.join();
    await settle();
    expect(older.answer).toMatchObject({ skipAssignment: false, leaderId: second.memberId, members: [] });
    expect(first.beat()).toBe('FENCED_INSTANCE_ID');
  });

  test('and fences whoever still uses the old member id, in every request', async () => {
    const world = await coordinatorWorld();
    const { first } = await stableStatic(world);
    new TestMember(world.coordinator, place).join();
    await settle();
    const [join, sync] = [first.join(), first.sync()];
    await settle();
    expect([join.answer?.error, sync.answer?.error, first.beat(), first.leave()]).toEqual(
      Array.from({ length: 4 }, () => 'FENCED_INSTANCE_ID'),
    );
    const committed = await world.coordinator.commitOffsets({
      groupId: 'group',
      memberId: first.memberId,
      ...place,
      generationId: 2,
      offsets: [
        [
          { topic: 'orders', partition: 0 },
          { offset: 1, leaderEpoch: -1, metadata: '', commitTimestampMs: 0, expireTimestampMs: null },
        ],
      ],
    });
    expect(committed).toEqual(['FENCED_INSTANCE_ID']);
  });

  test('and its new id survives a change of coordinator', async () => {
    const world = await coordinatorWorld();
    await stableStatic(world);
    const back = new TestMember(world.coordinator, place);
    back.join();
    await settle();
    const next = await coordinatorWorld({}, world.log, world.time);
    expect(next.coordinator.describeGroup('group').members.map(({ memberId }) => memberId)).toContain(
      back.memberId,
    );
  });

  test('with other protocols that change the vote, and the group rebalances', async () => {
    const world = await coordinatorWorld();
    const first = new TestMember(world.coordinator, { ...place, protocols: [RANGE, ROUND_ROBIN] });
    await makeStable([first], (ms) => world.time.advance(ms));
    const back = new TestMember(world.coordinator, { ...place, protocols: [ROUND_ROBIN, RANGE] });
    const join = back.join();
    await world.time.advance(1);
    expect(join.answer).toMatchObject({ generationId: 2, protocolName: 'roundrobin' });
  });

  test('during the sync phase, and the group starts over because the leader assigns to the old id', async () => {
    const world = await coordinatorWorld();
    const first = new TestMember(world.coordinator, place);
    first.join();
    await world.time.advance(1);
    const back = new TestMember(world.coordinator, place);
    const join = back.join();
    await world.time.advance(1);
    expect(join.answer).toMatchObject({ error: 'NONE', generationId: 2 });
  });

  test('during the join phase, and the JoinGroup of its predecessor is fenced', async () => {
    const world = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const [first, back] = [
      new TestMember(world.coordinator, place),
      new TestMember(world.coordinator, place),
    ];
    const fenced = first.join();
    const join = back.join();
    await settle();
    expect(fenced.answer?.error).toBe('FENCED_INSTANCE_ID');
    await world.time.advance(6000);
    expect(join.answer).toMatchObject({ error: 'NONE', generationId: 1, memberId: back.memberId });
  });

  test('but if its new id cannot be stored the old one stays in force', async () => {
    const world = await coordinatorWorld();
    const { first } = await stableStatic(world);
    world.log.failWith = 'NOT_ENOUGH_REPLICAS';
    const back = new TestMember(world.coordinator, {
      ...place,
      protocols: [{ ...RANGE, metadata: subscription('other') }],
    });
    const join = back.join();
    await settle();
    expect(join.answer).toMatchObject({ error: 'COORDINATOR_NOT_AVAILABLE', memberId: '' });
    expect(first.beat()).toBe('NONE');
    world.log.failWith = 'NONE';
    const member = world.coordinator
      .describeGroup('group')
      .members.find(({ groupInstanceId }) => groupInstanceId !== null);
    expect(member?.metadata).toEqual(RANGE.metadata);
  });
});

describe('KIP-345: the place of a static member', () => {
  test('is kept through a rebalance it misses, until its session ends', async () => {
    const world = await coordinatorWorld();
    const [first, other] = [
      new TestMember(world.coordinator, { ...place, sessionTimeoutMs: 100_000 }),
      new TestMember(world.coordinator, { sessionTimeoutMs: 100_000 }),
    ];
    await makeStable([first], (ms) => world.time.advance(ms));
    const join = other.join();
    await world.time.advance(60_000);
    expect(join.answer).toMatchObject({ generationId: 2, leaderId: other.memberId });
    expect(new Set(join.answer?.members.map(({ groupInstanceId }) => groupInstanceId))).toEqual(
      new Set(['place-1', null]),
    );
    await world.time.advance(100_000);
    expect(first.beat()).toBe('UNKNOWN_MEMBER_ID');
  });

  test('a join phase to which nobody comes starts over', async () => {
    const world = await coordinatorWorld();
    const first = new TestMember(world.coordinator, { ...place, sessionTimeoutMs: 200_000 });
    const gone = new TestMember(world.coordinator);
    await makeStable([first], (ms) => world.time.advance(ms));
    const join = gone.join();
    await settle();
    expect(gone.leave()).toBe('UNKNOWN_MEMBER_ID');
    expect(join.answer).toBeUndefined();
    await world.time.advance(60_000);
    expect(join.answer?.error).toBe('NONE');
    await world.time.advance(60_000);
    const back = first.join();
    await world.time.advance(1);
    expect(back.answer?.error).toBe('NONE');
  });

  test('is given up by instance id alone', async () => {
    const world = await coordinatorWorld();
    const { first, other } = await stableStatic(world);
    const left = world.coordinator.leaveGroup('group', [
      { memberId: '', groupInstanceId: 'place-1', reason: null },
      { memberId: '', groupInstanceId: 'nobody', reason: null },
      { memberId: '', groupInstanceId: null, reason: null },
      { memberId: 'nobody', groupInstanceId: null, reason: null },
    ]);
    expect(left.members.map(({ error }) => error)).toEqual([
      'NONE',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
    ]);
    expect(first.beat()).toBe('UNKNOWN_MEMBER_ID');
    expect(other.beat()).toBe('REBALANCE_IN_PROGRESS');
  });

  test('taken over during the join phase ends it, when nobody else is missing', async () => {
    const world = await coordinatorWorld();
    const { other } = await stableStatic(world);
    const rejoin = other.join({ protocols: [ROUND_ROBIN, RANGE] });
    await settle();
    expect(rejoin.answer).toBeUndefined();
    const back = new TestMember(world.coordinator, place).join();
    await settle();
    expect([rejoin.answer?.generationId, back.answer?.generationId]).toEqual([3, 3]);
  });
});
