/**
 * The part every coordinator has in common. Its state is cut into shards, one for each partition of its topic
 * (`__consumer_offsets`, `__transaction_state`), and a shard lives on the broker that leads the partition: it is
 * loaded from the log on election and dropped on resignation.
 *
 * Invariants: a shard answers requests only between the end of its load and its unload; elections and resignations of
 * an older leader epoch than one already seen change nothing (LeaderAndIsr requests may overtake each other); what is
 * acknowledged to a client is in the log first. What the records mean is the shard's business.
 */
import { SerialQueue } from '../../common/index.ts';
import type { FactStream } from '../../observe/index.ts';
import { KafkaError, type ErrorName } from '../../protocol/index.ts';
import {
  buildBatch,
  NO_SEQUENCE,
  prepareCompression,
  type CompressionType,
  type KafkaRecord,
  type RecordBatch,
} from '../../records/index.ts';
import { nextTurn, type Logger, type Runtime } from '../../runtime/index.ts';
import type { AppendOutcome, CoordinatorAppendOptions, CoordinatorLog } from './coordinator-log.ts';
import { loadLog } from './load-log.ts';

/** The state of one partition. */
export interface CoordinatorShard {
  /** Takes over what a batch of the log says. Only while loading. */
  replay(batch: RecordBatch, records: readonly KafkaRecord[]): void;
  /** The log is read: requests come from now on. */
  onLoaded(): void;
  /** Elected once more, without having lost the partition in between. */
  onEpochRaised?(epoch: number): void;
  /** The partition moved away, or never got here: whoever waits is to be sent off. */
  onUnloaded(): void;
}

/** A record of a coordinator's topic; a null value is a tombstone. */
export interface CoordinatorRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/**
 * What a decision wants written, and how it goes on when the log has answered. By then the state may have moved: both
 * ends look at it again.
 */
export interface Write<T> extends CoordinatorAppendOptions {
  readonly records: readonly CoordinatorRecord[];
  /** Kafka numbers batches of offset commits from 0 although they have no producer id; no others. */
  readonly baseSequence?: number;
  /** Whose transaction the records are part of: they count once its marker comes. */
  readonly producer?: { readonly producerId: number; readonly producerEpoch: number };
  committed(baseOffset: number): T;
  refused(error: ErrorName): T;
}

export interface CoordinatorRuntimeOptions<Shard> {
  readonly topic: string;
  readonly log: CoordinatorLog;
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly loadBufferBytes: number;
  readonly compression: CompressionType;
  createShard(partition: number, epoch: number): Shard;
  /** How long the load of a partition took, from election to the end. */
  loadTook?(durationMs: number): void;
}

interface Entry<Shard> {
  readonly partition: number;
  readonly shard: Shard;
  readonly electedAtMs: number;
  status: 'loading' | 'active' | 'failed';
}

export class CoordinatorRuntime<Shard extends CoordinatorShard> {
  readonly #options: CoordinatorRuntimeOptions<Shard>;
  readonly #logger: Logger;
  readonly #entries = new Map<number, Entry<Shard>>();
  /** For each partition the newest leader epoch that was heard of. */
  readonly #epochs = new Map<number, number>();
  /** Loads run one after another: reading fifty logs at once would only make each of them late. */
  readonly #loads = new SerialQueue();
  #stopped = false;

