/**
 * The settings one log obeys: the topic's overrides over the broker's defaults, as plain values in Kafka's units.
 * -1 means "no limit" wherever Kafka says so.
 */
import type { CompressionType } from '../records/index.ts';

export type CleanupPolicy = 'delete' | 'compact';

/** `producer` keeps what came. */
export const COMPRESSION_SETTINGS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentJitterMs: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly cleanupPolicy: readonly CleanupPolicy[];
  readonly fileDeleteDelayMs: number;
  readonly flushMessages: number;
  readonly flushMs: number;
  readonly minInSyncReplicas: number;
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
  /** Fetch v0-3 may have batches converted to the formats v0 and v1. */
  readonly messageDownconversionEnable: boolean;
  readonly compressionType: (typeof COMPRESSION_SETTINGS)[number];
  /** Of what the broker compresses itself. */
  readonly compressionLevels: Readonly<Partial<Record<CompressionType, number>>>;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
  readonly preallocate: boolean;
  readonly uncleanLeaderElectionEnable: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Kafka's own defaults (contract section 7.2). */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * DAY_MS,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  maxMessageBytes: 1024 * 1024 + 12,
  cleanupPolicy: ['delete'],
  fileDeleteDelayMs: 60_000,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  minInSyncReplicas: 1,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
  messageDownconversionEnable: true,
  compressionType: 'producer',
  compressionLevels: { gzip: -1, lz4: 9, zstd: 3 },
  deleteRetentionMs: DAY_MS,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
  preallocate: false,
  uncleanLeaderElectionEnable: false,
};
