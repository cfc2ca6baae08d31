/**
 * Kafka's hierarchical timing wheel: adding and cancelling a timeout costs the same however many there are, which
 * matters because nearly every one of a purgatory's timeouts is cancelled. A wheel has WHEEL_SIZE buckets of one
 * tick each; what lies beyond its span goes to the next wheel, whose tick is this one's whole span, and comes down
 * again when its bucket is reached. One timer of the runtime is armed, for the earliest bucket.
 *
 * A timeout never fires early, and at most one tick late plus what the event loop was held up.
 */
import { assert } from '../common/index.ts';
import type { Clock, Timer, Timers } from '../runtime/index.ts';
import { MinHeap } from './min-heap.ts';

const TICK_MS = 1;
const WHEEL_SIZE = 64;

/** One timeout of a wheel. */
export interface WheelTimeout {
  readonly cancelled: boolean;
  cancel(): void;
}

class Timeout implements WheelTimeout {
  readonly deadlineTick: number;
  readonly callback: () => void;
  bucket: Bucket | undefined;
  cancelled = false;
  readonly #onCancel: () => void;

  constructor(deadlineTick: number, callback: () => void, onCancel: () => void) {
    this.deadlineTick = deadlineTick;
    this.callback = callback;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    this.cancelled = true;
    if (this.bucket === undefined) return;
    this.bucket.timeouts.delete(this);
    this.bucket = undefined;
    this.#onCancel();
  }
}

/** The timeouts of one slot, all due within the slot's span. Its start is what the heap orders by. */
interface Bucket {
  readonly startTick: number;
  readonly level: number;
  readonly timeouts: Set<Timeout>;
}

export class TimingWheel {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #startMs: number;
  /** For each level its buckets by start; at most WHEEL_SIZE each, since a level spans that many. */
  readonly #levels: Map<number, Bucket>[] = [];
  readonly #order = new MinHeap<Bucket>((bucket) => bucket.startTick);
  #tick = 0;
  #size = 0;
  #armed: { readonly timer: Timer; readonly forTick: number } | undefined;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
    this.#startMs = clock.monotonicMs();
  }

  /** Timeouts that are waiting. */
  get size(): number {
    return this.#size;
  }

  /** Calls back once, `delayMs` from now, never within this call. */
  add(delayMs: number, callback: () => void): WheelTimeout {
    const nowMs = this.#clock.monotonicMs() - this.#startMs;
    this.#catchUp(Math.floor(nowMs / TICK_MS));
    const deadlineMs = nowMs + Math.max(0, delayMs);
    const tick = Math.max(this.#tick + 1, Math.ceil(deadlineMs / TICK_MS));
    const timeout = new Timeout(tick, callback, () => (this.#size -= 1));
    this.#size += 1;
    this.#place(timeout);
    this.#arm();
    return timeout;
  }

  /** Drops every timeout without calling anybody. */
  close(): void {
    this.#armed?.timer.cancel();
    this.#armed = undefined;
    for (const level of this.#levels)
      for (const bucket of level.values()) for (const timeout of bucket.timeouts) timeout.cancel();
    this.#levels.length = 0;
    this.#order.clear();
    assert(this.#size === 0, 'a closed timing wheel holds no timeouts');
  }

  /** A wheel that was empty for a while would else file the next timeout by a long-gone tick. */
  #catchUp(nowTick: number): void {
    const next = this.#order.peek();
    if (nowTick > this.#tick && (next === undefined || next.startTick > nowTick)) this.#tick = nowTick;
  }

  #place(timeout: Timeout): void {
    const ahead = timeout.deadlineTick - this.#tick;
    let level = 0;
    let span = 1;
    while (ahead >= span * WHEEL_SIZE) {
      level += 1;
      span *= WHEEL_SIZE;
    }
    const startTick = timeout.deadlineTick - (timeout.deadlineTick % span);
    while (this.#levels.length <= level) this.#levels.push(new Map());
    const buckets = this.#levels[level]!;
    let bucket = buckets.get(startTick);
    if (bucket === undefined) {
      bucket = { startTick, level, timeouts: new Set() };
      buckets.set(startTick, bucket);
      this.#order.push(bucket);
    }
    bucket.timeouts.add(timeout);
    timeout.bucket = bucket;
  }

  /** Sets the one timer for the earliest bucket, unless it is already set for then or earlier. */
  #arm(): void {
    const next = this.#order.peek();
    if (next === undefined || (this.#armed !== undefined && this.#armed.forTick <= next.startTick)) return;
    this.#armed?.timer.cancel();
    const delayMs = this.#startMs + next.startTick * TICK_MS - this.#clock.monotonicMs();
    const timer = this.#timers.after(Math.max(0, Math.ceil(delayMs)), () => this.#advance());
    this.#armed = { timer, forTick: next.startTick };
  }

  #advance(): void {
    this.#armed = undefined;
    // Node's timers may come a fraction of a millisecond early; the bucket is then waited for once more.
    const nowTick = Math.floor((this.#clock.monotonicMs() - this.#startMs) / TICK_MS);
    const due: Timeout[] = [];
    for (let bucket = this.#order.peek(); bucket !== undefined && bucket.startTick <= nowTick;) {
      this.#order.pop();
      this.#levels[bucket.level]?.delete(bucket.startTick);
      this.#tick = Math.max(this.#tick, bucket.startTick);
      for (const timeout of bucket.timeouts) {
        timeout.bucket = undefined;
        if (timeout.deadlineTick <= nowTick) due.push(timeout);
        else this.#place(timeout);
      }
      bucket = this.#order.peek();
    }
    this.#tick = Math.max(this.#tick, nowTick);
    this.#size -= due.length;
    this.#arm();
    due.sort((a, b) => a.deadlineTick - b.deadlineTick);
    for (const timeout of due) if (!timeout.cancelled) timeout.callback();
  }
}
