/**
 * Reads everything as it is written, through all that happens, and never begins anew: what a consumer has once been
 * given must not be taken back, come again, or come in another order.
 */
import { PartitionReader, type ClusterClient } from '../../../src/tools/client/index.ts';

export class SteadyConsumer {
  /** Of each partition, the number that has to come next. */
  readonly next: number[];
  duplicates = 0;
  gaps = 0;
  readonly #reader: PartitionReader;
  readonly #topic: string;
  #isRunning = true;
  #isAssigned = false;
  #work: Promise<void> = Promise.resolve();

  constructor(client: ClusterClient, topic: string, partitions: number, readCommitted = false) {
    this.#topic = topic;
    this.next = Array.from({ length: partitions }, () => 0);
    this.#reader = new PartitionReader(client, {
      readCommitted,
      // A position that does not exist any more: something that was read is gone.
      resetTo: 'none',
      maxBytes: 8 << 20,
      partitionMaxBytes: 1 << 20,
      maxWaitMs: 100,
    });
  }

  get consumed(): number {
    return this.next.reduce((sum, number) => sum + number, 0);
  }

  /** So many partitions are read from now on. */
  grow(partitions: number): void {
    while (this.next.length < partitions) this.next.push(0);
    this.#isAssigned = false;
  }

  start(): void {
    this.#work = this.#run();
    // Whoever stops it is told.
    this.#work.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#work;
  }

  /** Ends with the answer it waits for, if that ever comes. */
  abandon(): void {
    this.#isRunning = false;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      if (!this.#isAssigned) await this.#assign();
      for (const { partition, value } of await this.#reader.poll())
        this.#take(partition, Number(value?.toString()));
    }
  }

  /** Where partitions are added, a record's number is its offset. */
  async #assign(): Promise<void> {
    this.#isAssigned = true;
    await this.#reader.assign(
      this.next.map((offset, partition) => ({ topic: this.#topic, partition, offset })),
    );
  }

  #take(partition: number, number: number): void {
    const expected = this.next[partition] ?? 0;
    if (number < expected) this.duplicates += 1;
    else {
      if (number > expected) this.gaps += 1;
      this.next[partition] = number + 1;
    }
  }
}
