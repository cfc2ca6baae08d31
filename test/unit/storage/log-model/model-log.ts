/**
 * A log as simple as can be: an array of batches, and what follows from it. Everything is computed anew from the array
 * whenever it is asked for. It keeps what lies below the log's start too: a loss of power may bring it back.
 */
import { isSame, type ModelBatch, type ModelRecord } from './model-batch.ts';

export type Isolation = 'log-end' | 'high-watermark' | 'txn-committed';

interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** What a producer has left in the log. */
export interface ModelProducer {
  readonly id: number;
  epoch: number;
  /** The latest of its epoch, oldest first, at most five. */
  batches: ModelBatch[];
  /** Of its open transaction. */
  openFrom: number | undefined;
  /** Of the last batch or marker. */
  lastOffset: number;
}

export interface ModelTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker; undefined while it is open. */
  lastOffset: number | undefined;
  isAborted: boolean;
}

export class ModelLog {
  batches: ModelBatch[] = [];
  /** What the cleaner took out, which a snapshot may still know of. */
  #cleanedAway: ModelBatch[] = [];
  /** The producers of which none does. */
  readonly #cleanedForgotten = new Set<number>();
  start = 0;
  end = 0;
  highWatermark = 0;
  /** Below it no segment is left. */
  firstSegment = 0;
  epochs: EpochEntry[] = [];
  /** Where the producers were last told from the log itself: from the start it had then to the end it had then. */
  rebuilt: { readonly from: number; readonly to: number } | undefined;

  /** By producer: what it wrote below is not known of it any more. */
  readonly #forgottenBelow = new Map<number, number>();

