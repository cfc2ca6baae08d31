/**
 * What a topic may set for itself. A key that is not set on the topic has the value of its broker-wide synonym, and
 * that one may be given in coarser units: retention.ms is log.retention.ms, else .minutes, else .hours.
 */
import { gzipLevelProblem, metadataVersionProblem, throttledReplicaProblem } from './checks.ts';
import type { BrokerKey } from './broker-table.ts';
import { boolean, double, int, list, long, LONG_MAX, string } from './row.ts';
import type { ValueOf } from './row.ts';

export const topicTable = {
  'segment.bytes': int({
    default: 1073741824,
    min: 14,
    importance: 'medium',
    doc: 'Size at which a segment is closed and a new one begun.',
  }),
  'segment.ms': long({
    default: 604800000,
    min: 1,
    importance: 'medium',
    doc: 'Age at which a segment is closed even if it is small.',
  }),
  'segment.jitter.ms': long({
    default: 0,
    min: 0,
    importance: 'medium',
    doc: 'Random time taken off that age, so that many partitions do not roll at once.',
  }),
  'segment.index.bytes': int({
    default: 10485760,
    min: 4,
    importance: 'medium',
    doc: 'Largest size of an offset index. A full index closes the segment.',
  }),
  'flush.messages': long({
    default: LONG_MAX,
    min: 1,
    importance: 'medium',
    doc: 'Records after which a partition is forced to disk.',
  }),
  'flush.ms': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: 'Age of unforced records at which a partition is forced to disk.',
  }),
  'retention.bytes': long({
    default: -1,
    importance: 'medium',
    doc: 'Size of a partition above which its oldest segments are deleted; -1 sets no limit.',
  }),
  'retention.ms': long({
    default: 604800000,
    min: -1,
    importance: 'medium',
    doc: 'How long a closed segment is kept, by the timestamp of its newest record; -1 for ever.',
  }),
  'max.message.bytes': int({
    default: 1048588,
    min: 0,
    importance: 'medium',
    doc: 'Largest record batch accepted, as it comes (compressed).',
  }),
  'index.interval.bytes': int({
    default: 4096,
    min: 0,
    importance: 'medium',
    doc: 'Bytes of log per entry of the offset index.',
  }),
  'delete.retention.ms': long({
    default: 86400000,
    min: 0,
    importance: 'medium',
    doc: 'How long a tombstone stays in a compacted topic.',
  }),
  'min.compaction.lag.ms': long({
    default: 0,
    min: 0,
    importance: 'medium',
    doc: 'A record younger than this is not compacted away.',
  }),
  'max.compaction.lag.ms': long({
    default: LONG_MAX,
    min: 1,
    importance: 'medium',
    doc: 'A record older than this makes its log due for compaction.',
  }),
  'file.delete.delay.ms': long({
    default: 60000,
    min: 0,
    importance: 'medium',
    doc: "How long a segment's files keep existing, renamed, after its deletion.",
  }),
  'min.cleanable.dirty.ratio': double({
    default: 0.5,
    min: 0,
    max: 1,
    importance: 'medium',
    doc: 'Share of a log that must be uncompacted before it is compacted.',
  }),
  'cleanup.policy': list({
    default: ['delete'],
    allowed: ['compact', 'delete'],
    importance: 'medium',
    doc: 'What happens to old data: delete, compact, or both.',
  }),
  'unclean.leader.election.enable': boolean({
    default: false,
    importance: 'medium',
    doc: 'Lets a replica outside the ISR become leader when no other is left, at the price of lost records.',
  }),
  'min.insync.replicas': int({
    default: 1,
    min: 1,
    importance: 'medium',
    doc: 'ISR size below which a produce with acks=all is refused.',
  }),
  'compression.type': string({
    default: 'producer',
    allowed: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    importance: 'medium',
    doc: 'How batches are stored: producer keeps what the producer chose, anything else recompresses.',
  }),
  'compression.gzip.level': int({
    default: -1,
    min: -1,
    max: 9,
    check: gzipLevelProblem,
    importance: 'medium',
    doc: 'Effort of gzip when the broker compresses.',
  }),
  'compression.lz4.level': int({
    default: 9,
    min: 1,
    max: 17,
    importance: 'medium',
    doc: 'Effort of lz4 when the broker compresses.',
  }),
  'compression.zstd.level': int({
    default: 3,
    min: -131072,
    max: 22,
    importance: 'medium',
    doc: 'Effort of zstd when the broker compresses.',
  }),
  preallocate: boolean({
    default: false,
    importance: 'medium',
    doc: 'Gives a new segment its full size on disk at once.',
  }),
  'message.format.version': string({
    default: '3.0-IV1',
    check: metadataVersionProblem,
    importance: 'medium',
    effect:
      'accepted, no effect because the v2 format is always written, as with inter.broker.protocol.version 3.0 and later',
    doc: 'Record format of old releases.',
  }),
  'message.timestamp.type': string({
    default: 'CreateTime',
    allowed: ['CreateTime', 'LogAppendTime'],
    importance: 'medium',
    doc: "Whose time a record has: the producer's (CreateTime) or the broker's (LogAppendTime).",
  }),
  'message.timestamp.difference.max.ms': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: 'Old name of the two bounds that follow.',
  }),
  'message.timestamp.before.max.ms': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: "How far in the past a producer's timestamp may lie.",
  }),
  'message.timestamp.after.max.ms': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: "How far in the future a producer's timestamp may lie.",
  }),
  'leader.replication.throttled.replicas': list({
    default: [],
    check: throttledReplicaProblem,
    importance: 'medium',
    doc: 'Replicas whose traffic from the leader is throttled, as partition:broker with commas, or * for all.',
  }),
  'follower.replication.throttled.replicas': list({
    default: [],
    check: throttledReplicaProblem,
    importance: 'medium',
    doc: 'Replicas whose traffic to the follower is throttled, as partition:broker with commas, or * for all.',
  }),
  'message.downconversion.enable': boolean({
    default: true,
    importance: 'low',
    doc: 'Converts records to the format an old consumer knows.',
  }),
  'remote.storage.enable': boolean({
    default: false,
    importance: 'medium',
    refused:
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    doc: 'Keeps old segments of the topic in remote storage.',
  }),
  'local.retention.ms': long({
    default: -2,
    min: -2,
    importance: 'medium',
    effect: 'accepted, no effect because there is no tiered storage',
    doc: 'How long a segment stays on local disk after it was copied to remote storage.',
  }),
  'local.retention.bytes': long({
    default: -2,
    min: -2,
    importance: 'medium',
    effect: 'accepted, no effect because there is no tiered storage',
    doc: 'How much stays on local disk after it was copied to remote storage.',
  }),
  'remote.log.copy.disable': boolean({
    default: false,
    importance: 'medium',
    effect: 'accepted, no effect because there is no tiered storage',
    doc: 'Stops copying to remote storage.',
  }),
  'remote.log.delete.on.disable': boolean({
    default: false,
    importance: 'medium',
    effect: 'accepted, no effect because there is no tiered storage',
    doc: 'Deletes remote segments when tiering is switched off.',
  }),
} as const;

