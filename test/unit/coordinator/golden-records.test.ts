/**
 * Plays the history that test/golden/disk/consumer-offsets tells (see its README) and expects every batch to be, byte
 * for byte, what Kafka wrote. Member ids and the clock are taken from Kafka's records; all else must come out alike.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  GroupMetadataValue,
  OffsetCommitValue,
} from '../../../src/protocol/index.ts';
import { batchesOf, decodeRecords, wholeBatchSize } from '../../../src/records/index.ts';
import { coordinatorWorld, MemoryLog, settle, VirtualTime } from './coordinator-world.ts';
import { joinOf, waiting } from './members.ts';

const SEGMENT = readFileSync(
  new URL('../../golden/disk/consumer-offsets/offsets-22-to-32.log', import.meta.url),
);
const GOLDEN = [...batchesOf(SEGMENT)].map((batch) => {
  const size = wholeBatchSize(SEGMENT, batch.position) ?? 0;
  const records = decodeRecords(batch);
  return { bytes: SEGMENT.subarray(batch.position, batch.position + size), records };
});

/** Neither the base offset nor the leader epoch is the coordinator's: the log stamps them. */
function withoutStamps(bytes: Buffer): string {
  return Buffer.concat([bytes.subarray(8, 12), bytes.subarray(16)]).toString('hex');
}

const value = (batch: number): Buffer => GOLDEN[batch]?.records[0]?.value ?? Buffer.alloc(0);
const group = (batch: number): GroupMetadataValue => decodeVersioned(GroupMetadataValue, value(batch)).value;
const commitTimestamp = (batch: number): number =>
  decodeVersioned(OffsetCommitValue, value(batch)).value.commitTimestamp;
const appendedAt = (batch: number): number => GOLDEN[batch]?.records[0]?.timestamp ?? 0;
const idOf = (batch: number, prefix: string): string =>
  group(batch).members[0]?.memberId.slice(prefix.length) ?? '';

const ids = [idOf(0, 'golden-client-'), idOf(4, 'place-1-'), idOf(5, 'place-1-')];
const subscription = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: ['orders'], userData: null });
const assignment = encodeVersioned(ConsumerProtocolAssignment, 1, {
  assignedPartitions: [{ topic: 'orders', partitions: [0, 1] }],
  userData: null,
});

const player = async () => {
  const left = [...ids];
  const [log, time] = [new MemoryLog(), new VirtualTime()];
  time.nowMs = group(0).currentStateTimestamp;
  const { coordinator } = await coordinatorWorld({}, log, time, () => left.shift() ?? 'no id is left');
  const golden = {
    groupId: 'golden',
    clientId: 'golden-client',
    protocols: [{ name: 'range', metadata: subscription }],
  };
  return {
    log,
    at: (nowMs: number): unknown => (time.nowMs = nowMs),
    join: async (overrides: Parameters<typeof joinOf>[0]) => {
      const join = waiting(coordinator.joinGroup(joinOf({ ...golden, ...overrides })));
      await time.advance(0);
      return join.answer;
    },
    /** The assignment is appended now, and the group Stable when the log has answered. */
    sync: async (
      generationId: number,
      memberId: string,
      groupInstanceId: string | null,
      stableAtMs: number,
    ) => {
      log.hold = true;
      void coordinator.syncGroup({
        groupId: 'golden',
        generationId,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: new Map([[memberId, assignment]]),
      });
      await settle();
      time.nowMs = stableAtMs;
      log.hold = false;
      await log.release();
    },
    leave: async (memberId: string, groupInstanceId: string | null) => {
      coordinator.leaveGroup('golden', [{ memberId, groupInstanceId, reason: null }]);
      await settle();
    },
    commit: (groupId: string, memberId: string, generationId: number, offset: GoldenOffset) =>
      coordinator.commitOffsets({
        groupId,
        memberId,
        groupInstanceId: null,
        generationId,
        offsets: [[{ topic: 'orders', partition: offset.partition }, offset]],
      }),
    remove: (groupId: string) => coordinator.deleteGroup(groupId),
  };
};

interface GoldenOffset {
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  readonly expireTimestampMs: number | null;
}

test('the same history leaves the same bytes in __consumer_offsets as in Kafka', async () => {
  const { log, at, join, sync, leave, commit, remove } = await player();
  const memberId = `golden-client-${ids[0]}`;

  expect(await join({ requireKnownMemberId: true })).toMatchObject({ error: 'MEMBER_ID_REQUIRED', memberId });
  await join({ memberId });
  at(appendedAt(0));
  await sync(1, memberId, null, appendedAt(0));
  at(appendedAt(1));
  await commit('golden', memberId, 1, {
    partition: 0,
    offset: 42,
    leaderEpoch: 3,
    metadata: 'as far as here',
    commitTimestampMs: commitTimestamp(1),
    expireTimestampMs: null,
  });
  at(appendedAt(2));
  await commit('golden', memberId, 1, {
    partition: 0,
    offset: 43,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: commitTimestamp(2),
    expireTimestampMs: commitTimestamp(2) + 3_600_000,
  });
  at(group(3).currentStateTimestamp);
  await leave(memberId, null);

  at(group(4).currentStateTimestamp);
  await join({ groupInstanceId: 'place-1' });
  at(appendedAt(4));
  await sync(3, `place-1-${ids[1]}`, 'place-1', group(5).currentStateTimestamp);
  at(appendedAt(5));
  expect(await join({ groupInstanceId: 'place-1' })).toMatchObject({
    error: 'NONE',
    generationId: 3,
    memberId: `place-1-${ids[2]}`,
    leaderId: `place-1-${ids[2]}`,
    skipAssignment: true,
  });
  at(group(6).currentStateTimestamp);
  await leave('', 'place-1');
  at(appendedAt(7));
  await commit('simple', '', -1, {
    partition: 1,
    offset: 7,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: commitTimestamp(7),
    expireTimestampMs: null,
  });
  at(appendedAt(8));
  expect(remove('golden')).toBe('NONE');
  at(appendedAt(9));
  expect(remove('simple')).toBe('NONE');

  const [ours, kafkas] = [log.batches(0), GOLDEN.map(({ bytes }) => bytes)];
  expect(ours.length).toBe(kafkas.length);
  for (const [index, bytes] of kafkas.entries())
    expect({ index, bytes: withoutStamps(ours[index] ?? Buffer.alloc(16)) }).toEqual({
      index,
      bytes: withoutStamps(bytes),
    });
});

test('what Kafka wrote loads as what Kafka meant', async () => {
  const log = new MemoryLog();
  // Up to the simple commit: the deletions would leave nothing to look at.
  for (const { bytes } of GOLDEN.slice(0, 8)) log.put(0, Buffer.from(bytes));
  const { coordinator } = await coordinatorWorld({}, log);
  expect(coordinator.describeGroup('golden')).toMatchObject({
    groupState: 'Empty',
    protocolType: 'consumer',
  });
  expect(coordinator.fetchOffsets('golden', null, false).offsets).toEqual([
    { topic: 'orders', partition: 0, offset: 43, leaderEpoch: -1, metadata: '', error: 'NONE' },
  ]);
  expect(coordinator.fetchOffsets('simple', null, false).offsets).toEqual([
    { topic: 'orders', partition: 1, offset: 7, leaderEpoch: -1, metadata: '', error: 'NONE' },
  ]);
  for (const { bytes } of GOLDEN.slice(8)) log.put(0, Buffer.from(bytes));
  const emptied = await coordinatorWorld({}, log);
  expect(emptied.coordinator.listGroups([], []).groups).toEqual([]);
});
