/**
 * Producers older than 0.11 (Produce v0-2) send message sets of the formats v0 and v1. The log takes record batches
 * only, so what they sent is converted before it is appended, by the settings of the log it goes to.
 *
 * Where there is no leader's log the records go on as they are: the append refuses them for what is wrong with the
 * partition, which a client has to know before it hears of its bytes. A v2 batch in an old request is taken, too.
 */
import type { ErrorName } from '../protocol/index.ts';
import { BATCH_LAYOUT, convertRecords, MAGIC_V2 } from '../records/index.ts';
import type { AppendEntry, PartitionAppendResult } from '../replication/index.ts';
import type { Services } from './services.ts';

type Outcome = Pick<PartitionAppendResult, 'error' | 'baseOffset' | 'logAppendTimeMs' | 'logStartOffset'>;
type Append = (entries: readonly AppendEntry[]) => Promise<readonly PartitionAppendResult[]>;

/** One outcome per entry, in their order. */
export async function appendUpConverted(
  entries: readonly AppendEntry[],
  append: Append,
  services: Services,
): Promise<readonly Outcome[]> {
  const converted = await Promise.all(entries.map((entry) => upConverted(entry, services)));
  const appended = await append(converted.filter((entry) => typeof entry !== 'string'));
  let next = 0;
  return converted.map(
    (entry) => (typeof entry === 'string' ? undefined : appended[next++]) ?? refused(entry),
  );
}

async function upConverted(entry: AppendEntry, services: Services): Promise<AppendEntry | ErrorName> {
  const { topic, partition: number, records } = entry;
  const partition = services.replicaManager.getPartition(topic, number);
  const config = partition?.isLeader === true ? partition.log?.config : undefined;
  if (config === undefined || !isOldFormat(records)) return entry;
  const { maxMessageBytes, messageTimestampType: timestampType, compressionType, compressionLevels } = config;
  const converted = await convertRecords(
    { kind: 'up', records, maxMessageBytes, timestampType, compressionType, compressionLevels },
    services.runtime.workers,
  );
  const { topicMetrics } = services.replicaManager;
  if ('error' in converted) {
    topicMetrics.mark('totalProduceRequests', topic);
    if (converted.error === 'MESSAGE_TOO_LARGE') topicMetrics.mark('bytesRejected', topic, records.length);
    else if (converted.error !== 'CORRUPT_MESSAGE') topicMetrics.mark('failedProduceRequests', topic);
    return converted.error;
  }
  topicMetrics.mark('produceMessageConversions', topic, converted.recordCount);
  return { ...entry, records: converted.records };
}

/** What ends before its magic is nothing yet, in any format. */
function isOldFormat(records: Buffer): boolean {
  return records.length > BATCH_LAYOUT.magic && records.readInt8(BATCH_LAYOUT.magic) !== MAGIC_V2;
}

function refused(entry: AppendEntry | ErrorName): Outcome {
  const error = typeof entry === 'string' ? entry : 'UNKNOWN_SERVER_ERROR';
  return { error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}
