/**
 * How many bytes of requests may be in memory at once: `queued.max.request.bytes`, Kafka's memory pool (KIP-72).
 * As there, a frame is let in while anything is left, so the last one may overshoot by its size and a request
 * larger than the whole pool still gets through. Connections whose frame must wait are let in as they came.
 */
export interface MemoryClaim {
  readonly bytes: number;
  /** Called once, the bytes being reserved for the claim. */
  readonly onGranted: () => void;
}

export class RequestMemory {
  readonly #limitBytes: number;
  readonly #waiting = new Set<MemoryClaim>();
  #usedBytes = 0;

  /** A limit below 1 means none, as Kafka's default -1 does. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes < 1 ? Infinity : limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get availableBytes(): number {
    return this.#limitBytes === Infinity ? 0x7fff_ffff : Math.max(0, this.#limitBytes - this.#usedBytes);
  }

  tryReserve(bytes: number): boolean {
    if (this.#usedBytes >= this.#limitBytes || bytes === 0) return bytes === 0;
    this.#usedBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    for (const claim of this.#waiting) {
      if (this.#usedBytes >= this.#limitBytes) return;
      this.#waiting.delete(claim);
      this.#usedBytes += claim.bytes;
      claim.onGranted();
    }
  }

  /** Keeps the claim until it can be granted; claims are granted in the order in which they came. */
  wait(claim: MemoryClaim): void {
    this.#waiting.add(claim);
  }

  forget(claim: MemoryClaim): void {
    this.#waiting.delete(claim);
  }
}
