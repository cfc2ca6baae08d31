/** A partition of `__consumer_offsets` moves between brokers, and its groups with it. */
import { describe, expect, test } from '@jest/globals';
import { buildBatch } from '../../../src/records/index.ts';
import { coordinatorWorld, MemoryLog, settle } from './coordinator-world.ts';
import { joinOf, makeStable, TestMember, waiting } from './members.ts';

describe('a coordinator resigns', () => {
  test('and everybody who waits is sent to look for another one', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 3000 });
    const join = new TestMember(coordinator).join();
    await settle();
    coordinator.onResignation(0, 2);
    await settle();
    expect(join.answer?.error).toBe('NOT_COORDINATOR');
    expect((await coordinator.joinGroup(joinOf())).error).toBe('NOT_COORDINATOR');
    // Only the hourly look at old offsets is left.
    expect(time.pending).toBe(1);
  });

  test('and so is who waits for an assignment', async () => {
    const { coordinator, time } = await coordinatorWorld({ initialRebalanceDelayMs: 5 });
    const members = [new TestMember(coordinator), new TestMember(coordinator)];
    for (const member of members) member.join();
    await time.advance(20);
    const sync = members.find(({ isLeader }) => !isLeader)?.sync();
    await settle();
    coordinator.onResignation(0, undefined);
    await settle();
    expect(sync?.answer?.error).toBe('NOT_COORDINATOR');
  });

  test('but not because of an epoch that is over', async () => {
    const { coordinator } = await coordinatorWorld();
    coordinator.onElection(0, 5);
    coordinator.onResignation(0, 4);
    expect(
      coordinator.heartbeat({ groupId: 'g', memberId: 'm', groupInstanceId: null, generationId: 1 }),
    ).toBe('UNKNOWN_MEMBER_ID');
    coordinator.onResignation(0, 6);
    coordinator.onElection(0, 5);
    expect((await coordinator.joinGroup(joinOf())).error).toBe('NOT_COORDINATOR');
  });

  test('while a commit is on its way, which still is answered by what the log says', async () => {
    const { coordinator, log } = await coordinatorWorld();
    log.hold = true;
    const pending = waiting(
      coordinator.commitOffsets({
        groupId: 'group',
        memberId: '',
        groupInstanceId: null,
        generationId: -1,
        offsets: [
          [
            { topic: 'orders', partition: 0 },
            { offset: 1, leaderEpoch: -1, metadata: '', commitTimestampMs: 0, expireTimestampMs: null },
          ],
        ],
      }),
    );
    await settle();
    coordinator.onResignation(0, 2);
    await log.release();
    expect(pending.answer).toEqual(['NONE']);
  });
});

describe('a coordinator is elected', () => {
  test('and finds the last stored generation, whose members only have to go on', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    const next = world.another();
    next.onElection(0, 2);
    const beat = { groupId: 'group', memberId: member.memberId, groupInstanceId: null, generationId: 1 };
    expect(next.heartbeat(beat)).toBe('NONE');
    expect(next.listGroups([], []).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    const sync = waiting(
      next.syncGroup({ ...beat, protocolType: null, protocolName: null, assignments: new Map() }),
    );
    await settle();
    expect(sync.answer?.error).toMatch(/REBALANCE_IN_PROGRESS|NONE/);
    await world.time.advance(1);
    expect(next.heartbeat(beat)).toBe('NONE');
    const again = await next.syncGroup({
      ...beat,
      protocolType: null,
      protocolName: null,
      assignments: new Map(),
    });
    expect(again.assignment.toString()).toBe(`to ${member.memberId}`);
  });

  test('and removes members that never show up there', async () => {
    const world = await coordinatorWorld();
    const member = new TestMember(world.coordinator);
    await makeStable([member], (ms) => world.time.advance(ms));
    const next = await coordinatorWorld({}, world.log, world.time);
    await next.time.advance(10_000);
    expect(next.coordinator.describeGroup('group').groupState).toBe('Empty');
  });

  test('and its clients wait while it reads', async () => {
    const { another } = await coordinatorWorld();
    const next = another();
    next.onElection(0, 2);
    expect((await next.joinGroup(joinOf())).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(next.fetchOffsets('group', null, false).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(next.deleteGroup('group')).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(next.leaveGroup('group', []).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
  });

  test('and serves nothing when a record cannot be read, rather than half of it', async () => {
    const log = new MemoryLog();
    const key = Buffer.from('00020001670000', 'hex').subarray(0, 5);
    log.put(0, buildBatch({ records: [{ key, value: Buffer.from('7fff', 'hex'), timestamp: 0 }] }));
    const { coordinator } = await coordinatorWorld({}, log);
    expect(coordinator.fetchOffsets('group', null, false).error).toBe('NOT_COORDINATOR');
  });

  test('and passes over records of newer group protocols', async () => {
    const log = new MemoryLog();
    const key = Buffer.from('000300016700', 'hex');
    log.put(0, buildBatch({ records: [{ key, value: Buffer.alloc(4), timestamp: 0 }] }));
    const { coordinator } = await coordinatorWorld({}, log);
    expect(coordinator.fetchOffsets('group', null, false).error).toBe('NONE');
  });
});

test.each(['gzip', 'zstd'] as const)('what is stored with %s is read again', async (offsetsCompression) => {
  const world = await coordinatorWorld({ offsetsCompression });
  const isLoaded = (loaded: typeof world): boolean =>
    loaded.coordinator.listGroups([], []).error === 'NONE' &&
    !loaded.coordinator.describeGroup('g').error.startsWith('NOT');
  // The codec is a library that loads in its own time, not in the virtual one.
  while (!isLoaded(world)) await new Promise((resolve) => setImmediate(resolve));
  await makeStable([new TestMember(world.coordinator)], (ms) => world.time.advance(ms));
  const next = await coordinatorWorld({}, world.log, world.time);
  while (!isLoaded(next)) await new Promise((resolve) => setImmediate(resolve));
  expect(next.coordinator.describeGroup('group').groupState).toBe('Stable');
});

test('groups fall on partitions as in Kafka', async () => {
  const { coordinator } = await coordinatorWorld();
  coordinator.startup(50);
  // Java: Math.abs("console-consumer-1".hashCode()) % 50, and a string whose hash is Integer.MIN_VALUE.
  expect(coordinator.partitionFor('polygenelubricants')).toBe(0);
  expect(coordinator.partitionFor('')).toBe(0);
  expect(coordinator.partitionFor('a')).toBe(97 % 50);
});
