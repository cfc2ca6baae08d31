/**
 * The idempotent and transactional producers of one log, and with them the first unstable offset that holds back
 * read-committed consumers. Everything here is in memory and synchronous; the log stores snapshots of it at each
 * roll and at close, and rebuilds it from the newest snapshot and the batches behind it.
 */
import { inJavaHashOrder, javaHashCodeOfLong } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import {
  decodeEndTransactionMarker,
  type EndTransactionMarker,
  NO_PRODUCER_EPOCH,
  type RecordBatch,
} from '../records/index.ts';
import type { AppendOrigin } from './log-types.ts';
import type { ProducerSnapshotEntry } from './producer-snapshot.ts';
import { type BatchMetadata, isInSequence, ProducerStateEntry } from './producer-state.ts';
import type { IndexedTransaction } from './transaction-index.ts';
import {
  TransactionVerifications,
  type VerificationGuard,
  type VerifiedProducer,
} from './transaction-verification.ts';

/** A transaction that a marker ended. */
export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  readonly isAborted: boolean;
}

/** What `decideProducerAppend` found. */
export type ProducerDecision =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: BatchMetadata }
  | { readonly kind: 'refuse'; readonly error: ErrorName; readonly message: string };

const APPEND: ProducerDecision = { kind: 'append' };

const refuse = (error: ErrorName, message: string): ProducerDecision => ({ kind: 'refuse', error, message });

export class ProducerStateManager {
  readonly #expirationMs: () => number;
  readonly #isVerificationRequired: () => boolean;
  readonly #verifications = new TransactionVerifications();
  #producers = new Map<number, ProducerStateEntry>();
  /** First offset of each open transaction. */
  #ongoing = new Set<number>();
  /** Ended, but the marker is not below the high watermark yet: first offset to the marker's offset. */
  #unreplicated = new Map<number, number>();
  #firstUnstableOffset: number | undefined;
  /** The state holds everything below. */
  mapEndOffset = 0;
  /** Of the newest snapshot taken or loaded. */
  lastSnapshotOffset = 0;

  /** Both of this moment: producer.id.expiration.ms and transaction.partition.verification.enable can change. */
  constructor(expirationMs: () => number, isVerificationRequired: () => boolean = () => false) {
    this.#expirationMs = expirationMs;
    this.#isVerificationRequired = isVerificationRequired;
  }

  get producers(): ReadonlyMap<number, ProducerStateEntry> {
    return this.#producers;
  }

  /** Where the earliest transaction begins that is open or not yet replicated in full. */
  get firstUnstableOffset(): number | undefined {
    return this.#firstUnstableOffset;
  }

  /** The guard for a producer's first batch, or undefined where its transaction is open here already. */
  startVerification(producer: VerifiedProducer, nowMs: number): VerificationGuard | undefined {
    return this.#hasOpenTransaction(producer.producerId)
      ? undefined
      : this.#verifications.start(producer, nowMs);
  }

