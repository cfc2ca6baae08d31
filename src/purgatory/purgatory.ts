/**
 * Kafka's DelayedOperationPurgatory: holds the operations of one kind until they complete or expire.
 *
 * `checkAndComplete` does not complete anything by itself; it notes the key, and at the end of the turn every
 * operation that waits for a noted key is tried once. So the caller's own change is finished before anybody reacts
 * to it (Kafka's action queue is there for the same reason), and an append to 500 partitions tries a fetch of all
 * of them once, not 500 times.
 */
import { PartitionMap } from '../common/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Timers } from '../runtime/index.ts';
import type { DelayedOperation } from './delayed-operation.ts';
import type { TimingWheel } from './timing-wheel.ts';
import { Watchers } from './watchers.ts';
import type { WatchKey } from './watchers.ts';

export interface PurgatoryOptions {
  /** As in the metrics' `delayedOperation` tag: `Produce`, `Fetch`, `Heartbeat`, `Rebalance`, ... */
  readonly name: string;
  readonly timers: Timers;
  readonly wheel: TimingWheel;
  readonly metrics?: Metrics;
  /**
   * Operations waiting at most; the next one is answered at once, as if its time were up. Connections are muted
   * while they wait, so this stands for more waiting connections than a process has file handles.
   */
  readonly maxOperations?: number;
}

const MAX_OPERATIONS = 1_000_000;
const MBEAN = 'kafka.server:type=DelayedOperationPurgatory,name=';

export class Purgatory<T extends DelayedOperation> {
  readonly #timers: Timers;
  readonly #wheel: TimingWheel;
  readonly #maxOperations: number;
  readonly #watchers = new Watchers<T>();
  readonly #delayed = new Set<T>();
  readonly #notedNames = new Set<string>();
  #notedPartitions = new PartitionMap<true>();
  #checkIsDue = false;

  constructor(options: PurgatoryOptions) {
    const { name, timers, wheel, metrics, maxOperations = MAX_OPERATIONS } = options;
    this.#timers = timers;
    this.#wheel = wheel;
    this.#maxOperations = maxOperations;
    metrics?.gauge(`${MBEAN}PurgatorySize`, () => this.watched, { delayedOperation: name });
    metrics?.gauge(`${MBEAN}NumDelayedOperations`, () => this.delayed, { delayedOperation: name });
  }

  /** Operations counted once for each key they are watched under. */
  get watched(): number {
    return this.#watchers.watched;
  }

  /** Operations that wait. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Completes the operation if it can be now, else keeps it under `keys` until it can or its time is up. */
  tryCompleteElseWatch(operation: T, keys: Iterable<WatchKey>): boolean {
    if (operation.isCompleted || operation.tryComplete()) return true;
    if (this.#delayed.size >= this.#maxOperations) {
      this.#expire(operation);
      return false;
    }
    this.#delayed.add(operation);
    operation.watchedBy({ remove: () => this.#delayed.delete(operation) });
    for (const key of keys) this.#watchers.add(key, operation);
    operation.expiresBy(this.#wheel.add(operation.delayMs, () => this.#expire(operation)));
    return false;
  }

  /** Something about `key` changed: tries who waits for it at the end of this turn. */
  checkAndComplete(key: WatchKey): void {
    if (typeof key === 'string') this.#checkName(key);
    else this.checkAndCompletePartition(key.topic, key.partition);
  }

  /** The same for a partition, for callers that have no TopicPartition object at hand. */
  checkAndCompletePartition(topic: string, partition: number): void {
    if (this.#delayed.size === 0) return;
    this.#notedPartitions.set(topic, partition, true);
    this.#scheduleCheck();
  }

  /** Tries now what waits for the noted keys; returns how many completed. Tests and shutdown call it. */
  checkNow(): number {
    const candidates = this.#takeCandidates();
    let completed = 0;
    for (const operation of candidates) if (!operation.isCompleted && operation.tryComplete()) completed += 1;
    return completed;
  }

  /** The operations that wait for a key, in the order in which they came. */
  operationsFor(key: WatchKey): T[] {
    return [...(this.#watchers.operationsOf(key) ?? [])];
  }

  /** Completes everything that waits, as expired: nobody is left without an answer when the broker stops. */
  shutdown(): void {
    for (const operation of [...this.#delayed]) this.#expire(operation);
  }

  #checkName(name: string): void {
    if (this.#delayed.size === 0) return;
    this.#notedNames.add(name);
    this.#scheduleCheck();
  }

  #scheduleCheck(): void {
    if (this.#checkIsDue) return;
    this.#checkIsDue = true;
    this.#timers.endOfTurn(() => {
      this.#checkIsDue = false;
      this.checkNow();
    });
  }

  #takeCandidates(): Set<T> {
    const candidates = new Set<T>();
    for (const name of this.#notedNames)
      for (const operation of this.#watchers.operationsOf(name) ?? []) candidates.add(operation);
    for (const topic of this.#notedPartitions.topics())
      for (const partition of this.#notedPartitions.partitionsOf(topic).keys())
        for (const operation of this.#watchers.operationsOf({ topic, partition }) ?? [])
          candidates.add(operation);
    this.#notedNames.clear();
    if (this.#notedPartitions.size > 0) this.#notedPartitions = new PartitionMap();
    return candidates;
  }

  #expire(operation: T): void {
    if (operation.forceComplete()) operation.onExpiration();
  }
}
