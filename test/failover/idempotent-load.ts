/**
 * Load for fail-over rounds: one idempotent producer per partition, each with one batch in flight that is sent again,
 * with the same sequence numbers, until a leader acknowledges it from all in-sync replicas. Every record's value is
 * its number, so that the log itself tells what was lost, duplicated or reordered.
 */
import { NetworkClient } from '../../src/network/index.ts';
import { ErrorCode, errorNameOf } from '../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../src/protocol/messages/22-init-producer-id.ts';
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/03-metadata.ts';
import { buildBatch } from '../../src/records/index.ts';
import type { Runtime } from '../../src/runtime/index.ts';

const PRODUCE_VERSION = 9;
const METADATA_VERSION = 9;
const INIT_PRODUCER_ID_VERSION = 4;
const REQUEST_TIMEOUT_MS = 3000;
const RETRY_MS = 30;
const RECORDS_PER_BATCH = 20;
const MAX_SEQUENCE = 0x7fffffff;
/** Answers after which the same batch goes out again. */
const RETRIED = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'KAFKA_STORAGE_ERROR',
]);

export interface PartitionHistory {
  readonly partition: number;
  /** Numbers 0 to `acknowledged` - 1 were acknowledged. */
  acknowledged: number;
  /** Numbers up to here were sent at least once. */
  sent: number;
  /** True while a batch waits for its answer. */
  inFlight: boolean;
}

export class IdempotentLoad {
  readonly histories: PartitionHistory[];
  readonly #runtime: Pick<Runtime, 'network' | 'timers'>;
  readonly #bootstrap: readonly string[];
  readonly #topic: string;
  readonly #key: Buffer | null;
  readonly #pauseMs: number;
  /** By address and partition: on a shared connection one partition's batch would wait for the other's answer. */
  readonly #clients = new Map<string, Promise<NetworkClient>>();
  #leaders = new Map<number, string>();
  #running = true;
  #abandoned = false;
  /** Which bootstrap server is asked first: one that is cut off goes on naming the leaders it knew. */
  #firstAsked = 0;
  #work: Promise<unknown> = Promise.resolve();
  /** What made it give up: nothing is sent any more. */
  failure: Error | undefined;

  constructor(options: {
    readonly runtime: Pick<Runtime, 'network' | 'timers'>;
    readonly bootstrap: readonly string[];
    readonly topic: string;
    readonly partitions: number;
    /** How large each record's key is: a log is to become long in little time. */
    readonly keyBytes?: number;
    /** Between two batches of a partition: steady rather than fast. */
    readonly pauseMs?: number;
  }) {
    this.#runtime = options.runtime;
    this.#bootstrap = options.bootstrap;
    this.#topic = options.topic;
    this.#key = options.keyBytes === undefined ? null : Buffer.alloc(options.keyBytes);
    this.#pauseMs = options.pauseMs ?? 0;
    this.histories = Array.from({ length: options.partitions }, (_value, partition) => newHistory(partition));
  }

  get acknowledged(): number {
    return this.histories.reduce((sum, history) => sum + history.acknowledged, 0);
  }

  start(): void {
    this.#begin(this.histories);
  }

  /** So many partitions are written to from now on. */
  grow(partitions: number): void {
    const more: PartitionHistory[] = [];
    for (let partition = this.histories.length; partition < partitions; partition++)
      more.push(newHistory(partition));
    this.histories.push(...more);
    this.#begin(more);
  }

