import { describe, expect, test } from '@jest/globals';
import type { Fact } from '../../../src/observe/index.ts';
import { coordinatorWorld, settle, type World } from './coordinator-world.ts';
import { makeStable, RANGE, TestMember } from './members.ts';

/** A leader and a follower that have joined generation 1 and not synced. */
async function joinedPair(world: World): Promise<{ leader: TestMember; follower: TestMember }> {
  const [leader, follower] = [new TestMember(world.coordinator), new TestMember(world.coordinator)];
  leader.join();
  follower.join();
  await world.time.advance(20);
  expect([leader.generationId, follower.generationId]).toEqual([1, 1]);
  return { leader, follower };
}

const DELAY = { initialRebalanceDelayMs: 5 };

describe('SyncGroup', () => {
  test('followers wait for the leader, and everybody gets its part once it is stored', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    const early = follower.sync();
    await settle();
    expect(early.answer).toBeUndefined();
    world.log.hold = true;
    const leaders = leader.sync({ [leader.memberId]: 'a', [follower.memberId]: 'b' });
    await settle();
    expect([early.answer, leaders.answer]).toEqual([undefined, undefined]);
    await world.log.release();
    expect(early.answer).toMatchObject({ error: 'NONE', protocolType: 'consumer', protocolName: 'range' });
    expect([leaders.answer?.assignment.toString(), early.answer?.assignment.toString()]).toEqual(['a', 'b']);
    expect(world.coordinator.describeGroup('group').groupState).toBe('Stable');
  });

  test('whom the leader forgot gets an empty assignment', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    leader.sync({ [leader.memberId]: 'a' });
    const late = follower.sync();
    await settle();
    expect(late.answer).toMatchObject({ error: 'NONE', assignment: Buffer.alloc(0) });
  });

  test.each([
    ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR'],
    ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE'],
    ['REQUEST_TIMED_OUT', 'REBALANCE_IN_PROGRESS'],
    ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
    ['INVALID_REQUIRED_ACKS', 'INVALID_REQUIRED_ACKS'],
  ] as const)('an assignment the log refuses with %s ends in %s and a rebalance', async (refusal, error) => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    const early = follower.sync();
    world.log.failWith = refusal;
    const leaders = leader.sync({});
    await settle();
    expect([leaders.answer?.error, early.answer?.error]).toEqual([error, error]);
    expect(world.coordinator.describeGroup('group').groupState).toBe('PreparingRebalance');
  });

  test('an assignment that is stored too late is not told', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    world.log.hold = true;
    const leaders = leader.sync({ [leader.memberId]: 'old' });
    await settle();
    follower.join({ protocols: [{ ...RANGE, metadata: Buffer.from('new') }] });
    await settle();
    expect(leaders.answer?.error).toBe('REBALANCE_IN_PROGRESS');
    await world.log.release();
    expect(world.coordinator.describeGroup('group').groupState).toBe('PreparingRebalance');
  });

  test('an assignment of the generation before is not told either', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    world.log.hold = true;
    leader.sync({ [leader.memberId]: 'old' });
    await settle();
    follower.join({ protocols: [{ ...RANGE, metadata: Buffer.from('new') }] });
    leader.join();
    await world.time.advance(1);
    expect([leader.generationId, follower.generationId]).toEqual([2, 2]);
    const waiting = follower.sync();
    await world.log.release();
    expect(waiting.answer).toBeUndefined();
    expect(world.coordinator.describeGroup('group').groupState).toBe('CompletingRebalance');
  });

  test.each([
    ['an old generation', { generationId: 0 }, 'ILLEGAL_GENERATION'],
    ['an unknown member id', { memberId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ['an unknown instance id', { groupInstanceId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ['another protocol type', { protocolType: 'connect' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['another protocol', { protocolName: 'sticky' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['no group id', { groupId: '' }, 'INVALID_GROUP_ID'],
    ['an unknown group', { groupId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
  ] as const)('is refused with %s', async (_name, overrides, error) => {
    const world = await coordinatorWorld(DELAY);
    const { leader } = await joinedPair(world);
    const answer = await world.coordinator.syncGroup({
      groupId: 'group',
      generationId: 1,
      memberId: leader.memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: new Map(),
      ...overrides,
    });
    expect(answer.error).toBe(error);
  });

  test('a member may ask again in a stable group', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    const again = member.sync();
    await settle();
    expect(again.answer?.assignment.toString()).toBe(`to ${member.memberId}`);
  });

  test('who does not sync within the rebalance timeout is out, and the others rebalance', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    const leaders = leader.sync({});
    await settle();
    expect(leaders.answer?.error).toBe('NONE');
    for (let second = 0; second < 60; second += 5) {
      follower.beat();
      leader.beat();
      await world.time.advance(5000);
    }
    expect(follower.beat()).toBe('UNKNOWN_MEMBER_ID');
    expect(leader.beat()).toBe('REBALANCE_IN_PROGRESS');
  });
});

describe('sessions', () => {
  test('a member that falls silent is removed when its session ends', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const member = new TestMember(coordinator);
    await makeStable([member], (ms) => time.advance(ms));
    await time.advance(9_000);
    expect(member.beat()).toBe('NONE');
    await time.advance(9_999);
    expect(coordinator.describeGroup('group').groupState).toBe('Stable');
    await time.advance(1);
    expect(coordinator.describeGroup('group')).toMatchObject({ groupState: 'Empty', members: [] });
    expect(member.beat()).toBe('UNKNOWN_MEMBER_ID');
  });

  test('a shorter session timeout counts from the rejoin', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const member = new TestMember(coordinator, { sessionTimeoutMs: 100_000 });
    await makeStable([member], (ms) => time.advance(ms));
    member.join({ sessionTimeoutMs: 2_000 });
    await time.advance(1);
    member.sync();
    await time.advance(2_000);
    expect(member.beat()).toBe('UNKNOWN_MEMBER_ID');
  });

  test('no session ends while the JoinGroup or SyncGroup of its member waits', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader, follower } = await joinedPair(world);
    const waiting = follower.sync();
    for (let second = 0; second < 30; second += 5) {
      leader.beat();
      await world.time.advance(5000);
    }
    expect(waiting.answer).toBeUndefined();
    leader.sync({});
    await settle();
    expect(waiting.answer?.error).toBe('NONE');
    await world.time.advance(9_999);
    expect(follower.beat()).toBe('NONE');
  });

  test('a beat during the sync phase keeps the session', async () => {
    const world = await coordinatorWorld(DELAY);
    const { leader } = await joinedPair(world);
    await world.time.advance(9_000);
    expect(leader.beat()).toBe('NONE');
    await world.time.advance(9_000);
    expect(leader.beat()).not.toBe('UNKNOWN_MEMBER_ID');
  });

  test.each([
    ['an old generation', { generationId: 0 }, 'ILLEGAL_GENERATION'],
    ['an unknown member', { memberId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ['an unknown group', { groupId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ['no group id', { groupId: '' }, 'INVALID_GROUP_ID'],
    ['an unknown instance id', { groupInstanceId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
  ] as const)('a heartbeat with %s is refused', async (_name, overrides, error) => {
    const { coordinator, time } = await coordinatorWorld();
    const member = new TestMember(coordinator);
    await makeStable([member], (ms) => time.advance(ms));
    const beat = { groupId: 'group', memberId: member.memberId, groupInstanceId: null, generationId: 1 };
    expect(coordinator.heartbeat({ ...beat, ...overrides })).toBe(error);
  });
});

test('facts and metrics tell the life of a group', async () => {
  const { coordinator, time, facts, metrics } = await coordinatorWorld();
  const seen: Fact[] = [];
  facts.subscribe((fact) => seen.push(fact));
  const member = new TestMember(coordinator);
  await makeStable([member], (ms) => time.advance(ms));
  const gauge = (name: string): unknown =>
    metrics.snapshot().find((sample) => sample.name.name === name)?.attributes;
  expect(['NumGroups', 'NumGroupsStable', 'NumGroupsEmpty'].map(gauge)).toEqual([
    { Value: 1 },
    { Value: 1 },
    { Value: 0 },
  ]);
  member.leave();
  await settle();
  expect(
    seen.flatMap((fact) =>
      fact.kind === 'group-state' ? [`${fact.from} -> ${fact.to} (${fact.generationId})`] : [],
    ),
  ).toEqual([
    'Empty -> PreparingRebalance (0)',
    'PreparingRebalance -> CompletingRebalance (1)',
    'CompletingRebalance -> Stable (1)',
    'Stable -> PreparingRebalance (1)',
    'PreparingRebalance -> Empty (2)',
  ]);
});
