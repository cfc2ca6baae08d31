/**
 * The znodes of topics, their partitions, and the wishes laid before the controller. Part of the registry
 * (registry.ts).
 */
import { inHashOrder } from '../json.ts';
import { json, noData, znode } from '../znode.ts';
import { LeaderRecoveryState } from '../types.ts';
import type { TopicPartition } from '../../common/index.ts';
import type { JsonReader, JsonValue } from '../json.ts';
import type {
  LeaderIsrAndControllerEpoch,
  ReplicaAssignment,
  RequestedReassignment,
  TopicAssignment,
} from '../types.ts';

const ints = (list: JsonReader): number[] => list.list().map((item) => item.int());

/** `{"0":[1,2],"3":[2,0]}`, only the partitions that have any. */
function replicaMap(
  partitions: TopicAssignment['partitions'],
  pick: (assignment: ReplicaAssignment) => readonly number[],
  keepEmpty = false,
): JsonValue {
  const entries: [string, readonly number[]][] = [];
  for (const [partition, assignment] of partitions) {
    const replicas = pick(assignment);
    if (keepEmpty || replicas.length > 0) entries.push([String(partition), replicas]);
  }
  return inHashOrder(entries);
}

function readReplicaMap(parsed: JsonReader | undefined): Map<number, number[]> {
  return new Map(
    (parsed?.entries() ?? []).map(([partition, replicas]) => [Number(partition), ints(replicas)]),
  );
}

function decodeTopic(parsed: JsonReader): Omit<TopicAssignment, 'topic'> {
  const adding = readReplicaMap(parsed.optional('adding_replicas'));
  const removing = readReplicaMap(parsed.optional('removing_replicas'));
  const partitions = new Map<number, ReplicaAssignment>();
  const replicasOf = readReplicaMap(parsed.field('partitions'));
  for (const partition of [...replicasOf.keys()].sort((left, right) => left - right)) {
    partitions.set(partition, {
      replicas: replicasOf.get(partition) ?? [],
      addingReplicas: adding.get(partition) ?? [],
      removingReplicas: removing.get(partition) ?? [],
    });
  }
  return { topicId: parsed.optional('topic_id')?.text() ?? null, partitions };
}

export const topics = znode({
  pattern: '/brokers/topics',
  mode: 'persistent',
  about: 'Its children are the topics.',
  writtenBy: 'every broker at start',
  watchedBy: 'the controller (children)',
  codec: noData,
});

/** The name is in the path, not in the data. */
export const topic = znode({
  pattern: '/brokers/topics/:topic',
  mode: 'persistent',
  about: 'Which replicas each partition has, and which are coming and going.',
  writtenBy: 'the broker that creates the topic or adds partitions; then the controller (reassignment)',
  watchedBy: 'the controller (data)',
  codec: json<Omit<TopicAssignment, 'topic'>>(
    ({ topicId, partitions }) => ({
      partitions: replicaMap(partitions, ({ replicas }) => replicas, true),
      ...(topicId === null ? {} : { topic_id: topicId }),
      adding_replicas: replicaMap(partitions, ({ addingReplicas }) => addingReplicas),
      removing_replicas: replicaMap(partitions, ({ removingReplicas }) => removingReplicas),
      version: 3,
    }),
    decodeTopic,
  ),
  example: {
    topicId: '0Fj30e_lQTGCvDNaYSArug',
    partitions: new Map([
      [0, { replicas: [0, 2], addingReplicas: [], removingReplicas: [] }],
      [1, { replicas: [1, 0], addingReplicas: [], removingReplicas: [] }],
    ]),
  },
});

export const topicPartitions = znode({
  pattern: '/brokers/topics/:topic/partitions',
  mode: 'persistent',
  about: 'The parent of the partitions’ states.',
  writtenBy: 'the controller',
  codec: noData,
});

export const topicPartition = znode({
  pattern: '/brokers/topics/:topic/partitions/:partition',
  mode: 'persistent',
  about: 'The parent of one partition’s state.',
  writtenBy: 'the controller',
  codec: noData,
});

/** The one place where a partition's leader and in-sync replicas are decided. */
export const partitionState = znode({
  pattern: '/brokers/topics/:topic/partitions/:partition/state',
  mode: 'persistent',
  about: 'Leader, leader epoch and ISR of one partition. The znode’s version is the partition epoch.',
  writtenBy: 'the controller (elections) and, through it, AlterPartition (ISR changes)',
  watchedBy: 'the controller, only while the partition is being reassigned',
  codec: json<Omit<LeaderIsrAndControllerEpoch, 'partitionEpoch'>>(
    (state) => ({
      controller_epoch: state.controllerEpoch,
      leader: state.leader,
      version: 1,
      ...(state.leaderRecoveryState === LeaderRecoveryState.RECOVERED
        ? {}
        : { leader_recovery_state: state.leaderRecoveryState }),
      leader_epoch: state.leaderEpoch,
      isr: state.isr,
    }),
    (parsed) => ({
      leader: parsed.field('leader').int(),
      leaderEpoch: parsed.field('leader_epoch').int(),
      isr: ints(parsed.field('isr')),
      controllerEpoch: parsed.field('controller_epoch').int(),
      leaderRecoveryState:
        parsed.optional('leader_recovery_state')?.int() === LeaderRecoveryState.RECOVERING
          ? LeaderRecoveryState.RECOVERING
          : LeaderRecoveryState.RECOVERED,
    }),
  ),
  example: {
    controllerEpoch: 1,
    leader: 0,
    leaderEpoch: 0,
    isr: [0, 2],
    leaderRecoveryState: LeaderRecoveryState.RECOVERED,
  },
});

