/** A topic's effective configuration as the plain values a log works with. */
import type { TopicConfig } from '../config/index.ts';
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
    messageTimestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
    messageDownconversionEnable: topic.get('message.downconversion.enable'),
    compressionType:
      COMPRESSION_SETTINGS.find((name) => name === topic.get('compression.type')) ?? 'producer',
    deleteRetentionMs: topic.get('delete.retention.ms'),
    minCompactionLagMs: topic.get('min.compaction.lag.ms'),
    maxCompactionLagMs: topic.get('max.compaction.lag.ms'),
    minCleanableDirtyRatio: topic.get('min.cleanable.dirty.ratio'),
    preallocate: topic.get('preallocate'),
    uncleanLeaderElectionEnable: topic.get('unclean.leader.election.enable'),
  };
}

function cleanupPolicyOf(topic: TopicConfig): CleanupPolicy[] {
  const policy: CleanupPolicy[] = [];
  if (topic.isDeleted) policy.push('delete');
  if (topic.isCompacted) policy.push('compact');
  return policy;
}
