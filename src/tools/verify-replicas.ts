/**
 * What kafka-replica-verification compares: the batches of one partition as its replicas answered a fetch from the same
 * offset, one batch of each at a time. Two replicas agree on a batch when its last offset and its checksum are the same.
 *
 * Only what is committed on a replica is looked at, and only as far as all replicas have it; the rest is for the next
 * round. Pure: fetching and printing are the tool's.
 */
import { batchesOf, type RecordBatch } from '../records/index.ts';

export interface FetchedReplica {
  readonly brokerId: number;
  /** -1 when the broker did not answer. */
  readonly highWatermark: number;
  readonly records: Buffer;
}

export interface Verdict {
  /** Where the next fetch goes on. */
  readonly nextOffset: number;
  /** How far that is behind what the farthest replica has committed. */
  readonly lag: number;
  /** What does not agree, in the original's words. */
  readonly differences: readonly string[];
  /** Offsets part: there is nothing to go on with. */
  readonly isBroken: boolean;
}

/** `replicas` in the order in which they are compared: the first speaks for the partition. */
export function verifyReplicas(name: string, offset: number, replicas: readonly FetchedReplica[]): Verdict {
  const readers = replicas.map((replica) => ({ replica, batches: batchesOf(replica.records) }));
  const differences: string[] = [];
  const farthest = Math.max(-1, ...replicas.map(({ highWatermark }) => highWatermark));
  const verdict = (nextOffset: number, isBroken = false): Verdict => ({
    nextOffset,
    lag: farthest - nextOffset,
    differences,
    isBroken,
  });
  let nextOffset = offset;
  for (;;) {
    let first: { readonly brokerId: number; readonly batch: RecordBatch } | undefined;
    let isOnAll = true;
    for (const { replica, batches } of readers) {
      const next = batches.next();
      const batch = next.done === true ? undefined : next.value;
      if (batch === undefined || batch.lastOffset >= replica.highWatermark) {
        isOnAll = false;
      } else if (first === undefined) {
        first = { brokerId: replica.brokerId, batch };
      } else if (first.batch.lastOffset !== batch.lastOffset) {
        differences.push(
          `partition ${name}: replica ${first.brokerId}'s offset ${first.batch.lastOffset} ` +
            `doesn't match replica ${replica.brokerId}'s offset ${batch.lastOffset}`,
        );
        return verdict(nextOffset, true);
      } else if (first.batch.crc !== batch.crc) {
        differences.push(
          `partition ${name} has unmatched checksum at offset ${batch.lastOffset}; ` +
            `replica ${first.brokerId}'s checksum ${first.batch.crc}; ` +
            `replica ${replica.brokerId}'s checksum ${batch.crc}`,
        );
      }
    }
    if (!isOnAll || first === undefined) return verdict(nextOffset);
    nextOffset = first.batch.nextOffset;
  }
}
