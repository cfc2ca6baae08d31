/**
 * Records to all partitions of some topics at a steady rate, acknowledged by every in-sync replica: ten times a second
 * each leader is sent its share, in one request over the next partitions in turn. A leader that does not keep up has
 * requests waiting; what could not be sent in time is counted as missed, never sent later.
 */
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import { buildBatch } from '../../src/records/index.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { BrokerConnection, type ClusterClient } from '../../src/tools/client/index.ts';

const TICKS_PER_SECOND = 10;
const RECORD_BYTES = 1000;
const RECORDS_PER_BATCH = 2;
/** More than this waiting at one leader and the tick is missed. */
const IN_FLIGHT_MAX = 20;
const TIMEOUT_MS = 30_000;
const PRODUCE = { request: ProduceRequest, response: ProduceResponse };

interface Share {
  readonly connection: BrokerConnection;
  readonly partitions: readonly { readonly topic: string; readonly index: number }[];
  next: number;
  inFlight: number;
}

export class SteadyLoad {
  readonly #bytesPerSecond: number;
  #shares: Share[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sends = new Set<Promise<void>>();
  acknowledgedBytes = 0;
  missedTicks = 0;
  errors = 0;
  /** How many partitions were answered which error; a request without an answer counts as its exception. */
  readonly errorsByName = new Map<string, number>();
  readonly latenciesMs: number[] = [];

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  async start(client: ClusterClient, topics: readonly string[]): Promise<void> {
    const metadata = await client.metadata(topics);
    const runtime = createNodeRuntime();
    const led = metadata.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, leaderId }) => ({
        topic: name ?? '',
        index: partitionIndex,
        leaderId,
      })),
    );
    this.#shares = await Promise.all(
      metadata.brokers.map(async ({ nodeId, host, port }) => ({
        connection: await BrokerConnection.open(runtime, { host, port }, 'steady-load', TIMEOUT_MS),
        partitions: led.filter(({ leaderId }) => leaderId === nodeId),
        next: 0,
        inFlight: 0,
      })),
    );
    const bytes = this.#bytesPerSecond / TICKS_PER_SECOND / led.length;
    this.#timer = setInterval(() => {
      for (const share of this.#shares) this.#tick(share, bytes * share.partitions.length);
    }, 1000 / TICKS_PER_SECOND);
  }

  /** Resolves when everything is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#sends);
    for (const { connection } of this.#shares) connection.close();
  }

  #tick(share: Share, bytes: number): void {
    if (share.inFlight >= IN_FLIGHT_MAX) {
      this.missedTicks += 1;
      return;
    }
    const batches = Math.min(
      share.partitions.length,
      Math.max(1, Math.round(bytes / (RECORD_BYTES * RECORDS_PER_BATCH))),
    );
    const sending = this.#send(share, batches).finally(() => this.#sends.delete(sending));
    this.#sends.add(sending);
  }

  async #send(share: Share, batches: number): Promise<void> {
    const byTopic = new Map<string, { index: number; records: Buffer }[]>();
    const records = Array.from({ length: RECORDS_PER_BATCH }, () => ({
      timestamp: Date.now(),
      value: Buffer.alloc(RECORD_BYTES, 'x'),
    }));
    for (let count = 0; count < batches; count++) {
      const { topic, index } = share.partitions[share.next++ % share.partitions.length]!;
      const partitionData = byTopic.get(topic) ?? [];
      byTopic.set(topic, partitionData);
      partitionData.push({ index, records: buildBatch({ records }) });
    }
    const startMs = performance.now();
    share.inFlight += 1;
    try {
      const { responses } = await share.connection.call(PRODUCE, {
        acks: -1,
        timeoutMs: TIMEOUT_MS,
        topicData: [...byTopic].map(([name, partitionData]) => ({ name, partitionData })),
      });
      for (const { partitionResponses } of responses)
        for (const { errorCode } of partitionResponses)
          if (errorCode === 0) this.acknowledgedBytes += RECORD_BYTES * RECORDS_PER_BATCH;
          else this.#countErrors(errorNameOf(errorCode), 1);
    } catch (error) {
      this.#countErrors(String(error), batches);
    } finally {
      share.inFlight -= 1;
      this.latenciesMs.push(performance.now() - startMs);
    }
  }

  #countErrors(name: string, count: number): void {
    this.errors += count;
    this.errorsByName.set(name, (this.errorsByName.get(name) ?? 0) + count);
  }
}