  #begin(histories: readonly PartitionHistory[]): void {
    this.#work = Promise.all([this.#work, ...histories.map((history) => this.#produce(history))]);
    // Whoever stops it is told.
    this.#work.catch((error: unknown) => (this.failure = error as Error));
  }

  /** Ends once every batch in flight is acknowledged. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#work;
    for (const client of this.#clients.values()) (await client.catch(() => undefined))?.close();
  }

  /** Ends at once, whatever waits for its answer: the brokers are about to be gone. */
  abandon(): void {
    this.#running = false;
    this.#abandoned = true;
    for (const client of this.#clients.values())
      client.then(
        (open) => open.close(),
        () => undefined,
      );
  }

  async #produce(history: PartitionHistory): Promise<void> {
    const producerId = await this.#initProducerId();
    while (this.#running) {
      const first = history.acknowledged;
      history.sent = first + RECORDS_PER_BATCH;
      history.inFlight = true;
      while (!(await this.#tryOnce(history.partition, producerId, first))) {
        if (this.#abandoned) return;
        await this.#runtime.timers.sleep(RETRY_MS);
      }
      history.inFlight = false;
      history.acknowledged = history.sent;
      if (this.#pauseMs > 0) await this.#runtime.timers.sleep(this.#pauseMs);
    }
  }

  async #initProducerId(): Promise<number> {
    for (;;) {
      for (const address of this.#bootstrap) {
        try {
          const client = await this.#client(address);
          const { errorCode, producerId } = await client.send(
            InitProducerIdRequest,
            InitProducerIdResponse,
            INIT_PRODUCER_ID_VERSION,
            { transactionalId: null, transactionTimeoutMs: 0, producerId: -1, producerEpoch: -1 },
          );
          if (errorCode === ErrorCode.NONE) return producerId;
        } catch {
          this.#clients.delete(address);
        }
        await this.#runtime.timers.sleep(RETRY_MS);
      }
    }
  }

  /** Sends the batch that begins with number `first`; true once it is acknowledged. */
  async #tryOnce(partition: number, producerId: number, first: number): Promise<boolean> {
    const address = this.#leaders.get(partition) ?? (await this.#findLeader(partition));
    if (address === undefined) return false;
    let answer;
    try {
      const client = await this.#client(address, partition);
      answer = await client.send(ProduceRequest, ProduceResponse, PRODUCE_VERSION, {
        transactionalId: null,
        acks: -1,
        timeoutMs: REQUEST_TIMEOUT_MS,
        topicData: [
          {
            name: this.#topic,
            partitionData: [{ index: partition, records: batch(producerId, first, this.#key) }],
          },
        ],
      });
    } catch {
      this.#clients.delete(`${address}/${partition}`);
      this.#leaders.delete(partition);
      return false;
    }
    const error = errorNameOf(
      answer.responses[0]?.partitionResponses[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    );
    if (error === 'NONE') return true;
    this.#leaders.delete(partition);
    if (!RETRIED.has(error))
      throw new Error(`${this.#topic}-${partition} answered ${error} to number ${first}`);
    return false;
  }

  async #findLeader(partition: number): Promise<string | undefined> {
    this.#firstAsked += 1;
    for (const index of this.#bootstrap.keys()) {
      const address = this.#bootstrap[(this.#firstAsked + index) % this.#bootstrap.length] ?? '';
      try {
        const client = await this.#client(address);
        const metadata = await client.send(MetadataRequest, MetadataResponse, METADATA_VERSION, {
          topics: [{ name: this.#topic }],
          allowAutoTopicCreation: false,
          includeTopicAuthorizedOperations: false,
        });
        const leaderId = metadata.topics[0]?.partitions.find(
          (one) => one.partitionIndex === partition,
        )?.leaderId;
        const leader = metadata.brokers.find(({ nodeId }) => nodeId === leaderId);
        if (leader === undefined) continue;
        this.#leaders.set(partition, `${leader.host}:${leader.port}`);
        return `${leader.host}:${leader.port}`;
      } catch {
        this.#clients.delete(address);
      }
    }
    return undefined;
  }

  /** `partition` undefined: for questions, which are answered at once. */
  #client(address: string, partition?: number): Promise<NetworkClient> {
    const key = partition === undefined ? address : `${address}/${partition}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      const [host = '', port = ''] = address.split(':');
      client = NetworkClient.connect(
        this.#runtime,
        { host, port: Number(port) },
        {
          clientId: 'failover-load',
          requestTimeoutMs: REQUEST_TIMEOUT_MS * 2,
          connectTimeoutMs: REQUEST_TIMEOUT_MS,
        },
      );
      this.#clients.set(key, client);
      client.catch(() => this.#clients.delete(key));
    }
    return client;
  }
}

function newHistory(partition: number): PartitionHistory {
  return { partition, acknowledged: 0, sent: 0, inFlight: false };
}

function batch(producerId: number, first: number, key: Buffer | null): Buffer {
  return buildBatch({
    baseOffset: 0,
    producerId,
    producerEpoch: 0,
    baseSequence: first % (MAX_SEQUENCE + 1),
    records: Array.from({ length: RECORDS_PER_BATCH }, (_value, index) => ({
      key,
      value: Buffer.from(String(first + index)),
      timestamp: Date.now(),
    })),
  });
}
