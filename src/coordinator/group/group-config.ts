/** The settings of the group coordinator, by the names of server.properties; all of them read-only at run time. */
import type { BrokerConfig } from '../../config/index.ts';
import { COMPRESSION_TYPES, type CompressionType } from '../../records/index.ts';

export interface GroupConfig {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly initialRebalanceDelayMs: number;
  readonly maxSize: number;
  readonly offsetMetadataMaxBytes: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
  readonly offsetsLoadBufferBytes: number;
  /** How batches of `__consumer_offsets` are compressed. */
  readonly offsetsCompression: CompressionType;
}

export function groupConfigOf(config: BrokerConfig): GroupConfig {
  return {
    minSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    maxSize: config.get('group.max.size'),
    offsetMetadataMaxBytes: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    offsetsLoadBufferBytes: config.get('offsets.load.buffer.size'),
    offsetsCompression: COMPRESSION_TYPES[config.get('offsets.topic.compression.codec')] ?? 'none',
  };
}
