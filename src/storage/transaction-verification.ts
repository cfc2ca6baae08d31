/**
 * Producers about to begin a transaction in this log, while their transaction's coordinator is asked whether the
 * partition is part of it (KIP-890, part 1). Without that question a batch that comes late, after its transaction's
 * marker, would begin a transaction nobody ever ends, and no reader of committed records would get past it.
 *
 * Invariant: a first batch is appended only with the guard that was made for it. A marker, or the first batch, does away
 * with the guard: an answer of the coordinator from before does not hold after.
 */
import type { RecordBatch } from '../records/index.ts';

/** Whoever shows this very object has been verified; two for the same producer are never the same. */
export interface VerificationGuard {
  readonly producerId: number;
}

export interface VerifiedProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the first batch; -1 where batches have none. */
  readonly sequence: number;
}

interface Verification {
  readonly guard: VerificationGuard;
  readonly startedMs: number;
  producerEpoch: number;
  lowestSequence: number;
}

export class TransactionVerifications {
  readonly #verifications = new Map<number, Verification>();

  /** The guard of a verification that has begun, or of one that begins now. */
  start({ producerId, producerEpoch, sequence }: VerifiedProducer, nowMs: number): VerificationGuard {
    let verification = this.#verifications.get(producerId);
    if (verification === undefined) {
      const guard = { producerId };
      verification = { guard, startedMs: nowMs, producerEpoch, lowestSequence: sequence };
      this.#verifications.set(producerId, verification);
    }
    if (producerEpoch > verification.producerEpoch) {
      verification.producerEpoch = producerEpoch;
      verification.lowestSequence = sequence;
    } else if (producerEpoch === verification.producerEpoch && sequence < verification.lowestSequence)
      verification.lowestSequence = sequence;
    return verification.guard;
  }

  isVerified({ producerId }: RecordBatch, guard: VerificationGuard | undefined): boolean {
    return guard !== undefined && this.#verifications.get(producerId)?.guard === guard;
  }

  /**
   * The lowest sequence that was seen while verifying, if the batch lies above: what lies below failed and comes once
   * more, and would find itself out of order for ever.
   */
  lowerSequence({ producerId, baseSequence }: RecordBatch): number | undefined {
    const lowest = this.#verifications.get(producerId)?.lowestSequence;
    return lowest !== undefined && baseSequence > lowest ? lowest : undefined;
  }

  end(producerId: number): void {
    this.#verifications.delete(producerId);
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [producerId, { startedMs }] of this.#verifications)
      if (nowMs - startedMs >= expirationMs) this.#verifications.delete(producerId);
  }
}
