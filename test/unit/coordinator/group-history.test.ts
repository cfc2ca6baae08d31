/**
 * Plays the history of test/golden/disk/group-history on our coordinator, with the member ids that Kafka gave out: what
 * stands in `__consumer_offsets` afterwards is, byte for byte and in the same order, what Kafka wrote, times aside.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  GROUP,
  playHistory,
  TOPIC,
  type Player,
  type Recorded,
} from '../../golden/disk/group-history/story.ts';
import { writtenIn } from '../../golden/disk/group-history/written.ts';
import { coordinatorWorld, MemoryLog, settle, VirtualTime } from './coordinator-world.ts';

const RECORDED = JSON.parse(
  readFileSync(new URL('../../golden/disk/group-history/kafka-3.9.1.json', import.meta.url), 'utf8'),
) as Recorded;

test('a group with several members leaves in the log what it leaves in Kafka', async () => {
  const ids = [...RECORDED.memberIds];
  const [log, time] = [new MemoryLog(), new VirtualTime()];
  const { coordinator } = await coordinatorWorld({}, log, time, () => ids.shift() ?? 'no id is left');
  const player: Player = {
    async join({ client, memberId, groupInstanceId, protocols }) {
      const joined = await coordinator.joinGroup({
        groupId: GROUP,
        memberId,
        groupInstanceId,
        requireKnownMemberId: false,
        supportSkippingAssignment: groupInstanceId !== null,
        clientId: client,
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 60_000,
        protocolType: 'consumer',
        protocols,
        reason: null,
      });
      return { ...joined, members: joined.members.map((each) => each.memberId) };
    },
    async sync({ memberId, groupInstanceId, generationId }, assignments) {
      const { error } = await coordinator.syncGroup({
        groupId: GROUP,
        generationId,
        memberId,
        groupInstanceId,
        protocolType: null,
        protocolName: null,
        assignments,
      });
      return error;
    },
    leave: ({ memberId, groupInstanceId }) =>
      Promise.resolve(
        coordinator.leaveGroup(GROUP, [{ memberId, groupInstanceId, reason: null }]).members[0]?.error ??
          'NONE',
      ),
    async commit(groupId, place, partitions, retentionMs) {
      await coordinator.commitOffsets({
        groupId,
        memberId: place?.memberId ?? '',
        groupInstanceId: place?.groupInstanceId ?? null,
        generationId: place?.generationId ?? -1,
        offsets: partitions.map((partition) => [
          { topic: TOPIC, partition },
          {
            offset: 100 + partition,
            leaderEpoch: -1,
            metadata: `as far as ${partition}`,
            commitTimestampMs: time.nowMs,
            expireTimestampMs: retentionMs === undefined ? null : time.nowMs + retentionMs,
          },
        ]),
      });
    },
    async deleteOffsets(group, partitions) {
      coordinator.deleteOffsets(
        group,
        partitions.map((partition) => ({ topic: TOPIC, partition })),
      );
      await settle();
    },
    async deleteGroup(group) {
      coordinator.deleteGroup(group);
      await settle();
    },
    async reached(state, members) {
      await time.advance(1);
      const described = coordinator.describeGroup(GROUP);
      expect({ state: described.groupState, members: described.members.length }).toEqual({ state, members });
    },
  };
  expect(await playHistory(player)).toEqual(RECORDED.told);
  const written = log.batches(0).flatMap((bytes) => writtenIn(bytes));
  expect(written).toEqual(RECORDED.batches);
});
