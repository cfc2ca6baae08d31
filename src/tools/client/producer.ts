/**
 * Sends records to a topic. Records gather in one open batch per partition; a flush sends each leader one request
 * with at most one batch per partition and waits for the answers, so order within a partition is kept and at most
 * one batch of it is under way. With acks=all the producer is idempotent (KIP-98): a batch that is sent again after a
 * lost answer is recognised by its sequence number and not stored twice.
 */
import { assert } from '../../common/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../protocol/messages/22-init-producer-id.ts';
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/00-produce.ts';
import {
  buildBatch,
  incrementSequence,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
} from '../../records/index.ts';
import type { CompressionType, RecordToBuild } from '../../records/index.ts';
import type { ClusterClient, TopicMetadata } from './cluster-client.ts';
import { errorIn, throwIf } from './cluster-client.ts';
import { partitionForKey } from './murmur2.ts';

export interface ProducerOptions {
  readonly acks: -1 | 0 | 1;
  readonly compression: CompressionType;
  readonly batchBytes: number;
  readonly retries: number;
  readonly retryBackoffMs: number;
  readonly requestTimeoutMs: number;
  /** How long to wait for the topic to exist. */
  readonly maxBlockMs: number;
  readonly idempotent: boolean;
  /** Told once for each record that could not be stored. */
  readonly onError: (topic: string, record: RecordToBuild, error: unknown) => void;
}

interface OpenBatch {
  readonly records: RecordToBuild[];
  bytes: number;
}

interface ClosedBatch {
  readonly partition: number;
  readonly records: readonly RecordToBuild[];
  readonly bytes: Buffer;
}

/** A record's size beyond its key and value, roughly: what is counted towards the size of a batch. */
const RECORD_OVERHEAD = 70;

export class Producer {
  readonly #client: ClusterClient;
  readonly #topic: string;
  readonly #options: ProducerOptions;
  readonly #open = new Map<number, OpenBatch>();
  readonly #sequences = new Map<number, number>();
  #metadata: TopicMetadata | undefined;
  #producerId = NO_PRODUCER_ID;
  #producerEpoch = NO_PRODUCER_EPOCH;
  /** Records without a key stay with one partition until the next flush, which makes fuller batches (KIP-480). */
  #sticky = 0;

  constructor(client: ClusterClient, topic: string, options: ProducerOptions) {
    this.#client = client;
    this.#topic = topic;
    this.#options = options;
  }