  constructor(options: CoordinatorRuntimeOptions<Shard>) {
    this.#options = options;
    this.#logger = options.runtime.logger.child('kafka.coordinator.CoordinatorRuntime', {
      topic: options.topic,
    });
  }

  get isLoading(): boolean {
    for (const { status } of this.#entries.values()) if (status === 'loading') return true;
    return false;
  }

  /** The shard, or why it cannot serve. */
  find(partition: number): Shard | 'COORDINATOR_LOAD_IN_PROGRESS' | 'NOT_COORDINATOR' {
    const entry = this.#entries.get(partition);
    if (entry?.status === 'active') return entry.shard;
    return entry?.status === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'NOT_COORDINATOR';
  }

  *activeShards(): Generator<Shard> {
    for (const { status, shard } of this.#entries.values()) if (status === 'active') yield shard;
  }

  /** This broker was elected leader of the partition. Loading goes on in the background. */
  load(partition: number, epoch: number): void {
    if (this.#stopped || !this.#isCurrent(partition, epoch)) return;
    const existing = this.#entries.get(partition);
    // Elected again without ever having lost the partition: what is in memory is still the truth.
    if (existing !== undefined && existing.status !== 'failed') {
      existing.shard.onEpochRaised?.(epoch);
      return;
    }
    const shard = this.#options.createShard(partition, epoch);
    const electedAtMs = this.#options.runtime.clock.monotonicMs();
    const entry: Entry<Shard> = { partition, shard, electedAtMs, status: 'loading' };
    this.#entries.set(partition, entry);
    void this.#loads.run(() => this.#load(entry));
  }

  /** Another broker leads the partition now, or (without an epoch) this broker's replica is being stopped. */
  unload(partition: number, epoch?: number): void {
    if (!this.#isCurrent(partition, epoch)) return;
    const entry = this.#entries.get(partition);
    if (entry === undefined) return;
    this.#entries.delete(partition);
    entry.shard.onUnloaded();
    const { facts, topic } = this.#options;
    if (facts.active) facts.emit({ kind: 'coordinator-unloaded', topic, partition });
  }

  /**
   * Appends the records as one batch, in the same turn, and goes on when the log has answered. Never rejects because of
   * the log: whoever waits must get an answer.
   */
  async write<T>(partition: number, write: Write<T>): Promise<T> {
    const { error, baseOffset } = await this.#append(partition, write);
    return error === 'NONE' ? write.committed(baseOffset) : write.refused(error);
  }

  /** The same for records nobody waits for. */
  writeUnattended(partition: number, records: readonly CoordinatorRecord[]): void {
    void this.#append(partition, { records, unattended: true });
  }

  async #append(
    partition: number,
    {
      records,
      baseSequence = NO_SEQUENCE,
      producer,
      ...options
    }: Omit<Write<never>, 'committed' | 'refused'>,
  ): Promise<AppendOutcome> {
    const { runtime, log, topic, compression } = this.#options;
    const timestamp = runtime.clock.wallMs();
    const batch = buildBatch({
      records: records.map(({ key, value }) => ({ key, value, timestamp })),
      baseSequence,
      compression,
      ...(producer && { ...producer, isTransactional: true }),
    });
    try {
      return await log.append(topic, partition, batch, options);
    } catch (error) {
      this.#logger.error(`Appending to ${topic}-${partition} failed`, { error });
      return { error: error instanceof KafkaError ? error.error : 'UNKNOWN_SERVER_ERROR', baseOffset: -1 };
    }
  }

  /** Ends every shard, and loads under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { partition } of [...this.#entries.values()]) this.unload(partition);
    await this.#loads.drain();
  }

  async #load(entry: Entry<Shard>): Promise<void> {
    const { topic, log, runtime, facts } = this.#options;
    const { partition, shard } = entry;
    const stillWanted = (): boolean => this.#entries.get(partition) === entry;
    try {
      if (this.#options.compression === 'zstd') await prepareCompression();
      const partitionLog = log.logOf(topic, partition);
      if (partitionLog === undefined)
        this.#logger.warn(
          `Elected for ${topic}-${partition}, but there is no log of it: it is taken for empty`,
        );
      const records =
        partitionLog === undefined
          ? 0
          : await loadLog(partitionLog, (batch, content) => shard.replay(batch, content), {
              bufferBytes: this.#options.loadBufferBytes,
              stillWanted,
              nowMs: () => runtime.clock.monotonicMs(),
              pause: () => nextTurn(runtime.timers),
            });
      if (!stillWanted()) return;
      entry.status = 'active';
      shard.onLoaded();
      const durationMs = runtime.clock.monotonicMs() - entry.electedAtMs;
      this.#options.loadTook?.(durationMs);
      this.#logger.info(`Loaded ${records} records of ${topic}-${partition} in ${Math.round(durationMs)} ms`);
      if (facts.active) facts.emit({ kind: 'coordinator-loaded', topic, partition, records });
    } catch (error) {
      // To serve half of what is stored would make consumers start over from somewhere: better not to serve at all.
      entry.status = 'failed';
      this.#logger.error(
        `Loading ${topic}-${partition} failed: it is not coordinated until the next election`,
        {
          error,
        },
      );
    }
  }

  /** Remembers the epoch; false when a newer one was seen before. */
  #isCurrent(partition: number, epoch: number | undefined): boolean {
    if (epoch === undefined) return true;
    if (epoch < (this.#epochs.get(partition) ?? epoch)) return false;
    this.#epochs.set(partition, epoch);
    return true;
  }
}