export type TopicKey = keyof typeof topicTable;
export type TopicValue<Key extends TopicKey> = ValueOf<(typeof topicTable)[Key]>;

export function isTopicKey(key: string): key is TopicKey {
  return Object.hasOwn(topicTable, key);
}

/** The broker key that holds a topic key's default. Throttled replicas and the remote switches have none. */
export const topicSynonyms = {
  'segment.bytes': 'log.segment.bytes',
  'segment.ms': 'log.roll.ms',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'retention.bytes': 'log.retention.bytes',
  'retention.ms': 'log.retention.ms',
  'max.message.bytes': 'message.max.bytes',
  'index.interval.bytes': 'log.index.interval.bytes',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'cleanup.policy': 'log.cleanup.policy',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
  'min.insync.replicas': 'min.insync.replicas',
  'compression.type': 'compression.type',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.zstd.level': 'compression.zstd.level',
  preallocate: 'log.preallocate',
  'message.format.version': 'log.message.format.version',
  'message.timestamp.type': 'log.message.timestamp.type',
  'message.timestamp.difference.max.ms': 'log.message.timestamp.difference.max.ms',
  'message.timestamp.before.max.ms': 'log.message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms': 'log.message.timestamp.after.max.ms',
  'message.downconversion.enable': 'log.message.downconversion.enable',
  'local.retention.ms': 'log.local.retention.ms',
  'local.retention.bytes': 'log.local.retention.bytes',
} as const satisfies Partial<Record<TopicKey, BrokerKey>>;
