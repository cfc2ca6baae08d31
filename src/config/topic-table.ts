/**
 * What a topic may set for itself. A key that is not set on the topic has the value of its broker-wide synonym, and
 * that one may be given in coarser units: retention.ms is log.retention.ms, else .minutes, else .hours.
 */
import { gzipLevelProblem, metadataVersionProblem, throttledReplicaProblem } from './checks.ts';
import type { BrokerKey } from './broker-table.ts';
import { boolean, double, int, list, long, LONG_MAX, string } from './row.ts';
import type { ValueOf } from './row.ts';

export const topicTable = {
  'segment.bytes': int({ default: 1073741824, min: 14, importance: 'medium', doc: '' }),
  'segment.ms': long({ default: 604800000, min: 1, importance: 'medium', doc: '' }),
  'segment.jitter.ms': long({ default: 0, min: 0, importance: 'medium', doc: '' }),
  'segment.index.bytes': int({ default: 10485760, min: 4, importance: 'medium', doc: '' }),
  'flush.messages': long({ default: LONG_MAX, min: 1, importance: 'medium', doc: '' }),
  'flush.ms': long({ default: LONG_MAX, min: 0, importance: 'medium', doc: '' }),
  'retention.bytes': long({ default: -1, importance: 'medium', doc: '' }),
  'retention.ms': long({ default: 604800000, min: -1, importance: 'medium', doc: '' }),
  'max.message.bytes': int({ default: 1048588, min: 0, importance: 'medium', doc: '' }),
  'index.interval.bytes': int({ default: 4096, min: 0, importance: 'medium', doc: '' }),
  'delete.retention.ms': long({ default: 86400000, min: 0, importance: 'medium', doc: '' }),
  'min.compaction.lag.ms': long({ default: 0, min: 0, importance: 'medium', doc: '' }),
  'max.compaction.lag.ms': long({ default: LONG_MAX, min: 1, importance: 'medium', doc: '' }),
  'file.delete.delay.ms': long({ default: 60000, min: 0, importance: 'medium', doc: '' }),
  'min.cleanable.dirty.ratio': double({ default: 0.5, min: 0, max: 1, importance: 'medium', doc: '' }),
  'cleanup.policy': list({
    default: ['delete'],
    allowed: ['compact', 'delete'],
    importance: 'medium',
    doc: '',
  }),
  'unclean.leader.election.enable': boolean({ default: false, importance: 'medium', doc: '' }),
  'min.insync.replicas': int({ default: 1, min: 1, importance: 'medium', doc: '' }),
  'compression.type': string({
    default: 'producer',
    allowed: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    importance: 'medium',
    doc: '',
  }),
  'compression.gzip.level': int({
    default: -1,
    min: -1,
    max: 9,
    check: gzipLevelProblem,
    importance: 'medium',
    doc: '',
  }),
  'compression.lz4.level': int({ default: 9, min: 1, max: 17, importance: 'medium', doc: '' }),
  'compression.zstd.level': int({ default: 3, min: -131072, max: 22, importance: 'medium', doc: '' }),
  preallocate: boolean({ default: false, importance: 'medium', doc: '' }),
  'message.format.version': string({
    default: '3.0-IV1',
    check: metadataVersionProblem,
    importance: 'medium',
    doc: '',
  }),
  'message.timestamp.type': string({
    default: 'CreateTime',
    allowed: ['CreateTime', 'LogAppendTime'],
    importance: 'medium',
    doc: '',
  }),
  'message.timestamp.difference.max.ms': long({ default: LONG_MAX, min: 0, importance: 'medium', doc: '' }),
  'message.timestamp.before.max.ms': long({ default: LONG_MAX, min: 0, importance: 'medium', doc: '' }),
  'message.timestamp.after.max.ms': long({ default: LONG_MAX, min: 0, importance: 'medium', doc: '' }),
  'leader.replication.throttled.replicas': list({
    default: [],
    check: throttledReplicaProblem,
    importance: 'medium',
    doc: '',
  }),
  'follower.replication.throttled.replicas': list({
    default: [],
    check: throttledReplicaProblem,
    importance: 'medium',
    doc: '',
  }),
  'message.downconversion.enable': boolean({ default: true, importance: 'low', doc: '' }),
  'remote.storage.enable': boolean({ default: false, importance: 'medium', doc: '' }),
  'local.retention.ms': long({ default: -2, min: -2, importance: 'medium', doc: '' }),
  'local.retention.bytes': long({ default: -2, min: -2, importance: 'medium', doc: '' }),
  'remote.log.copy.disable': boolean({ default: false, importance: 'medium', doc: '' }),
  'remote.log.delete.on.disable': boolean({ default: false, importance: 'medium', doc: '' }),
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
