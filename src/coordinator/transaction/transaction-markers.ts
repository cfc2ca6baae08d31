/**
 * From a decision that is stored to a transaction that is over (Kafka's TransactionMarkerChannelManager): every partition
 * of the transaction gets a marker from its leader, through one channel for each broker, this one too; when the last is
 * written, so is the record that says that the transaction is complete.
 *
 * Invariants: a marker is asked for until its leader says that it is written, or that somebody newer is at work; a
 * coordinator that lost its partition sends nothing more for it. Markers that arrive twice do no harm.
 *
 * A partition that the cluster no longer has needs none. That takes metadata which can be trusted: between the start of a
 * broker and the first metadata with partitions, none of them is known here, and each will be.
 */
import { PartitionMap, TRANSACTION_STATE_TOPIC, type TopicPartition } from '../../common/index.ts';
import type { BrokerEndpoint, MetadataCache } from '../../metadata/index.ts';
import { errorNameOf, type ErrorName } from '../../protocol/index.ts';
import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../protocol/messages/27-write-txn-markers.ts';
import type { Logger, Timers } from '../../runtime/index.ts';
import type { BrokerChannels } from '../runtime/broker-channels.ts';
import { markerOutcomeOf } from './marker-outcome.ts';
import type { Transaction, TransactionTransition } from './transaction.ts';
import type { TransactionShard } from './transaction-shard.ts';

/** A transaction whose outcome is stored, and what it shall become once the markers are written. */
export interface PendingCompletion {
  readonly shard: TransactionShard;
  readonly transaction: Transaction;
  readonly completion: TransactionTransition;
}

export interface TransactionMarkersOptions {
  readonly timers: Pick<Timers, 'after' | 'endOfTurn' | 'sleep'>;
  readonly logger: Logger;
  readonly metadataCache: Pick<MetadataCache, 'partition' | 'brokerEndpoint' | 'contains' | 'onChange'>;
  /** Of brokers among themselves. */
  readonly listenerName: string;
  readonly channels: Pick<BrokerChannels, 'call' | 'close'>;
  readonly requestTimeoutMs: number;
  /** False once the partition moved on, or was loaded anew: then it is another's to complete. */
  isCurrent(pending: PendingCompletion): boolean;
  /** Appends the completion; false: not yet, to be tried again. */
  complete(pending: PendingCompletion): Promise<boolean>;
}

interface Marker {
  readonly pending: PendingCompletion;
  readonly partitions: readonly TopicPartition[];
}

interface Queue {
  markers: Marker[];
  isSending: boolean;
}

/** Between two tries: a leader that moves needs about as long. */
const RETRY_BACKOFF_MS = 50;
/** One request holds no more; the rest follows when it is answered. */
const MAX_MARKERS_PER_REQUEST = 1000;
const VERSIONS = { min: 0, max: 1 };

export class TransactionMarkers {
  readonly #options: TransactionMarkersOptions;
  /** Those that still want markers. */
  readonly #open = new Set<PendingCompletion>();
  readonly #queues = new Map<number, Queue>();
  /** For partitions whose leader nobody knows at the moment, or which is not there. */
  #unplaced: Marker[] = [];
  #appendRetries = 0;
  #isStopped = false;
  readonly #stopListening: () => void;

  constructor(options: TransactionMarkersOptions) {
    this.#options = options;
    this.#stopListening = options.metadataCache.onChange(() => this.#placeAnew());
  }

  get unplacedCount(): number {
    return this.#unplaced.length;
  }

  /** Completions that wait for the log to take them. */
  get appendRetryCount(): number {
    return this.#appendRetries;
  }

  add(pending: PendingCompletion): void {
    this.#open.add(pending);
    this.#enqueue({ pending, partitions: [...pending.transaction.partitions] });
    this.#maybeComplete(pending);
  }

  /** The shard's partition moved away. */
  removeAll(shard: TransactionShard): void {
    for (const pending of this.#open) if (pending.shard === shard) this.#open.delete(pending);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    this.#open.clear();
    this.#options.channels.close();
  }

  #isWanted = ({ pending }: Marker): boolean => {
    if (!this.#open.has(pending)) return false;
    if (this.#options.isCurrent(pending)) return true;
    this.#open.delete(pending);
    return false;
  };

  #enqueue({ pending, partitions }: Marker): void {
    const byLeader = new Map<number, TopicPartition[]>();
    const unplaced: TopicPartition[] = [];
    for (const partition of partitions) {
      const leader = this.#placeOf(partition);
      if (leader === 'deleted') pending.transaction.markerWritten(partition);
      else if (leader === undefined) unplaced.push(partition);
      else byLeader.set(leader.id, [...(byLeader.get(leader.id) ?? []), partition]);
    }
    if (unplaced.length > 0) this.#unplaced.push({ pending, partitions: unplaced });
    for (const [brokerId, led] of byLeader) this.#queueFor(brokerId, { pending, partitions: led });
  }

  #placeOf({ topic, partition }: TopicPartition): BrokerEndpoint | 'deleted' | undefined {
    const { metadataCache, listenerName, logger } = this.#options;
    const known = metadataCache.partition(topic, partition);
    if (known !== undefined) return metadataCache.brokerEndpoint(known.leader, listenerName);
    if (!metadataCache.contains(TRANSACTION_STATE_TOPIC)) return undefined;
    logger.info(`${topic}-${partition} is not known any more: it needs no marker`);
    return 'deleted';
  }

