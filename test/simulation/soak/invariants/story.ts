/** Facts of a cluster that is made up: one partition, `orders-0`, on three brokers, with min.insync.replicas=2. */
import type { Fact } from '../../../../src/observe/index.ts';
import { Invariants } from './invariants.ts';
import type { LiveReplica, ObservedPartition } from './observed-cluster.ts';
import type { LogSource, ObservedBatch } from './observed-log.ts';

const TOPIC = 'orders';
const OF = { topic: TOPIC, partition: 0 };
const PRODUCER = 7;

class MadeUpLog implements LogSource {
  batches: ObservedBatch[] = [];
  #read = 0;

  all(endOffset: number): readonly ObservedBatch[] {
    this.#read = 0;
    return this.next(endOffset);
  }

  next(endOffset: number): readonly ObservedBatch[] {
    const found = this.batches.slice(this.#read).filter(({ baseOffset }) => baseOffset < endOffset);
    this.#read += found.length;
    return found;
  }

  get endOffset(): number {
    return (this.batches.at(-1)?.lastOffset ?? -1) + 1;
  }
}

export class Story {
  readonly invariants = new Invariants();
  /** What brokers say theirs is; undefined: the high watermark. */
  lastStableOffset: number | undefined;
  isCompacted = false;
  readonly #logs = new Map<number, MadeUpLog>();
  readonly #highWatermarks = new Map<number, number>();
  #version = 0;
  #atMs = 0;

  constructor() {
    this.invariants.lookAtReplicas((broker) => this.#look(broker));
    this.controllerEpoch(1);
  }

  get partition(): ObservedPartition {
    return this.invariants.observed.partition(TOPIC, 0);
  }

  /** A fact, and a step. */
  tell(broker: number, fact: Fact): void {
    this.#atMs += 1;
    this.invariants.see({ ...fact, broker, atMs: this.#atMs });
    this.invariants.check();
  }

  role(broker: number, role: 'leader' | 'follower', leaderEpoch: number): void {
    this.tell(broker, { kind: 'partition-role', ...OF, role, leader: 0, leaderEpoch });
  }

  append(broker: number, offset: number, leaderEpoch: number, value = ''): void {
    this.#append(broker, {
      ...{ baseOffset: offset, lastOffset: offset, leaderEpoch, transactionOf: -1, isMarker: false },
      crc: offset * 100 + value.length,
    });
  }

  appendOfTransaction(broker: number, offset: number): void {
    this.#append(broker, {
      ...{ baseOffset: offset, lastOffset: offset, leaderEpoch: 0, transactionOf: PRODUCER, isMarker: false },
      crc: offset,
    });
  }

  highWatermark(broker: number, highWatermark: number): void {
    this.#highWatermarks.set(broker, highWatermark);
    this.tell(broker, { kind: 'high-watermark', ...OF, highWatermark });
  }

  truncate(broker: number, toOffset: number): void {
    this.#cut(broker, toOffset);
    this.tell(broker, { kind: 'log-truncated', ...OF, toOffset, removedOffsets: 1 });
  }

  /** The machine goes down, comes back with a shorter log, and waits for the controller. */
  losePower(broker: number, endOffset: number): void {
    this.invariants.lostPower(broker);
    this.#cut(broker, endOffset);
    this.tell(broker, { kind: 'broker-state', state: 'starting' });
  }

  state(state: {
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly isr: readonly number[];
    readonly controllerEpoch?: number;
  }): void {
    const { leader, leaderEpoch: leader_epoch, isr, controllerEpoch: controller_epoch = 1 } = state;
    this.#change(
      `/brokers/topics/${TOPIC}/partitions/0/state`,
      JSON.stringify({ leader, leader_epoch, isr, controller_epoch }),
    );
  }

  controllerEpoch(epoch: number): void {
    this.#change('/controller_epoch', String(epoch));
  }

  askForDeletion(): void {
    this.#change(`/admin/delete_topics/${TOPIC}`, '');
  }

  #change(path: string, data: string): void {
    this.invariants.seeZnode({ path, data: Buffer.from(data), version: this.#version++ });
    this.invariants.check();
  }

  #append(broker: number, batch: ObservedBatch): void {
    this.#log(broker).batches.push(batch);
    const { baseOffset: firstOffset, lastOffset, leaderEpoch } = batch;
    const fact = { kind: 'log-append', ...OF, firstOffset, lastOffset, leaderEpoch } as const;
    this.tell(broker, { ...fact, bytes: 1, asLeader: true });
  }

  #cut(broker: number, toOffset: number): void {
    const log = this.#log(broker);
    log.batches = log.batches.filter(({ baseOffset }) => baseOffset < toOffset);
  }

  #log(broker: number): MadeUpLog {
    let log = this.#logs.get(broker);
    if (log === undefined) this.#logs.set(broker, (log = new MadeUpLog()));
    return log;
  }

  #look(broker: number): LiveReplica {
    const source = this.#log(broker);
    const highWatermark = this.#highWatermarks.get(broker) ?? 0;
    const { lastStableOffset = highWatermark } = this;
    return {
      ...{ source, logStartOffset: 0, logEndOffset: source.endOffset },
      ...{ highWatermark, lastStableOffset, effectiveMinIsr: 2, isCompacted: this.isCompacted },
    };
  }
}