  copy(): ModelLog {
    const copy = Object.assign(new ModelLog(), this, { batches: [...this.batches] });
    for (const [producerId, below] of this.#forgottenBelow) copy.#forgottenBelow.set(producerId, below);
    for (const producerId of this.#cleanedForgotten) copy.#cleanedForgotten.add(producerId);
    copy.#cleanedAway = this.#cleanedAway;
    return copy;
  }

  add(...batches: readonly ModelBatch[]): void {
    for (const batch of batches) {
      this.batches.push(batch);
      this.end = batch.lastOffset + 1;
      if (batch.leaderEpoch !== this.latestEpoch) this.assignEpoch(batch.leaderEpoch, batch.baseOffset);
    }
  }

  cut(offset: number): void {
    this.endBatchesAt(offset);
    this.end = offset;
    this.start = Math.min(this.start, offset);
    this.boundHighWatermark();
    this.epochs = this.epochs.filter(({ startOffset }) => startOffset < offset);
  }

  endBatchesAt(offset: number): void {
    this.batches = this.batches.filter(({ lastOffset }) => lastOffset < offset);
    this.#cleanedAway = this.#cleanedAway.filter(({ lastOffset }) => lastOffset < offset);
  }

  startAnew(offset: number, start: number): void {
    this.batches = [];
    this.#cleanedAway = [];
    this.end = offset;
    this.start = start;
    this.firstSegment = offset;
    this.epochs = [];
    this.boundHighWatermark();
  }

  boundHighWatermark(): void {
    this.highWatermark = Math.min(Math.max(this.highWatermark, this.start), this.end);
  }

  raiseStart(offset: number): void {
    if (offset <= this.start) return;
    this.start = offset;
    this.beginEpochsAt(offset);
  }

  beginEpochsAt(offset: number): void {
    const spanning = this.epochs.findLast((entry) => entry.startOffset <= offset);
    if (spanning === undefined) return;
    const behind = this.epochs.filter((entry) => entry.startOffset > offset);
    this.epochs = [{ epoch: spanning.epoch, startOffset: offset }, ...behind];
  }

  // ---------------------------------------------------------------------------------------------- contents

  /** What lies in files. */
  get stored(): ModelBatch[] {
    return this.batches.filter(({ baseOffset }) => baseOffset >= this.firstSegment);
  }

  limitOf(isolation: Isolation): number {
    if (isolation === 'log-end') return this.end;
    return isolation === 'high-watermark' ? this.highWatermark : this.lastStableOffset;
  }

  visible(from: number, limit: number): ModelBatch[] {
    return this.stored.filter(({ lastOffset }) => lastOffset >= from && lastOffset < limit);
  }

  /** What a consumer is given that reads committed. */
  committed(from: number, limit: number): ModelRecord[] {
    const aborted = this.abortedBatches;
    return this.visible(from, limit)
      .filter((batch) => !batch.isControl && !aborted.has(batch))
      .flatMap(({ records }) => records)
      .filter(({ offset }) => offset >= from);
  }

  get abortedBatches(): ReadonlySet<ModelBatch> {
    return new Set(
      this.transactions.filter(({ isAborted }) => isAborted).flatMap((each) => this.batchesOf(each)),
    );
  }

  batchesOf({ producerId, firstOffset, lastOffset = this.end }: ModelTransaction): ModelBatch[] {
    return this.batches.filter(
      (batch) =>
        batch.producerId === producerId &&
        batch.isTransactional &&
        !batch.isControl &&
        batch.baseOffset >= firstOffset &&
        batch.baseOffset < lastOffset,
    );
  }

  // ------------------------------------------------------------------------------------ producers, transactions

  get producers(): Map<number, ModelProducer> {
    const cleanedAway = this.#cleanedAway.filter(({ producerId }) => !this.#cleanedForgotten.has(producerId));
    return this.#producersOf([...this.batches, ...cleanedAway]);
  }

  /** Where the open transaction of a producer may be taken to begin: by a snapshot, or by what is left in the files. */
  openFrom(producerId: number): (number | undefined)[] {
    const inFiles = this.#producersOf(this.batches).get(producerId);
    return [this.producers.get(producerId)?.openFrom, inFiles?.openFrom];
  }

  #producersOf(batches: readonly ModelBatch[]): Map<number, ModelProducer> {
    const producers = new Map<number, ModelProducer>();
    for (const batch of inOrder(batches))
      if (batch.lastOffset >= (this.#forgottenBelow.get(batch.producerId) ?? 0)) note(producers, batch);
    return producers;
  }

  /** The producers are told anew, from the log as it is and from what snapshots know. */
  rebuildProducers(): void {
    this.rebuilt = { from: this.start, to: this.end };
    this.#forgottenBelow.clear();
    this.#cleanedForgotten.clear();
  }

  /** The producer's state was told from what lies in the files from `below` on. */
  forget(producerId: number, below: number): void {
    this.#forgottenBelow.set(producerId, below);
  }

  forgetCleanedAway(producerId: number): void {
    this.#cleanedForgotten.add(producerId);
  }

  /** In the order of their first offsets. */
  get transactions(): ModelTransaction[] {
    return transactionsIn(this.batches);
  }

  /** With those of which the cleaner took the data. */
  get transactionsEver(): ModelTransaction[] {
    return transactionsIn(inOrder([...this.batches, ...this.#cleanedAway]));
  }

  get lastStableOffset(): number {
    const unstable = this.transactions
      .filter(({ lastOffset }) => lastOffset === undefined || lastOffset >= this.highWatermark)
      .map(({ firstOffset }) => firstOffset);
    return Math.min(Math.max(Math.min(...unstable, this.highWatermark), this.start), this.highWatermark);
  }

  // ---------------------------------------------------------------------------------------------- epochs, times

  get latestEpoch(): number {
    return this.epochs.at(-1)?.epoch ?? -1;
  }

  assignEpoch(epoch: number, startOffset: number): void {
    const latest = this.epochs.at(-1);
    if (latest?.epoch === epoch && startOffset >= latest.startOffset) return;
    const before = this.epochs.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
    this.epochs = [...before, { epoch, startOffset }];
  }

  epochOf(offset: number): number {
    return this.epochs.findLast(({ startOffset }) => startOffset <= offset)?.epoch ?? -1;
  }

  endOfEpoch(epoch: number): { readonly leaderEpoch: number; readonly endOffset: number } {
    if (epoch === this.latestEpoch) return { leaderEpoch: epoch, endOffset: this.end };
    const higher = this.epochs.find((entry) => entry.epoch > epoch);
    if (higher === undefined) return { leaderEpoch: -1, endOffset: -1 };
    const floor = this.epochs.findLast((entry) => entry.epoch <= epoch);
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: higher.startOffset };
  }

  /**
   * What a log may answer whose segments begin at these offsets. It looks into one segment, the first that is young
   * enough; one in which no record has a time is as young as its file, which the model does not know.
   */
  firstNotOlderThan(timestamp: number, segmentBases: readonly number[]): (ModelRecord | undefined)[] {
    const answers: (ModelRecord | undefined)[] = [];
    for (const [index, base] of segmentBases.entries()) {
      const next = segmentBases[index + 1] ?? Infinity;
      const batches = this.stored.filter(({ baseOffset }) => baseOffset >= base && baseOffset < next);
      const youngest = Math.max(-1, ...batches.map(({ maxTimestamp }) => maxTimestamp));
      if (youngest < 0) answers.push(undefined);
      if (youngest < timestamp) continue;
      const records = batches.flatMap((batch) => batch.records);
      return [...answers, records.find((each) => each.timestamp >= timestamp && each.offset >= this.start)];
    }
    return [...answers, undefined];
  }

  /** Replaces a batch by what is left of it. */
  replace(baseOffset: number, left: ModelBatch | undefined): void {
    const index = this.batches.findIndex((batch) => batch.baseOffset === baseOffset);
    const before = this.batches[index]!;
    if (left !== undefined && isSame(before, left)) return;
    if (left === undefined || left.marker !== before.marker) this.#cleanedAway.push(before);
    this.batches.splice(index, 1, ...(left === undefined ? [] : [left]));
  }
}

function note(producers: Map<number, ModelProducer>, batch: ModelBatch): void {
  const { producerId: id, producerEpoch, isControl, isTransactional, baseOffset, lastOffset } = batch;
  if (id < 0 || (isControl && batch.marker === null)) return;
  let producer = producers.get(id);
  if (producer === undefined) {
    producer = { id, epoch: producerEpoch, batches: [], openFrom: undefined, lastOffset };
    producers.set(id, producer);
  }
  if (producer.epoch !== producerEpoch) producer.batches = [];
  producer.epoch = producerEpoch;
  producer.lastOffset = lastOffset;
  if (isControl) producer.openFrom = undefined;
  else {
    producer.batches = [...producer.batches, batch].slice(-5);
    if (isTransactional) producer.openFrom ??= baseOffset;
  }
}

function inOrder(batches: readonly ModelBatch[]): ModelBatch[] {
  return [...batches].sort((left, right) => left.baseOffset - right.baseOffset);
}

function transactionsIn(batches: readonly ModelBatch[]): ModelTransaction[] {
  const transactions: ModelTransaction[] = [];
  const open = new Map<number, ModelTransaction>();
  for (const { producerId, isTransactional, isControl, marker, baseOffset } of batches) {
    if (!isTransactional) continue;
    const known = open.get(producerId);
    if (!isControl && known === undefined) {
      const begun = { producerId, firstOffset: baseOffset, lastOffset: undefined, isAborted: false };
      open.set(producerId, begun);
      transactions.push(begun);
    }
    if (isControl && marker !== null && known !== undefined) {
      known.lastOffset = baseOffset;
      known.isAborted = marker === 'abort';
      open.delete(producerId);
    }
  }
  return transactions;
}