  /** Checks a batch of a producer before it gets its offset. A follower takes what its leader has. */
  decideAppend(batch: RecordBatch, origin: AppendOrigin, guard?: VerificationGuard): ProducerDecision {
    if (origin === 'replication') return APPEND;
    const entry = this.#producers.get(batch.producerId);
    if (origin === 'client') {
      const duplicate = entry?.findDuplicate(batch);
      if (duplicate !== undefined) return { kind: 'duplicate', batch: duplicate };
    }
    if (this.#lacksVerification(batch, guard))
      return refuse('INVALID_TXN_STATE', 'Record was not part of an ongoing transaction');
    if (entry !== undefined && batch.producerEpoch < entry.producerEpoch)
      return refuse(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${batch.producerId} is ${batch.producerEpoch}, which is smaller than the last seen epoch ${entry.producerEpoch}`,
      );
    if (batch.isControl) return entry === undefined ? APPEND : decideMarker(entry, batch);
    if (origin === 'client') {
      const refused = this.#decideLowestSequence(batch) ?? (entry && decideSequence(entry, batch));
      if (refused !== undefined) return refused;
    }
    if (entry?.currentTxnFirstOffset !== undefined && !batch.isTransactional)
      return refuse(
        'INVALID_TXN_STATE',
        `Expected transactional write from producer ${batch.producerId} in a transaction`,
      );
    return APPEND;
  }

  #hasOpenTransaction(producerId: number): boolean {
    return this.#producers.get(producerId)?.currentTxnFirstOffset !== undefined;
  }

  #lacksVerification(batch: RecordBatch, guard: VerificationGuard | undefined): boolean {
    if (!batch.isTransactional || batch.isControl || !this.#isVerificationRequired()) return false;
    return !this.#hasOpenTransaction(batch.producerId) && !this.#verifications.isVerified(batch, guard);
  }

  #decideLowestSequence(batch: RecordBatch): ProducerDecision | undefined {
    const lowest = this.#verifications.lowerSequence(batch);
    if (lowest === undefined) return undefined;
    return refuse(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Out of order sequence number for producer ${batch.producerId}: ${batch.baseSequence} (incoming seq. number), ${lowest} (earliest seen sequence)`,
    );
  }

  /** Takes in a batch that has its offsets; returns the transaction it ended, if it is such a marker. */
  update(batch: RecordBatch): CompletedTransaction | undefined {
    const { producerId } = batch;
    if (batch.isTransactional) this.#verifications.end(producerId);
    let entry = this.#producers.get(producerId);
    if (batch.isControl) {
      const marker = decodeEndTransactionMarker(batch);
      if (marker === undefined) return undefined;
      entry ??= this.#add(producerId);
      return this.#endTransaction(entry, batch, marker);
    }
    entry ??= this.#add(producerId);
    entry.updateEpoch(batch.producerEpoch);
    entry.addBatch({
      lastSequence: batch.lastSequence,
      lastOffset: batch.lastOffset,
      offsetDelta: batch.lastOffsetDelta,
      timestamp: batch.maxTimestamp,
    });
    if (batch.isTransactional && entry.currentTxnFirstOffset === undefined) {
      entry.currentTxnFirstOffset = batch.baseOffset;
      this.#ongoing.add(batch.baseOffset);
      this.#findFirstUnstable();
    }
    return undefined;
  }

  #add(producerId: number): ProducerStateEntry {
    const entry = new ProducerStateEntry(producerId);
    this.#producers.set(producerId, entry);
    return entry;
  }

