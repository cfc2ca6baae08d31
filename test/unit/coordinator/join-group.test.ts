import { describe, expect, test } from '@jest/globals';
import { coordinatorWorld, settle } from './coordinator-world.ts';
import { joinOf, makeStable, RANGE, ROUND_ROBIN, TestMember } from './members.ts';

describe('a group forms', () => {
  test('the first member leads generation 1 and is told of everybody', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const [first, second] = [new TestMember(coordinator), new TestMember(coordinator)];
    const joins = [first.join(), second.join()];
    await time.advance(3000);
    await time.advance(3000);
    expect(joins.map(({ answer }) => answer?.error)).toEqual(['NONE', 'NONE']);
    expect([first.generationId, second.generationId]).toEqual([1, 1]);
    expect(first.isLeader).toBe(true);
    expect(new Set(first.members.map(({ memberId }) => memberId))).toEqual(
      new Set([first.memberId, second.memberId]),
    );
    expect(second.members).toEqual([]);
    expect(joins[0]?.answer).toMatchObject({ protocolType: 'consumer', protocolName: 'range' });
  });

  test('the first join phase lasts its delay even when everybody is there', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const join = new TestMember(coordinator).join();
    await time.advance(2999);
    expect(join.answer).toBeUndefined();
    await time.advance(1);
    expect(join.answer?.error).toBe('NONE');
  });

  test('each newcomer makes the first join phase longer, up to the rebalance timeout', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const rebalanceTimeoutMs = 10_000;
    const joins = [new TestMember(coordinator, { rebalanceTimeoutMs }).join()];
    for (let second = 1; second < 10; second++) {
      await time.advance(1000);
      joins.push(new TestMember(coordinator, { rebalanceTimeoutMs }).join());
    }
    await time.advance(999);
    expect(joins.every(({ answer }) => answer === undefined)).toBe(true);
    await time.advance(1);
    expect(joins.every(({ answer }) => answer?.generationId === 1)).toBe(true);
  });

  test('the protocol with the most votes among those everybody speaks wins', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 10 });
    const members = [
      new TestMember(coordinator, { protocols: [RANGE, ROUND_ROBIN] }),
      new TestMember(coordinator, { protocols: [ROUND_ROBIN, RANGE] }),
      new TestMember(coordinator, {
        protocols: [ROUND_ROBIN, RANGE, { name: 'mine', metadata: Buffer.alloc(0) }],
      }),
    ];
    const joins = members.map((member) => member.join());
    await time.advance(20);
    expect(joins.map(({ answer }) => answer?.protocolName)).toEqual([
      'roundrobin',
      'roundrobin',
      'roundrobin',
    ]);
  });

  test('a protocol offered twice does not confuse the vote', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const join = new TestMember(coordinator, { protocols: [RANGE, RANGE] }).join();
    await time.advance(1);
    expect(join.answer).toMatchObject({ error: 'NONE', protocolName: 'range' });
  });
});

