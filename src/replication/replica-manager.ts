/**
 * The replicas of one broker: which partitions it has, which of them it leads, and everything the protocol may ask of
 * them. The skeleton the other rooms compile against while the parts are written.
 */
import { AssertionError, type TopicPartition } from '../common/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { MetadataCache } from '../metadata/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import type { ErrorName } from '../protocol/errors.ts';
import type { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import type { StopReplicaRequest, StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import type { UpdateMetadataRequest } from '../protocol/messages/06-update-metadata.ts';
import type { Runtime } from '../runtime/index.ts';
import type { AppendRequest, PartitionAppendResult } from './append-types.ts';
import type {
  EpochEndOffsetRequest,
  EpochEndOffsetResult,
  FetchParams,
  FetchPartitionRequest,
  FetchPartitionResult,
  TimestampRequest,
  TimestampResult,
} from './fetch-types.ts';
import type { Partition } from './partition.ts';

export interface ReplicaManagerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly metadataCache: MetadataCache;
  readonly zk: { topicConfig(topic: string): Promise<Record<string, string>> };
}

export interface LeadershipHooks {
  onLeadershipChange(becameLeader: readonly Partition[], becameFollower: readonly Partition[]): void;
}

export interface DeleteRecordsResult extends TopicPartition {
  readonly error: ErrorName;
  readonly lowWatermark: number;
}

export class ReplicaManager {
  readonly #options: ReplicaManagerOptions;

  constructor(options: ReplicaManagerOptions) {
    this.#options = options;
  }

  becomeLeaderOrFollower(
    request: LeaderAndIsrRequest,
    version: number,
    hooks: LeadershipHooks,
  ): Promise<LeaderAndIsrResponse> {
    throw this.#unwritten(request, version, hooks);
  }

  stopReplicas(request: StopReplicaRequest, version: number): Promise<StopReplicaResponse> {
    throw this.#unwritten(request, version);
  }

  maybeUpdateMetadataCache(request: UpdateMetadataRequest): {
    readonly error: ErrorName;
    readonly deletedPartitions: readonly TopicPartition[];
  } {
    throw this.#unwritten(request);
  }

  /** One outcome per entry, in their order. */
  appendRecords(request: AppendRequest): Promise<readonly PartitionAppendResult[]> {
    throw this.#unwritten(request);
  }

  /** Appends with acks -1 for a coordinator, which leads the partition itself. */
  appendForCoordinator(topic: string, partition: number, records: Buffer): Promise<PartitionAppendResult> {
    throw this.#unwritten(topic, partition, records);
  }

  /** At once when there is something to tell, else a promise. */
  fetchRecords(
    params: FetchParams,
    partitions: readonly FetchPartitionRequest[],
  ): readonly FetchPartitionResult[] | Promise<readonly FetchPartitionResult[]> {
    throw this.#unwritten(params, partitions);
  }

  fetchOffsetForTimestamp(request: TimestampRequest): Promise<TimestampResult> {
    throw this.#unwritten(request);
  }

  lastOffsetForLeaderEpoch(request: EpochEndOffsetRequest): EpochEndOffsetResult {
    throw this.#unwritten(request);
  }

  /** Raises the log start of each partition to an offset (-1: the high watermark) on every live replica. */
  deleteRecords(
    timeoutMs: number,
    entries: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    options: { readonly internalTopicsAllowed: boolean },
  ): Promise<readonly DeleteRecordsResult[]> {
    throw this.#unwritten(timeoutMs, entries, options);
  }

  getPartition(topic: string, partition: number): Partition | undefined {
    throw this.#unwritten(topic, partition);
  }

  partitions(): IterableIterator<Partition> {
    throw this.#unwritten();
  }

  /** Takes over changed settings (dynamic configuration). */
  reconfigure(config: BrokerConfig): void {
    throw this.#unwritten(config);
  }

  startup(): void {
    throw this.#unwritten();
  }

  shutdown(options: { readonly checkpointHighWatermarks: boolean }): Promise<void> {
    throw this.#unwritten(options);
  }

  #unwritten(...values: unknown[]): Error {
    return new AssertionError(`broker ${this.#options.brokerId}: not written yet (${values.length})`);
  }
}
