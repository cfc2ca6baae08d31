/**
 * Reads partitions from their leaders. It owns one position per partition; a poll asks every leader at once and gives
 * the batches' records in offset order. What the broker hands out but a reader must not show is dropped here: control
 * records, records before the position (a fetch starts at a batch's beginning), and with read_committed the records
 * of aborted transactions.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../protocol/messages/01-fetch.ts';
import { batchesOf, decodeEndTransactionMarker, decodeRecords } from '../../records/index.ts';
import type { KafkaRecord, TimestampType, RecordBatch } from '../../records/index.ts';
import { listOffsets, OFFSET_SPEC } from './admin.ts';
import type { ClusterClient } from './cluster-client.ts';
import { codeOf, errorIn } from './cluster-client.ts';

export interface ConsumedRecord extends KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly timestampType: TimestampType;
}

export interface ReaderOptions {
  readonly readCommitted: boolean;
  /** Where to go when a position does not exist (any more). */
  readonly resetTo: 'earliest' | 'latest' | 'none';
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  readonly maxWaitMs: number;
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  leader: number;
}

type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** The newest version of Fetch that names topics; later ones use topic ids. */
const FETCH_BY_NAME = 12;
const RETRY_BACKOFF_MS = 100;
const MOVED: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'OFFSET_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
]);

export class PartitionReader {
  readonly #client: ClusterClient;
  readonly #options: ReaderOptions;
  #positions: Position[] = [];
  #leadersKnown = false;

