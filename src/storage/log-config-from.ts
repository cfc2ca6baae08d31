/** A topic's effective configuration as the plain values a log works with. */
import { LONG_MAX, type TopicConfig } from '../config/index.ts';
import { type CleanupPolicy, COMPRESSION_SETTINGS, type LogConfig } from './log-config.ts';

export function logConfigFrom(topic: TopicConfig): LogConfig {
  return {
    segmentBytes: topic.get('segment.bytes'),
    segmentMs: topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    segmentIndexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    retentionMs: topic.get('retention.ms'),
    retentionBytes: topic.get('retention.bytes'),
    maxMessageBytes: topic.get('max.message.bytes'),
    cleanupPolicy: cleanupPolicyOf(topic),
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    minInSyncReplicas: topic.get('min.insync.replicas'),
    messageTimestampType:
      topic.get('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    messageTimestampBeforeMaxMs: timeBound(topic, 'message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: timeBound(topic, 'message.timestamp.after.max.ms'),
    messageDownconversionEnable: topic.get('message.downconversion.enable'),
    compressionType:
      COMPRESSION_SETTINGS.find((name) => name === topic.get('compression.type')) ?? 'producer',
    compressionLevels: {
      gzip: topic.get('compression.gzip.level'),
      lz4: topic.get('compression.lz4.level'),
      zstd: topic.get('compression.zstd.level'),
    },
    deleteRetentionMs: topic.get('delete.retention.ms'),
    minCompactionLagMs: topic.get('min.compaction.lag.ms'),
    maxCompactionLagMs: topic.get('max.compaction.lag.ms'),
    minCleanableDirtyRatio: topic.get('min.cleanable.dirty.ratio'),
    preallocate: topic.get('preallocate'),
    uncleanLeaderElectionEnable: topic.get('unclean.leader.election.enable'),
  };
}

/** Where it is not set, the old setting for both still counts (KIP-937). */
function timeBound(
  topic: TopicConfig,
  key: 'message.timestamp.before.max.ms' | 'message.timestamp.after.max.ms',
): number {
  const bound = topic.get(key);
  return bound === LONG_MAX ? topic.get('message.timestamp.difference.max.ms') : bound;
}

function cleanupPolicyOf(topic: TopicConfig): CleanupPolicy[] {
  const policy: CleanupPolicy[] = [];
  if (topic.isDeleted) policy.push('delete');
  if (topic.isCompacted) policy.push('compact');
  return policy;
}
