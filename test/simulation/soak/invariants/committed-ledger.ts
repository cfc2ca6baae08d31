/**
 * What a partition has committed: every batch that ever was below the high watermark of a leader. It only grows; from
 * then on every log is held against it. It knows which transactions are open at its end, too.
 */
import { indexFor, isSame, type ObservedBatch, type ObservedLog } from './observed-log.ts';

const NOBODY = -1;

export class CommittedLedger {
  readonly batches: ObservedBatch[] = [];
  endOffset = 0;
  /** Below, cleaners may have taken batches away or made them smaller, each replica's at its own time. */
  cleanedTo = 0;
  /** Where the open transaction of a producer begins. */
  readonly #open = new Map<number, number>();

  /** The first offset of an open transaction. */
  get firstUnstableOffset(): number | undefined {
    let first: number | undefined;
    for (const offset of this.#open.values()) if (first === undefined || offset < first) first = offset;
    return first;
  }

  /** Whose transactions are open. */
  get openProducers(): Iterable<number> {
    return this.#open.keys();
  }

  /** Takes over what the log has below a high watermark, as far as it agrees with what is known. */
  commit(log: ObservedLog, highWatermark: number): void {
    if (highWatermark <= this.endOffset || log.agreedTo < this.endOffset) return;
    const { batches } = log;
    if ((batches.at(-1)?.lastOffset ?? log.agreedTo - 1) + 1 < highWatermark) return;
    for (let index = indexFor(batches, this.endOffset); index < batches.length; index++) {
      const batch = batches[index]!;
      if (batch.lastOffset >= highWatermark) break;
      this.batches.push(batch);
      this.#note(batch);
    }
    this.endOffset = highWatermark;
    log.agreedTo = Math.max(log.agreedTo, highWatermark);
  }

  /** Compares on from where the log was found the same; what differs there, if something does. */
  compare(
    log: ObservedLog,
  ): { readonly committed: ObservedBatch; readonly found: ObservedBatch | undefined } | undefined {
    const end = Math.min(log.endOffset, this.endOffset);
    if (log.agreedTo < Math.min(this.cleanedTo, end)) log.agreedTo = Math.min(this.cleanedTo, end);
    if (log.agreedTo >= end) return undefined;
    let mine = indexFor(this.batches, log.agreedTo);
    let theirs = indexFor(log.batches, log.agreedTo);
    for (; mine < this.batches.length; mine++, theirs++) {
      const committed = this.batches[mine]!;
      if (committed.baseOffset >= end) break;
      const found = log.batches[theirs];
      if (found === undefined || !isSame(committed, found)) return { committed, found };
      log.agreedTo = found.lastOffset + 1;
    }
    // Of a batch that is committed as a whole no log has half.
    log.agreedTo = Math.max(log.agreedTo, end);
    return undefined;
  }

  #note({ transactionOf, isMarker, baseOffset }: ObservedBatch): void {
    if (transactionOf === NOBODY) return;
    if (isMarker) this.#open.delete(transactionOf);
    else if (!this.#open.has(transactionOf)) this.#open.set(transactionOf, baseOffset);
  }
}