const topicPartitionList = json<readonly TopicPartition[]>(
  (partitions) => ({
    version: 1,
    partitions: partitions.map((one) => ({ topic: one.topic, partition: one.partition })),
  }),
  (parsed) =>
    parsed
      .field('partitions')
      .list()
      .map((one) => ({ topic: one.field('topic').text(), partition: one.field('partition').int() })),
);

export const deleteTopics = znode({
  pattern: '/admin/delete_topics',
  mode: 'persistent',
  about: 'Its children are the topics to delete.',
  writtenBy: 'every broker at start',
  watchedBy: 'the controller (children)',
  codec: noData,
});

export const deleteTopic = znode({
  pattern: '/admin/delete_topics/:topic',
  mode: 'persistent',
  about: 'The wish to delete a topic; removed by the controller when it is gone.',
  writtenBy: 'the broker answering DeleteTopics',
  codec: noData,
});

export const reassignPartitions = znode({
  pattern: '/admin/reassign_partitions',
  mode: 'persistent',
  about: 'Moves asked for in the old way; deleted when all are done.',
  writtenBy: 'tools from before KIP-455',
  watchedBy: 'the controller (existence and data)',
  codec: json<readonly RequestedReassignment[]>(
    (moves) => ({
      version: 1,
      partitions: moves.map((move) => ({
        topic: move.topic,
        partition: move.partition,
        replicas: move.replicas,
      })),
    }),
    (parsed) =>
      parsed
        .field('partitions')
        .list()
        .map((move) => ({
          topic: move.field('topic').text(),
          partition: move.field('partition').int(),
          replicas: ints(move.field('replicas')),
        })),
  ),
  example: [{ topic: 't', partition: 0, replicas: [1, 2] }],
});

export const preferredReplicaElection = znode({
  pattern: '/admin/preferred_replica_election',
  mode: 'persistent',
  about: 'Elections of preferred leaders asked for in the old way; deleted when done.',
  writtenBy: 'tools from before KIP-460',
  watchedBy: 'the controller (existence)',
  codec: topicPartitionList,
  example: [{ topic: 't', partition: 0 }],
});

export const isrChangeNotifications = znode({
  pattern: '/isr_change_notification',
  mode: 'persistent',
  about: 'The parent of ISR changes that leaders wrote themselves.',
  writtenBy: 'every broker at start',
  watchedBy: 'the controller (children)',
  codec: noData,
});

export const isrChangeNotification = znode({
  pattern: '/isr_change_notification/isr_change_:sequence',
  mode: 'persistent-sequential',
  about: 'ISR changes that a leader wrote itself; deleted by the controller.',
  writtenBy: 'leaders with an inter-broker protocol below 2.7-IV2, so none at 3.9',
  codec: topicPartitionList,
  example: [{ topic: 't', partition: 0 }],
});

export const logDirEventNotifications = znode({
  pattern: '/log_dir_event_notification',
  mode: 'persistent',
  about: 'The parent of log directory failures.',
  writtenBy: 'every broker at start',
  watchedBy: 'the controller (children)',
  codec: noData,
});

/** The value is the broker's id; event 1, a failed directory, is the only one there is. */
export const logDirEventNotification = znode({
  pattern: '/log_dir_event_notification/log_dir_event_:sequence',
  mode: 'persistent-sequential',
  about: 'A broker lost a log directory; deleted by the controller.',
  writtenBy: 'the broker whose directory failed',
  codec: json<number>(
    (broker) => ({ version: 1, broker, event: 1 }),
    (parsed) => parsed.field('broker').int(),
  ),
  example: 0,
});

export const consumerOffset = znode({
  pattern: '/consumers/:group/offsets/:topic/:partition',
  mode: 'persistent',
  about: 'The offset that OffsetCommit v0 stored and OffsetFetch v0 reads: a bare decimal number.',
  writtenBy: 'the broker answering OffsetCommit v0',
  codec: {
    encode: (offset: number) => Buffer.from(String(offset)),
    decode: (data) => Number(data?.toString() ?? Number.NaN),
  },
  example: 42,
});