  constructor(client: ClusterClient, options: ReaderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Where each partition stands: the offset of the next record. */
  get positions(): readonly Readonly<Position>[] {
    return this.#positions;
  }

  /** Replaces what is read. An offset of null means: where `resetTo` says. */
  async assign(
    partitions: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number | null;
    }[],
  ): Promise<void> {
    this.#positions = partitions.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: offset ?? -1,
      leader: -1,
    }));
    this.#leadersKnown = false;
    await this.#findLeaders();
    const unset = this.#positions.filter((position) => position.offset < 0);
    if (unset.length > 0) await this.#reset(unset);
  }

  /** The records that came, none when nothing is new within `maxWaitMs`. */
  async poll(): Promise<ConsumedRecord[]> {
    if (!this.#leadersKnown) await this.#findLeaders();
    const leaders = [...new Set(this.#positions.map((position) => position.leader))].filter(
      (leader) => leader >= 0,
    );
    if (leaders.length === 0) {
      this.#leadersKnown = false;
      await this.#client.runtime.timers.sleep(
        this.#positions.length === 0 ? this.#options.maxWaitMs : RETRY_BACKOFF_MS,
      );
      return [];
    }
    const answers = await Promise.all(leaders.map((leader) => this.#fetch(leader)));
    return answers.flat();
  }

  async #fetch(leader: number): Promise<ConsumedRecord[]> {
    const here = this.#positions.filter((position) => position.leader === leader);
    const topics = [...new Set(here.map((position) => position.topic))];
    const { readCommitted, maxBytes, partitionMaxBytes, maxWaitMs } = this.#options;
    const request = {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: readCommitted ? 1 : 0,
      forgottenTopicsData: [],
      topics: topics.map((topic) => ({
        topic,
        partitions: here
          .filter((position) => position.topic === topic)
          .map(({ partition, offset }) => ({ partition, fetchOffset: offset, partitionMaxBytes })),
      })),
    };
    try {
      const api = { request: FetchRequest, response: FetchResponse };
      const answer = await this.#client.toBroker(leader, api, request, FETCH_BY_NAME);
      const failure = errorIn(answer.errorCode);
      if (failure !== undefined) throw failure;
      const taken: ConsumedRecord[] = [];
      for (const { topic, partitions } of answer.responses) {
        for (const fetched of partitions) {
          const position = here.find(
            (each) => each.topic === topic && each.partition === fetched.partitionIndex,
          );
          if (position === undefined) continue;
          // One by one: a megabyte of small records is more than a call takes arguments.
          for (const record of await this.#take(position, fetched)) taken.push(record);
        }
      }
      return taken;
    } catch (thrown) {
      const moved =
        thrown instanceof KafkaError ? MOVED.has(thrown.error) || thrown.retriable : codeOf(thrown) !== '';
      if (!moved) throw thrown;
      this.#leadersKnown = false;
      await this.#client.runtime.timers.sleep(RETRY_BACKOFF_MS);
      return [];
    }
  }

  async #take(position: Position, fetched: FetchedPartition): Promise<ConsumedRecord[]> {
    const error = errorIn(fetched.errorCode);
    if (error === undefined) return this.#recordsOf(position, fetched);
    if (error.error === 'OFFSET_OUT_OF_RANGE') {
      if (this.#options.resetTo === 'none') {
        throw new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `Fetch position ${position.offset} is out of range for partition ${position.topic}-${position.partition}`,
        );
      }
      await this.#reset([position]);
      return [];
    }
    if (!MOVED.has(error.error)) throw error;
    this.#leadersKnown = false;
    return [];
  }

  #recordsOf(position: Position, fetched: FetchedPartition): ConsumedRecord[] {
    const { topic, partition } = position;
    const isAborted = this.#options.readCommitted ? abortedFilter(fetched) : () => false;
    const taken: ConsumedRecord[] = [];
    for (const batch of batchesOf(fetched.records ?? Buffer.alloc(0))) {
      const hidden = isAborted(batch);
      if (!batch.isControl && !hidden && batch.nextOffset > position.offset) {
        const { timestampType } = batch;
        for (const record of decodeRecords(batch)) {
          if (record.offset >= position.offset) taken.push({ ...record, topic, partition, timestampType });
        }
      }
      position.offset = Math.max(position.offset, batch.nextOffset);
    }
    return taken;
  }

  async #findLeaders(): Promise<void> {
    const names = [...new Set(this.#positions.map((position) => position.topic))];
    if (names.length === 0) return;
    const { topics } = await this.#client.metadata(names, true);
    for (const position of this.#positions) {
      const topic = topics.find((each) => each.name === position.topic);
      const partition = topic?.partitions.find((each) => each.partitionIndex === position.partition);
      position.leader = partition?.leaderId ?? -1;
    }
    this.#leadersKnown = this.#positions.every((position) => position.leader >= 0);
  }

  async #reset(positions: readonly Position[]): Promise<void> {
    const { resetTo } = this.#options;
    if (resetTo === 'none')
      throw new KafkaError('OFFSET_OUT_OF_RANGE', 'Undefined offset with no reset policy for partitions');
    await this.#client.retry(async () => {
      if (positions.some((position) => position.leader < 0)) await this.#findLeaders();
      if (positions.some((position) => position.leader < 0)) throw new KafkaError('LEADER_NOT_AVAILABLE');
      const timestamp = OFFSET_SPEC[resetTo];
      const found = await listOffsets(
        this.#client,
        positions.map(({ topic, partition, leader }) => ({ topic, partition, leader, timestamp })),
        this.#options.readCommitted ? 1 : 0,
      );
      for (const each of found) {
        if (each instanceof KafkaError) {
          for (const position of positions) position.leader = -1;
          throw each;
        }
        const position = positions.find(
          ({ topic, partition }) => topic === each.topic && partition === each.partition,
        );
        if (position !== undefined) position.offset = each.offset;
      }
    });
  }
}

/**
 * Tells of each batch, asked in offset order, whether it belongs to an aborted transaction: one begins at its first
 * offset in the broker's list and ends with its abort marker (KIP-98).
 */
export function abortedFilter(
  fetched: Pick<FetchedPartition, 'abortedTransactions'>,
): (batch: RecordBatch) => boolean {
  const waiting = (fetched.abortedTransactions ?? []).toSorted(
    (left, right) => left.firstOffset - right.firstOffset,
  );
  const aborted = new Set<number>();
  return (batch) => {
    for (
      let next = waiting[0];
      next !== undefined && next.firstOffset <= batch.lastOffset;
      next = waiting[0]
    ) {
      aborted.add(next.producerId);
      waiting.shift();
    }
    if (batch.isControl) {
      if (decodeEndTransactionMarker(batch)?.result === 'abort') aborted.delete(batch.producerId);
      return true;
    }
    return batch.isTransactional && aborted.has(batch.producerId);
  };
}
