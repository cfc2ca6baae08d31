/**
 * In-sync replicas hold the same bytes: their logs are read whole from the disks, from the highest of their starts to the
 * lowest of their high watermarks, however each has cut it into segments. Of a log that was cleaned, by each replica at
 * its own time, what both have is the same, and the latest of a key is what nobody lacks.
 */
import { batchAt, decodeRecords, wholeBatchSize } from '../../../../src/records/index.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';
import type { ReplicaLog } from '../../../../src/replication/replica-log.ts';
import type { MemoryDisk } from '../../world/memory-disk.ts';
import { assignedPartitions, partsOf } from './health.ts';
import type { ObservedCluster } from './observed-cluster.ts';
import type { Report } from './violation.ts';

interface ReplicaFiles {
  readonly broker: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly batches: readonly StoredBatch[];
}

interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Buffer;
}

const LOG_FILE = /^\d{20}\.log$/;

export function checkEqualLogs(cluster: SimulatedCluster, observed: ObservedCluster, report: Report): void {
  const parts = partsOf(cluster);
  for (const { topic, partition, state } of assignedPartitions(cluster)) {
    const seen = observed.find(topic, partition);
    if (state === undefined || seen?.isExcused === true) continue;
    const replicas = state.isr.flatMap((id) => {
      const log = parts.get(id)?.replicaManager.getPartition(topic, partition)?.log;
      return log === undefined ? [] : [filesOf(cluster.world.disk(hostOf(id)), id, log)];
    });
    const leader = replicas.find(({ broker }) => broker === state.leader);
    if (leader === undefined) continue;
    for (const replica of replicas) {
      if (replica === leader) continue;
      const isCleaned = (seen?.ledger.cleanedTo ?? 0) > 0;
      const wrong = isCleaned ? differenceOfCleaned(leader, replica) : differenceOf(leader, replica);
      if (wrong !== undefined)
        report(
          'equal-logs',
          `${topic}-${partition} on leader ${leader.broker} and on ${replica.broker}: ${wrong}`,
        );
    }
  }
}

function filesOf(
  disk: MemoryDisk,
  broker: number,
  { logStartOffset, highWatermark, dir }: ReplicaLog,
): ReplicaFiles {
  const batches: StoredBatch[] = [];
  for (const name of disk.names(dir)) {
    const bytes = LOG_FILE.test(name) ? disk.peek(`${dir}/${name}`) : undefined;
    if (bytes !== undefined) batches.push(...batchesIn(bytes));
  }
  return { broker, logStartOffset, highWatermark, batches };
}

function* batchesIn(buffer: Buffer): Generator<StoredBatch> {
  for (let position = 0; ;) {
    const size = wholeBatchSize(buffer, position);
    if (size === undefined) return;
    const { baseOffset, lastOffset } = batchAt(buffer, position);
    yield { baseOffset, lastOffset, bytes: buffer.subarray(position, position + size) };
    position += size;
  }
}

function inCommon(a: ReplicaFiles, b: ReplicaFiles): [readonly StoredBatch[], readonly StoredBatch[]] {
  const start = Math.max(a.logStartOffset, b.logStartOffset);
  const end = Math.min(a.highWatermark, b.highWatermark);
  const within = ({ batches }: ReplicaFiles): readonly StoredBatch[] =>
    batches.filter(({ baseOffset, lastOffset }) => lastOffset >= start && baseOffset < end);
  return [within(a), within(b)];
}

function differenceOf(a: ReplicaFiles, b: ReplicaFiles): string | undefined {
  const [ofA, ofB] = inCommon(a, b);
  const index = ofA.findIndex(({ bytes }, at) => ofB[at] === undefined || !ofB[at].bytes.equals(bytes));
  if (index >= 0) return `they differ from offset ${ofA[index]!.baseOffset} on`;
  return ofA.length === ofB.length ? undefined : `one has ${ofA.length} batches, the other ${ofB.length}`;
}

interface StoredRecord {
  readonly key: string;
  readonly value: string | undefined;
  /** A cleaner takes away what was aborted, so the latest of a key need not be there. */
  readonly isTransactional: boolean;
}

function recordsOf(batches: readonly StoredBatch[]): Map<number, StoredRecord> {
  const records = new Map<number, StoredRecord>();
  for (const { bytes } of batches) {
    const batch = batchAt(bytes);
    if (batch.isControl) continue;
    for (const { offset, key, value } of decodeRecords(batch))
      records.set(offset, {
        key: key?.toString('base64') ?? '',
        value: value?.toString('base64'),
        isTransactional: batch.isTransactional,
      });
  }
  return records;
}

function differenceOfCleaned(a: ReplicaFiles, b: ReplicaFiles): string | undefined {
  const [ofA, ofB] = inCommon(a, b).map(recordsOf) as [Map<number, StoredRecord>, Map<number, StoredRecord>];
  for (const [offset, record] of ofA) {
    const other = ofB.get(offset);
    if (other !== undefined && (other.key !== record.key || other.value !== record.value))
      return `they have different records at offset ${offset}`;
  }
  return lackOf(ofA, ofB) ?? lackOf(ofB, ofA);
}

function lackOf(
  of: ReadonlyMap<number, StoredRecord>,
  other: ReadonlyMap<number, StoredRecord>,
): string | undefined {
  const latest = new Map<string, number>();
  for (const [offset, { key }] of of) latest.set(key, offset);
  for (const offset of latest.values()) {
    const { value, isTransactional } = of.get(offset)!;
    // Tombstones go, too, at a time of each replica's own.
    if (value !== undefined && !isTransactional && !other.has(offset))
      return `one lacks the latest record of a key, at offset ${offset}`;
  }
  return undefined;
}
