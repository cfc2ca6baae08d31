/**
 * What one log knows of one idempotent producer: its epoch, its last five batches, and the transaction it is in.
 * The five batches are why a retried batch is recognized and answered with its first offset (contract section 5.3).
 */
import { incrementSequence, NO_PRODUCER_EPOCH, NO_SEQUENCE, type RecordBatch } from '../records/index.ts';
import type { ProducerSnapshotEntry } from './producer-snapshot.ts';

/** Kafka's producers have at most five requests in flight, so no retry can be older. */
const BATCHES_KEPT = 5;
const SEQUENCE_MAX = 0x7fff_ffff;

export interface BatchMetadata {
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
}

export class ProducerStateEntry {
  readonly producerId: number;
  producerEpoch = NO_PRODUCER_EPOCH;
  coordinatorEpoch = -1;
  lastTimestamp = -1;
  currentTxnFirstOffset: number | undefined;
  /** Oldest first. */
  batches: BatchMetadata[] = [];

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  static fromSnapshot(stored: ProducerSnapshotEntry): ProducerStateEntry {
    const entry = new ProducerStateEntry(stored.producerId);
    entry.producerEpoch = stored.producerEpoch;
    entry.coordinatorEpoch = stored.coordinatorEpoch;
    entry.lastTimestamp = stored.lastTimestamp;
    entry.currentTxnFirstOffset =
      stored.currentTxnFirstOffset >= 0 ? stored.currentTxnFirstOffset : undefined;
    if (stored.lastOffset >= 0)
      entry.batches.push({
        lastSequence: stored.lastSequence,
        lastOffset: stored.lastOffset,
        offsetDelta: stored.offsetDelta,
        timestamp: stored.lastTimestamp,
      });
    return entry;
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  /** Only the newest batch is stored: after a restart a retry of an older one is a gap. */
  toSnapshot(): ProducerSnapshotEntry {
    const last = this.batches.at(-1);
    return {
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      lastSequence: last?.lastSequence ?? NO_SEQUENCE,
      lastOffset: last?.lastOffset ?? -1,
      offsetDelta: last?.offsetDelta ?? 0,
      lastTimestamp: this.lastTimestamp,
      coordinatorEpoch: this.coordinatorEpoch,
      currentTxnFirstOffset: this.currentTxnFirstOffset ?? -1,
    };
  }

  /** The batch kept that is the same as `batch`: same epoch, same first and last sequence. */
  findDuplicate(batch: RecordBatch): BatchMetadata | undefined {
    if (batch.producerEpoch !== this.producerEpoch) return undefined;
    const { baseSequence, lastSequence } = batch;
    return this.batches.find(
      (kept) => kept.lastSequence === lastSequence && firstSequenceOf(kept) === baseSequence,
    );
  }

  /** A new epoch forgets the batches of the old one. */
  updateEpoch(producerEpoch: number): void {
    if (this.producerEpoch === producerEpoch) return;
    this.producerEpoch = producerEpoch;
    this.batches = [];
  }

  addBatch(batch: BatchMetadata): void {
    if (this.batches.length === BATCHES_KEPT) this.batches.shift();
    this.batches.push(batch);
    this.lastTimestamp = batch.timestamp;
  }
}

function firstSequenceOf({ lastSequence, offsetDelta }: BatchMetadata): number {
  const first = lastSequence - offsetDelta;
  return first >= 0 ? first : first + SEQUENCE_MAX + 1;
}

export function isInSequence(lastSequence: number, nextSequence: number): boolean {
  return nextSequence === (lastSequence === NO_SEQUENCE ? 0 : incrementSequence(lastSequence, 1));
}
