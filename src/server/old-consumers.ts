/**
 * What consumers of earlier versions get of what was read for them. Kafka adapts the answer, not the reading:
 *
 * - below v4 they know no record batches: v2-v3 get messages of the format v1, v0-v1 of v0 (KIP-32, KIP-98). It costs
 *   a broker dearly, so a topic may refuse it (message.downconversion.enable, KIP-283);
 * - below v10 they do not know zstd. A topic whose codec it is refuses them, whatever its batches are (KIP-110);
 * - below v6 they do not know KAFKA_STORAGE_ERROR, and look for the leader again instead (KIP-112).
 */
import type { ErrorName } from '../protocol/index.ts';
import { convertRecords } from '../records/index.ts';
import type { FetchPartitionResult } from '../replication/index.ts';
import type { Services } from './services.ts';

/** From here on nothing needs to be adapted. */
export const UNADAPTED_SINCE_VERSION = 10;
const STORAGE_ERROR_SINCE_VERSION = 6;
const RECORD_BATCHES_SINCE_VERSION = 4;
const MESSAGE_FORMAT_V1_SINCE_VERSION = 2;

export interface OldFetch {
  readonly version: number;
  readonly isFollower: boolean;
}

type Adapted = FetchPartitionResult | Promise<FetchPartitionResult>;

/** `fetchOffsets`: where each of the results was asked to begin. */
export function adaptedToVersion(
  results: readonly FetchPartitionResult[],
  fetchOffsets: readonly number[],
  fetch: OldFetch,
  services: Services,
): FetchPartitionResult[] | Promise<FetchPartitionResult[]> {
  const adapted = results.map((result, index) => adapt(result, fetchOffsets[index] ?? 0, fetch, services));
  return adapted.every(isAtHand) ? adapted : Promise.all(adapted.map((result) => Promise.resolve(result)));
}

function isAtHand(result: Adapted): result is FetchPartitionResult {
  return !('then' in result);
}

function adapt(
  result: FetchPartitionResult,
  fetchOffset: number,
  { version, isFollower }: OldFetch,
  services: Services,
): Adapted {
  const config = services.replicaManager.getPartition(result.topic, result.partition)?.log?.config;
  if (config?.compressionType === 'zstd') return refused(result, 'UNSUPPORTED_COMPRESSION_TYPE');
  const told =
    result.error === 'KAFKA_STORAGE_ERROR' && version < STORAGE_ERROR_SINCE_VERSION
      ? ({ ...result, error: 'NOT_LEADER_OR_FOLLOWER' } as const)
      : result;
  if (version >= RECORD_BATCHES_SINCE_VERSION || config === undefined) return told;
  if (!isFollower && !config.messageDownconversionEnable) return refused(result, 'UNSUPPORTED_VERSION');
  return told.sizeInBytes === 0
    ? told
    : downConverted(told, fetchOffset, version < MESSAGE_FORMAT_V1_SINCE_VERSION ? 0 : 1, services);
}

async function downConverted(
  result: FetchPartitionResult,
  fetchOffset: number,
  magic: 0 | 1,
  services: Services,
): Promise<FetchPartitionResult> {
  const records = Buffer.concat(result.records, result.sizeInBytes);
  const conversion = { kind: 'down', records, magic, fetchOffset } as const;
  const converted = await convertRecords(conversion, services.runtime.workers);
  if ('error' in converted) return refused(result, converted.error);
  services.replicaManager.topicMetrics.mark('fetchMessageConversions', result.topic, converted.recordCount);
  return { ...result, records: [converted.records], sizeInBytes: converted.records.length };
}

function refused(
  { topic, partition, topicId }: FetchPartitionResult,
  error: ErrorName,
): FetchPartitionResult {
  return {
    topic,
    partition,
    topicId,
    error,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: [],
    sizeInBytes: 0,
    abortedTransactions: null,
    preferredReadReplica: -1,
  };
}
