/**
 * Of a coordinator's partition, the batches of which nobody knows whether their client was told that they are stored:
 * those that were not committed by the leader that wrote them, in its epoch and within the time that it waits.
 */
export class LateAppends {
  /** As long as the most patient coordinator waits for its replicas is more than this. */
  readonly #patienceMs: number;
  readonly #waiting = new Map<
    number,
    { readonly broker: number; readonly leaderEpoch: number; readonly atMs: number }
  >();
  readonly #late = new Set<number>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  has(baseOffset: number): boolean {
    return this.#late.has(baseOffset) || this.#waiting.has(baseOffset);
  }

  appended(baseOffset: number, broker: number, leaderEpoch: number, atMs: number): void {
    this.#late.delete(baseOffset);
    this.#waiting.set(baseOffset, { broker, leaderEpoch, atMs });
  }

  committed(highWatermark: number, broker: number, leaderEpoch: number, nowMs: number): void {
    for (const [baseOffset, append] of this.#waiting) {
      if (baseOffset >= highWatermark) continue;
      this.#waiting.delete(baseOffset);
      const isInTime = nowMs - append.atMs < this.#patienceMs;
      if (append.broker !== broker || append.leaderEpoch !== leaderEpoch || !isInTime)
        this.#late.add(baseOffset);
    }
  }
}
