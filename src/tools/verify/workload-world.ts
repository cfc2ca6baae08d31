/**
 * What all workers of a run share: where the cluster is, what they read and write, the numbers they send, the pace they
 * keep, and the record of it all.
 */
import type { TopicPartition } from '../../common/index.ts';
import { topicPartitionName } from '../../common/index.ts';
import type { Clock, Random, Timers } from '../../runtime/index.ts';
import type { Action, PollAction, SeenRecord } from '../../verify/index.ts';
import { ClusterClient, PartitionReader } from '../client/index.ts';
import type { ClientRuntime, ConsumedRecord } from '../client/index.ts';
import type { HistoryRecorder } from './history-recorder.ts';

export interface WorkloadSettings {
  readonly bootstrapServers: readonly string[];
  /** Names what this run leaves behind: topics, groups, transactional ids. */
  readonly name: string;
  readonly partitions: number;
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly readCommitted: boolean;
  readonly workers: Readonly<Record<'producers' | 'readers' | 'members' | 'copiers', number>>;
  /** Operations a second of all workers together. */
  readonly rate: number;
}

/** An answer that takes longer is not waited for: a paused broker must not stop a worker for good. */
const REQUEST_TIMEOUT_MS = 8_000;
const COMMAND_TIMEOUT_MS = 15_000;
const FETCH_BYTES = 1024 * 1024;
const PARTITION_FETCH_BYTES = 16 * 1024;
const FETCH_WAIT_MS = 250;
/** Before a worker whose life went wrong begins another. */
const REVIVAL_MS = 300;

export class WorkloadWorld {
  readonly settings: WorkloadSettings;
  readonly recorder: HistoryRecorder;
  /** Transactions read the one and write the other, and now and then the one again. */
  readonly topics: { readonly input: string; readonly output: string };
  readonly #runtime: ClientRuntime;
  readonly #isOver: () => boolean;
  /** Numbers that all processes of the run take from the same row. */
  readonly #taken: { value: number; readonly lives: Map<string, number> };

  constructor(
    settings: WorkloadSettings,
    recorder: HistoryRecorder,
    runtime: ClientRuntime,
    isOver: () => boolean,
    taken = { value: 0, lives: new Map<string, number>() },
  ) {
    this.settings = settings;
    this.recorder = recorder;
    this.topics = { input: `${settings.name}-in`, output: `${settings.name}-out` };
    this.#runtime = runtime;
    this.#isOver = isOver;
    this.#taken = taken;
  }

  /** The same run for workers in another process. */
  in(runtime: ClientRuntime): WorkloadWorld {
    return new WorkloadWorld(this.settings, this.recorder, runtime, this.#isOver, this.#taken);
  }

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get timers(): Timers {
    return this.#runtime.timers;
  }

  get random(): Random {
    return this.#runtime.random;
  }

  get isOver(): boolean {
    return this.#isOver() || this.recorder.isFull;
  }

  partitionsOf(...topics: readonly string[]): TopicPartition[] {
    return topics.flatMap((topic) =>
      Array.from({ length: this.settings.partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  anyOf<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)]!;
  }

  happens(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  /** Numbers that were never sent before. */
  freshValues(count: number): number[] {
    return Array.from({ length: count }, () => (this.#taken.value += 1));
  }

  /** Waits as long as keeps the workers together at the rate. */
  async pace(): Promise<void> {
    const { producers, readers, members, copiers } = this.settings.workers;
    const meanMs = ((producers + readers + members + copiers) / this.settings.rate) * 1000;
    await this.timers.sleep(this.random.below(Math.ceil(2 * meanMs) + 1));
  }

  connect(clientId: string): ClusterClient {
    return new ClusterClient({
      bootstrapServers: this.settings.bootstrapServers,
      clientId,
      timeoutMs: COMMAND_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      runtime: this.#runtime,
    });
  }

  reader(client: ClusterClient): PartitionReader {
    return new PartitionReader(client, {
      readCommitted: this.settings.readCommitted,
      resetTo: 'none',
      maxBytes: FETCH_BYTES,
      partitionMaxBytes: PARTITION_FETCH_BYTES,
      maxWaitMs: FETCH_WAIT_MS,
    });
  }

  /**
   * Lives one life after another until the run is over, each with a client and a name of its own: what a consumer read in
   * one life says nothing about the next. A life ends when it returns, or with an error, which its operation has told.
   */
  async live(name: string, life: (process: string, client: ClusterClient) => Promise<void>): Promise<void> {
    while (!this.isOver) {
      const number = (this.#taken.lives.get(name) ?? 0) + 1;
      this.#taken.lives.set(name, number);
      const process = `${name}.${number}`;
      const client = this.connect(process);
      try {
        await life(process, client);
      } catch {
        await this.timers.sleep(REVIVAL_MS);
      } finally {
        await client.close();
      }
    }
  }

  /** Records one operation; if it fails nobody knows what came of it, but what had been done by then is told. */
  async recorded(process: string, run: (actions: Action[]) => Promise<void>): Promise<void> {
    const actions: Action[] = [];
    this.recorder.begin(process);
    try {
      await run(actions);
      this.recorder.end(process, 'ok', actions);
    } catch (thrown) {
      this.recorder.end(process, 'info', actions, String(thrown));
      throw thrown;
    }
  }
}

export function sendActions(
  to: TopicPartition,
  values: readonly number[],
  baseOffset: number | null,
): Action[] {
  const partition = topicPartitionName(to);
  return values.map((value, index) => ({
    kind: 'send',
    partition,
    value,
    offset: baseOffset === null ? null : baseOffset + index,
  }));
}

export function pollAction(records: readonly ConsumedRecord[]): PollAction {
  const seen: Record<string, SeenRecord[]> = {};
  for (const record of records)
    (seen[topicPartitionName(record)] ??= []).push([record.offset, valueOf(record)]);
  return { kind: 'poll', records: seen };
}

/** A record that no worker can have written gets a number that none has sent. */
function valueOf({ value, offset }: ConsumedRecord): number {
  const text = value?.toString() ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : -1 - offset;
}

export function positionsByName(
  positions: readonly (TopicPartition & { readonly offset: number })[],
): Record<string, number> {
  return Object.fromEntries(positions.map((each) => [topicPartitionName(each), each.offset]));
}