  #endTransaction(
    entry: ProducerStateEntry,
    batch: RecordBatch,
    marker: EndTransactionMarker,
  ): CompletedTransaction | undefined {
    const firstOffset = entry.currentTxnFirstOffset;
    entry.updateEpoch(batch.producerEpoch);
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    entry.lastTimestamp = batch.maxTimestamp;
    entry.currentTxnFirstOffset = undefined;
    if (firstOffset === undefined) return undefined;
    this.#ongoing.delete(firstOffset);
    this.#unreplicated.set(firstOffset, batch.baseOffset);
    this.#findFirstUnstable();
    return {
      producerId: entry.producerId,
      firstOffset,
      lastOffset: batch.baseOffset,
      isAborted: marker.result === 'abort',
    };
  }

  /**
   * Where read-committed consumers have to stop once `completed` is through: the next open transaction, or right
   * after its marker. The transaction index keeps it beside each aborted transaction.
   */
  lastStableOffsetAfter(completed: CompletedTransaction): number {
    let next: number | undefined;
    for (const firstOffset of this.#ongoing)
      if (firstOffset !== completed.firstOffset && (next === undefined || firstOffset < next))
        next = firstOffset;
    return next ?? completed.lastOffset + 1;
  }

  /** Transactions whose marker is now below the high watermark hold nobody back. */
  onHighWatermarkUpdated(highWatermark: number): void {
    if (this.#unreplicated.size === 0) return;
    for (const [firstOffset, lastOffset] of this.#unreplicated)
      if (lastOffset < highWatermark) this.#unreplicated.delete(firstOffset);
    this.#findFirstUnstable();
  }

  #findFirstUnstable(): void {
    let first: number | undefined;
    for (const offset of this.#ongoing) if (first === undefined || offset < first) first = offset;
    for (const offset of this.#unreplicated.keys()) if (first === undefined || offset < first) first = offset;
    this.#firstUnstableOffset = first;
  }

  /** The state as a snapshot file holds it, in the order in which the original's map of producers goes. */
  snapshot(): ProducerSnapshotEntry[] {
    return inJavaHashOrder([...this.#producers.values()], ({ producerId }) =>
      javaHashCodeOfLong(producerId),
    ).map((entry) => entry.toSnapshot());
  }

  load(entries: readonly ProducerSnapshotEntry[], nowMs: number): void {
    for (const stored of entries) {
      const entry = ProducerStateEntry.fromSnapshot(stored);
      if (this.#isExpired(entry, nowMs)) continue;
      this.#producers.set(entry.producerId, entry);
      if (entry.currentTxnFirstOffset !== undefined) this.#ongoing.add(entry.currentTxnFirstOffset);
    }
    this.#findFirstUnstable();
  }

  clear(endOffset: number): void {
    this.#producers = new Map();
    this.#ongoing = new Set();
    this.#unreplicated = new Map();
    this.#firstUnstableOffset = undefined;
    this.mapEndOffset = endOffset;
    this.lastSnapshotOffset = endOffset;
  }

  onLogStartOffsetIncremented(logStartOffset: number): void {
    for (const [firstOffset, lastOffset] of this.#unreplicated)
      if (lastOffset < logStartOffset) this.#unreplicated.delete(firstOffset);
    this.mapEndOffset = Math.max(this.mapEndOffset, logStartOffset);
    this.#findFirstUnstable();
  }

  /** producer.id.expiration.ms: who is silent that long is forgotten, unless a transaction is open. */
  removeExpired(nowMs: number): void {
    for (const [producerId, entry] of this.#producers)
      if (this.#isExpired(entry, nowMs)) this.#producers.delete(producerId);
    this.#verifications.removeExpired(nowMs, this.#expirationMs());
  }

  #isExpired(entry: ProducerStateEntry, nowMs: number): boolean {
    return entry.currentTxnFirstOffset === undefined && nowMs - entry.lastTimestamp >= this.#expirationMs();
  }
}

/** Takes in a batch that lies in `segment`, whose index names the transaction it aborted, if it is such a marker. */
export function noteInSegment(
  segment: { noteAborted(transaction: IndexedTransaction): void },
  producers: ProducerStateManager,
  batch: RecordBatch,
): void {
  const completed = producers.update(batch);
  if (completed?.isAborted !== true) return;
  const { producerId, firstOffset, lastOffset } = completed;
  const lastStableOffset = producers.lastStableOffsetAfter(completed);
  segment.noteAborted({ producerId, firstOffset, lastOffset, lastStableOffset });
}

function decideSequence(entry: ProducerStateEntry, batch: RecordBatch): ProducerDecision | undefined {
  const { producerId, producerEpoch, baseSequence } = batch;
  if (producerEpoch !== entry.producerEpoch) {
    if (baseSequence === 0 || entry.producerEpoch === NO_PRODUCER_EPOCH) return undefined;
    return refuse(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Invalid sequence number for new epoch of producer ${producerId}: ${producerEpoch} (request epoch), ${baseSequence} (seq. number), ${entry.producerEpoch} (current producer epoch)`,
    );
  }
  if (isInSequence(entry.lastSequence, baseSequence)) return undefined;
  return refuse(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Out of order sequence number for producer ${producerId}: ${baseSequence} (incoming seq. number), ${entry.lastSequence} (current end sequence number)`,
  );
}

function decideMarker(entry: ProducerStateEntry, batch: RecordBatch): ProducerDecision {
  const marker = decodeEndTransactionMarker(batch);
  if (marker === undefined || marker.coordinatorEpoch >= entry.coordinatorEpoch) return APPEND;
  return refuse(
    'TRANSACTION_COORDINATOR_FENCED',
    `Invalid coordinator epoch for producerId ${entry.producerId}: ${marker.coordinatorEpoch} (zombie), ${entry.coordinatorEpoch} (current)`,
  );
}