describe('a join is refused', () => {
  test.each([
    ['without a group id', { groupId: '' }, 'INVALID_GROUP_ID'],
    ['with too short a session', { sessionTimeoutMs: 999 }, 'INVALID_SESSION_TIMEOUT'],
    ['with too long a session', { sessionTimeoutMs: 600_001 }, 'INVALID_SESSION_TIMEOUT'],
    ['without protocols', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['without a protocol type', { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['with a member id nobody gave out', { memberId: 'mine' }, 'UNKNOWN_MEMBER_ID'],
  ] as const)('%s', async (_name, overrides, error) => {
    const { coordinator } = await coordinatorWorld();
    expect(await coordinator.joinGroup(joinOf(overrides))).toMatchObject({
      error,
      generationId: -1,
      leaderId: '',
    });
  });

  test.each([
    ['another protocol type', { protocolType: 'connect' }],
    ['no protocol the others speak', { protocols: [{ name: 'mine', metadata: Buffer.alloc(0) }] }],
  ] as const)('with %s than the group', async (_name, overrides) => {
    const { coordinator, time } = await coordinatorWorld();
    await makeStable([new TestMember(coordinator)], (ms) => time.advance(ms));
    expect((await coordinator.joinGroup(joinOf(overrides))).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  test('by a broker that does not coordinate the group, or not yet', async () => {
    const { another, time } = await coordinatorWorld();
    const other = another();
    expect((await other.joinGroup(joinOf())).error).toBe('NOT_COORDINATOR');
    other.onElection(0, 2);
    expect((await other.joinGroup(joinOf())).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    await time.advance(1);
    expect((await other.joinGroup(joinOf({ protocols: [] }))).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    await other.shutdown();
    expect((await other.joinGroup(joinOf())).error).toBe('COORDINATOR_NOT_AVAILABLE');
  });
});

describe('KIP-394: a member must come back with its id', () => {
  test('the first join gives an id, the second joins', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const member = new TestMember(coordinator, { requireKnownMemberId: true, clientId: 'app' });
    const first = member.join();
    await settle();
    expect(first.answer?.error).toBe('MEMBER_ID_REQUIRED');
    expect(member.memberId).toMatch(/^app-[0-9a-f-]{36}$/);
    const second = member.join();
    await time.advance(1);
    expect(second.answer).toMatchObject({ error: 'NONE', generationId: 1, memberId: member.memberId });
  });

  test('an id that is not used within the session timeout is forgotten', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const member = new TestMember(coordinator, { requireKnownMemberId: true });
    member.join();
    await time.advance(10_000);
    const late = member.join();
    await time.advance(1);
    expect(late.answer?.error).toBe('UNKNOWN_MEMBER_ID');
  });

  test('a rebalance waits for a pending member', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const [old, young] = [
      new TestMember(coordinator),
      new TestMember(coordinator, { requireKnownMemberId: true }),
    ];
    await makeStable([old], (ms) => time.advance(ms));
    young.join();
    await settle();
    const rejoin = old.join();
    await time.advance(1);
    expect(rejoin.answer).toBeUndefined();
    const join = young.join();
    await time.advance(1);
    expect([rejoin.answer?.generationId, join.answer?.generationId]).toEqual([2, 2]);
  });

  test('a pending member may leave, and nobody waits for it', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const [old, young] = [
      new TestMember(coordinator),
      new TestMember(coordinator, { requireKnownMemberId: true }),
    ];
    await makeStable([old], (ms) => time.advance(ms));
    young.join();
    await settle();
    const rejoin = old.join();
    expect(young.leave()).toBe('NONE');
    await time.advance(1);
    expect(rejoin.answer?.generationId).toBe(2);
  });
});

describe('KIP-389: group.max.size', () => {
  test('one too many is turned away from a stable group', async () => {
    const { coordinator, time } = await coordinatorWorld({ maxSize: 1 });
    await makeStable([new TestMember(coordinator)], (ms) => time.advance(ms));
    expect(await coordinator.joinGroup(joinOf())).toMatchObject({
      error: 'GROUP_MAX_SIZE_REACHED',
      memberId: '',
    });
  });

  test('a group that was larger loses those that rejoin last', async () => {
    const first = await coordinatorWorld({ initialRebalanceDelayMs: 5 });
    const members = [1, 2, 3].map(() => new TestMember(first.coordinator));
    for (const member of members) member.join();
    await first.time.advance(20);
    for (const member of members) member.sync();
    await settle();

    const { coordinator, time } = await coordinatorWorld({ maxSize: 2 }, first.log, first.time);
    const rejoins = members.map(({ memberId }) =>
      new TestMember(coordinator, { memberId }).join({ memberId }),
    );
    await time.advance(1);
    expect(rejoins.map(({ answer }) => answer?.error)).toEqual(['NONE', 'NONE', 'GROUP_MAX_SIZE_REACHED']);
  });
});

describe('members rejoin', () => {
  test('a follower with the same metadata is told the current generation at once', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 5 });
    const members = [new TestMember(coordinator), new TestMember(coordinator)];
    const joins = members.map((member) => member.join());
    await time.advance(20);
    expect(joins[1]?.answer?.error).toBe('NONE');
    members[0]?.sync();
    members[1]?.sync();
    await settle();
    const again = members[1]?.join();
    await settle();
    expect(again?.answer).toMatchObject({ error: 'NONE', generationId: 1, members: [] });
    expect(members[0]?.beat()).toBe('NONE');
  });

  test('the leader always starts a rebalance', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const leader = new TestMember(coordinator);
    await makeStable([leader], (ms) => time.advance(ms));
    const again = leader.join();
    await time.advance(1);
    expect(again.answer?.generationId).toBe(2);
  });

  test('changed metadata starts a rebalance that the others learn of by heartbeat', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 5 });
    const [leader, follower] = [new TestMember(coordinator), new TestMember(coordinator)];
    const joins = [leader.join(), follower.join()];
    await time.advance(20);
    expect(joins[0]?.answer?.error).toBe('NONE');
    leader.sync();
    follower.sync();
    await settle();
    follower.join({ protocols: [{ ...RANGE, metadata: Buffer.from('other') }] });
    await settle();
    expect(leader.beat()).toBe('REBALANCE_IN_PROGRESS');
    const rejoin = leader.join();
    await time.advance(1);
    expect(rejoin.answer?.generationId).toBe(2);
    expect(follower.generationId).toBe(2);
  });

  test('whoever has not rejoined when the rebalance timeout ends is out', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 5 });
    const long = { sessionTimeoutMs: 500_000 };
    const [leader, follower] = [new TestMember(coordinator, long), new TestMember(coordinator, long)];
    const joins = [leader.join(), follower.join()];
    await time.advance(20);
    expect(joins[0]?.answer?.error).toBe('NONE');
    leader.sync();
    follower.sync();
    await settle();
    const rejoin = follower.join({ protocols: [{ ...RANGE, metadata: Buffer.from('other') }] });
    await time.advance(60_000);
    expect(rejoin.answer).toMatchObject({ error: 'NONE', generationId: 2, leaderId: follower.memberId });
    expect(leader.beat()).toBe('UNKNOWN_MEMBER_ID');
  });

  test('a second JoinGroup answers the one that waits', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const member = new TestMember(coordinator, { requireKnownMemberId: true });
    member.join();
    await settle();
    const [first, second] = [member.join(), member.join()];
    await settle();
    expect(first.answer?.error).toBe('REBALANCE_IN_PROGRESS');
    await time.advance(6000);
    expect(second.answer?.generationId).toBe(1);
  });

  test('a new member whose join waits five minutes is let go', async () => {
    const { coordinator, time } = await coordinatorWorld();
    const patient = new TestMember(coordinator, { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 900_000 });
    await makeStable([patient], (ms) => time.advance(ms));
    const join = new TestMember(coordinator).join();
    await time.advance(299_999);
    expect(join.answer).toBeUndefined();
    await time.advance(1);
    expect(join.answer).toMatchObject({ error: 'UNKNOWN_MEMBER_ID', memberId: '' });
  });
});