  /** Adds a record; true when some batch is full and it is time to flush. */
  async add(record: RecordToBuild): Promise<boolean> {
    const { partitions } = this.#metadata ?? (await this.#prepare());
    const partition =
      record.key == null ? this.#sticky % partitions.length : partitionForKey(record.key, partitions.length);
    const batch = this.#open.get(partition) ?? { records: [], bytes: 0 };
    this.#open.set(partition, batch);
    batch.records.push(record);
    batch.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0) + RECORD_OVERHEAD;
    return batch.bytes >= this.#options.batchBytes;
  }

  /** How much has gathered in the fullest open batch. */
  get openBytes(): number {
    return Math.max(0, ...[...this.#open.values()].map(({ bytes }) => bytes));
  }

  /** Sends what has gathered; failures of records go to `onError`. */
  async flush(): Promise<void> {
    const batches = [...this.#open].map(([partition, { records }]) => this.#close(partition, records));
    this.#open.clear();
    this.#sticky += 1;
    let left = batches;
    for (let attempt = 0; left.length > 0; attempt++) {
      left = await this.#attempt(left, attempt >= this.#options.retries);
      if (left.length === 0) return;
      await this.#client.runtime.timers.sleep(this.#options.retryBackoffMs);
      await this.#refresh().catch(() => undefined);
    }
  }

  async #prepare(): Promise<TopicMetadata> {
    const metadata = await this.#refresh();
    if (this.#options.idempotent && this.#options.acks === -1) {
      const answer = await this.#client.retry(async () => {
        const reply = await this.#client.toAny(
          { request: InitProducerIdRequest, response: InitProducerIdResponse },
          { transactionalId: null, transactionTimeoutMs: 0x7fff_ffff },
        );
        throwIf(reply.errorCode);
        return reply;
      });
      this.#producerId = answer.producerId;
      this.#producerEpoch = answer.producerEpoch;
    }
    this.#sticky = this.#client.runtime.random.below(metadata.partitions.length);
    return metadata;
  }

  /** Waits for the topic to exist with leaders; brokers may create it at our asking. */
  async #refresh(): Promise<TopicMetadata> {
    const { clock, timers } = this.#client.runtime;
    const untilMs = clock.monotonicMs() + this.#options.maxBlockMs;
    for (;;) {
      const { topics } = await this.#client.metadata([this.#topic], true);
      const [topic] = topics;
      const error = topic === undefined ? undefined : errorIn(topic.errorCode);
      if (topic !== undefined && error === undefined && topic.partitions.length > 0) {
        this.#metadata = topic;
        return topic;
      }
      if (error !== undefined && !error.retriable) throw error;
      if (clock.monotonicMs() >= untilMs) {
        throw new KafkaError(
          'REQUEST_TIMED_OUT',
          `Topic ${this.#topic} not present in metadata after ${this.#options.maxBlockMs} ms.`,
        );
      }
      await timers.sleep(this.#options.retryBackoffMs);
    }
  }

  #close(partition: number, records: readonly RecordToBuild[]): ClosedBatch {
    const idempotent = this.#producerId !== NO_PRODUCER_ID;
    const baseSequence = idempotent ? (this.#sequences.get(partition) ?? 0) : NO_SEQUENCE;
    if (idempotent) this.#sequences.set(partition, incrementSequence(baseSequence, records.length));
    const bytes = buildBatch({
      records,
      compression: this.#options.compression,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence,
    });
    return { partition, records, bytes };
  }

  /** Sends each batch once; gives back those worth another attempt. */
  async #attempt(batches: readonly ClosedBatch[], last: boolean): Promise<ClosedBatch[]> {
    const byLeader = new Map<number, ClosedBatch[]>();
    for (const batch of batches) {
      const leader =
        this.#metadata?.partitions.find((each) => each.partitionIndex === batch.partition)?.leaderId ?? -1;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), batch]);
    }
    const again = await Promise.all(
      [...byLeader].map(async ([leader, group]) => {
        const errors = await this.#send(leader, group);
        return group.filter((batch, index) => {
          const error = errors[index];
          if (error === undefined) return false;
          if (!last && (error.retriable || error.error === 'NETWORK_EXCEPTION')) return true;
          for (const record of batch.records) this.#options.onError(this.#topic, record, error);
          return false;
        });
      }),
    );
    return again.flat();
  }

  /** One request to one leader: for each batch its error, or undefined when it was stored. */
  async #send(leader: number, batches: readonly ClosedBatch[]): Promise<(KafkaError | undefined)[]> {
    const request = {
      acks: this.#options.acks,
      timeoutMs: this.#options.requestTimeoutMs,
      topicData: [
        {
          name: this.#topic,
          partitionData: batches.map(({ partition, bytes }) => ({ index: partition, records: bytes })),
        },
      ],
    };
    try {
      if (leader < 0) throw new KafkaError('LEADER_NOT_AVAILABLE');
      const broker = await this.#client.broker(leader);
      if (this.#options.acks === 0) {
        broker.send(ProduceRequest, request);
        return batches.map(() => undefined);
      }
      const answer = await broker.call({ request: ProduceRequest, response: ProduceResponse }, request);
      const stored = answer.responses[0]?.partitionResponses ?? [];
      return batches.map(({ partition }) => outcomeOf(stored.find((each) => each.index === partition)));
    } catch (thrown) {
      const error =
        thrown instanceof KafkaError ? thrown : new KafkaError('NETWORK_EXCEPTION', String(thrown));
      return batches.map(() => error);
    }
  }
}

function outcomeOf(
  response: { readonly errorCode: number; readonly errorMessage: string | null } | undefined,
): KafkaError | undefined {
  assert(response !== undefined, 'a broker answers for every partition it was sent');
  const error = errorIn(response.errorCode, response.errorMessage);
  // The answer to the first attempt was lost: the batch is in the log.
  return error?.error === 'DUPLICATE_SEQUENCE_NUMBER' ? undefined : error;
}