  #queueFor(brokerId: number, marker: Marker): void {
    let queue = this.#queues.get(brokerId);
    if (queue === undefined) this.#queues.set(brokerId, (queue = { markers: [], isSending: false }));
    queue.markers.push(marker);
    if (queue.isSending) return;
    queue.isSending = true;
    const filled = queue;
    // What others decide in this turn goes with it.
    this.#options.timers.endOfTurn(() => void this.#sendAll(brokerId, filled));
  }

  async #sendAll(brokerId: number, queue: Queue): Promise<void> {
    while (queue.markers.length > 0 && !this.#isStopped) {
      const markers = queue.markers.splice(0, MAX_MARKERS_PER_REQUEST).filter(this.#isWanted);
      if (markers.length === 0) continue;
      const unwritten = await this.#send(brokerId, markers);
      if (unwritten.length > 0) this.#tryLater(unwritten);
    }
    queue.isSending = false;
  }

  /** One request; returns what is to be tried again. */
  async #send(brokerId: number, markers: readonly Marker[]): Promise<readonly Marker[]> {
    const { metadataCache, listenerName, channels, requestTimeoutMs, logger } = this.#options;
    const endpoint = metadataCache.brokerEndpoint(brokerId, listenerName);
    if (endpoint === undefined) return markers;
    try {
      const response = await channels.call(endpoint, {
        request: WriteTxnMarkersRequest,
        response: WriteTxnMarkersResponse,
        versions: VERSIONS,
        value: { markers: markers.map(toWire) },
        timeoutMs: requestTimeoutMs,
      });
      const errors = errorsByProducer(response);
      return markers.flatMap((marker) => this.#judge(marker, errors));
    } catch (error) {
      logger.debug(`Broker ${brokerId} has not answered about markers, which are sent again`, { error });
      return markers;
    }
  }

  /** Takes over what is written; returns what is to be tried again. By now the partition may have moved. */
  #judge(marker: Marker, errors: ReadonlyMap<number, PartitionMap<ErrorName>>): Marker[] {
    if (!this.#isWanted(marker)) return [];
    const { pending } = marker;
    const { transaction } = pending;
    const ofProducer = errors.get(transaction.producerId);
    const unwritten: TopicPartition[] = [];
    for (const { topic, partition } of marker.partitions) {
      const error = ofProducer?.get(topic, partition) ?? 'UNKNOWN_SERVER_ERROR';
      const outcome = markerOutcomeOf(error);
      const said = `${topic}-${partition} answered ${error} to a marker of ${transaction.transactionalId}`;
      if (outcome === 'cancel') {
        this.#options.logger.info(`${said}: it is no longer ours to end`);
        this.#open.delete(pending);
        return [];
      }
      if (outcome === 'surprise') this.#options.logger.error(`${said}, which is asked for again`);
      if (outcome === 'done') transaction.markerWritten({ topic, partition });
      else unwritten.push({ topic, partition });
    }
    this.#maybeComplete(pending);
    return unwritten.length === 0 ? [] : [{ pending, partitions: unwritten }];
  }

  #tryLater(markers: readonly Marker[]): void {
    this.#options.timers.after(RETRY_BACKOFF_MS, () => this.#place(markers));
  }

  #placeAnew(): void {
    const markers = this.#unplaced;
    this.#unplaced = [];
    this.#place(markers);
  }

  #place(markers: readonly Marker[]): void {
    if (this.#isStopped) return;
    for (const marker of markers.filter(this.#isWanted)) {
      this.#enqueue(marker);
      this.#maybeComplete(marker.pending);
    }
  }

  #maybeComplete(pending: PendingCompletion): void {
    if (pending.transaction.partitions.size === 0 && this.#open.delete(pending)) void this.#complete(pending);
  }

  async #complete(pending: PendingCompletion): Promise<void> {
    if (await this.#options.complete(pending)) return;
    this.#appendRetries += 1;
    try {
      do await this.#options.timers.sleep(RETRY_BACKOFF_MS);
      while (!this.#isStopped && !(await this.#options.complete(pending)));
    } finally {
      this.#appendRetries -= 1;
    }
  }
}

function toWire({ pending, partitions }: Marker): WriteTxnMarkersRequest['markers'][number] {
  const { shard, transaction, completion } = pending;
  const byTopic = new PartitionMap<true>();
  for (const { topic, partition } of partitions) byTopic.set(topic, partition, true);
  return {
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    transactionResult: completion.state === 'CompleteCommit',
    topics: [...byTopic.topics()].map((name) => ({
      name,
      partitionIndexes: [...byTopic.partitionsOf(name).keys()],
    })),
    coordinatorEpoch: shard.coordinatorEpoch,
  };
}

function errorsByProducer({
  markers,
}: WriteTxnMarkersResponse): ReadonlyMap<number, PartitionMap<ErrorName>> {
  const errors = new Map<number, PartitionMap<ErrorName>>();
  for (const { producerId, topics } of markers) {
    let ofProducer = errors.get(producerId);
    if (ofProducer === undefined) errors.set(producerId, (ofProducer = new PartitionMap()));
    for (const { name, partitions } of topics)
      for (const { partitionIndex, errorCode } of partitions)
        ofProducer.set(name, partitionIndex, errorNameOf(errorCode));
  }
  return errors;
}
