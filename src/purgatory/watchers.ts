/**
 * Which operations wait for which key. Partitions, the keys of the hot paths, are found through a PartitionMap and
 * never turned into strings. A list that became empty is forgotten, so only keys somebody waits for cost memory.
 */
import { PartitionMap } from '../common/index.ts';
import type { TopicPartition } from '../common/index.ts';
import type { DelayedOperation, WatchList } from './delayed-operation.ts';

/** What an operation waits for: a partition, or anything else by name (a group, a transactional id). */
export type WatchKey = string | TopicPartition;

class KeyWatchers<T extends DelayedOperation> implements WatchList {
  readonly operations = new Set<T>();
  readonly #onRemove: (list: KeyWatchers<T>) => void;

  constructor(onRemove: (list: KeyWatchers<T>) => void) {
    this.#onRemove = onRemove;
  }

  remove(operation: DelayedOperation): void {
    // The set compares by identity, so what it never held is simply not found.
    if (this.operations.delete(operation as T)) this.#onRemove(this);
  }
}

export class Watchers<T extends DelayedOperation> {
  readonly #named = new Map<string, KeyWatchers<T>>();
  readonly #partitions = new PartitionMap<KeyWatchers<T>>();
  #watched = 0;

  /** Operations counted once for each key they are watched under: Kafka's PurgatorySize. */
  get watched(): number {
    return this.#watched;
  }

  add(key: WatchKey, operation: T): void {
    let list = this.#find(key);
    if (list === undefined) {
      list = new KeyWatchers<T>((changed) => {
        this.#watched -= 1;
        if (changed.operations.size === 0) this.#forget(key, changed);
      });
      if (typeof key === 'string') this.#named.set(key, list);
      else this.#partitions.set(key.topic, key.partition, list);
    }
    if (list.operations.has(operation)) return;
    list.operations.add(operation);
    operation.watchedBy(list);
    this.#watched += 1;
  }

  /** The operations that wait for the key, in the order in which they came. */
  operationsOf(key: WatchKey): ReadonlySet<T> | undefined {
    return this.#find(key)?.operations;
  }

  *all(): IterableIterator<T> {
    for (const list of this.#named.values()) yield* list.operations;
    for (const list of this.#partitions.values()) yield* list.operations;
  }

  #find(key: WatchKey): KeyWatchers<T> | undefined {
    return typeof key === 'string' ? this.#named.get(key) : this.#partitions.get(key.topic, key.partition);
  }

  #forget(key: WatchKey, list: KeyWatchers<T>): void {
    if (this.#find(key) !== list) return;
    if (typeof key === 'string') this.#named.delete(key);
    else this.#partitions.delete(key.topic, key.partition);
  }
}
