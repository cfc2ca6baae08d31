/** A client of a simulated cluster that tries one broker after the other until one of them does what it asks. */
import { buildBatch, batchesOf, decodeRecords } from '../../src/records/index.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import type { ErrorName } from '../../src/protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/01-fetch.ts';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/19-create-topics.ts';
import { NetworkError } from '../../src/network/index.ts';
import type { NetworkClient } from '../../src/network/index.ts';
import type { SimulatedCluster } from './cluster.ts';

const RETRY_MS = 200;
const CALL_TIMEOUT_MS = 3000;

export class SimulatedClient {
  readonly #cluster: SimulatedCluster;
  readonly #connections = new Map<number, NetworkClient>();
  readonly #brokerIds: readonly number[];
  #next = 0;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#brokerIds = [...cluster.brokers.keys()];
  }

  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#untilDone(async (client) => {
      const response = await client.send(CreateTopicsRequest, CreateTopicsResponse, 5, {
        topics: [
          {
            name,
            numPartitions: 1,
            replicationFactor: 3,
            assignments: [],
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs: CALL_TIMEOUT_MS,
      });
      return isDone(response.topics[0]?.errorCode, ['TOPIC_ALREADY_EXISTS']) ? true : undefined;
    });
  }

  /** Sends one record with acks=all until it is acknowledged; gives its offset. */
  async produce(topic: string, value: string): Promise<number> {
    const { clock } = this.#cluster.world.runtimeFor('client');
    return this.#untilDone(async (client) => {
      const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: clock.wallMs() }] });
      const response = await client.send(
        ProduceRequest,
        ProduceResponse,
        9,
        { acks: -1, timeoutMs: 2000, topicData: [{ name: topic, partitionData: [{ index: 0, records }] }] },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
      const partition = response.responses[0]?.partitionResponses[0];
      return isDone(partition?.errorCode) ? partition?.baseOffset : undefined;
    });
  }

  /** Every record below the high watermark, as `offset value`. */
  async readAll(topic: string): Promise<string[]> {
    const values: string[] = [];
    for (let fetchOffset = 0; ;) {
      const { records, highWatermark } = await this.#fetch(topic, fetchOffset);
      if (records !== null)
        for (const batch of batchesOf(records))
          for (const { offset, value } of decodeRecords(batch))
            if (offset >= fetchOffset) {
              values.push(value?.toString() ?? '');
              fetchOffset = offset + 1;
            }
      if (fetchOffset >= highWatermark) return values;
    }
  }

  #fetch(topic: string, fetchOffset: number): Promise<{ records: Buffer | null; highWatermark: number }> {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }];
    return this.#untilDone(async (client) => {
      const request = {
        maxWaitMs: 100,
        minBytes: 1,
        topics: [{ topic, partitions }],
        forgottenTopicsData: [],
      };
      const response = await client.send(FetchRequest, FetchResponse, 11, request, {
        timeoutMs: CALL_TIMEOUT_MS,
      });
      const partition = response.responses[0]?.partitions[0];
      if (partition === undefined || !isDone(partition.errorCode)) return undefined;
      return { records: partition.records, highWatermark: partition.highWatermark };
    });
  }

  async #untilDone<T>(attempt: (client: NetworkClient) => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const id = this.#brokerIds[this.#next % this.#brokerIds.length]!;
      try {
        const result = await attempt(await this.#connected(id));
        if (result !== undefined) return result;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        this.#connections.get(id)?.close();
      }
      this.#next += 1;
      await this.#cluster.world.runtimeFor('client').timers.sleep(RETRY_MS);
    }
  }

  async #connected(id: number): Promise<NetworkClient> {
    const known = this.#connections.get(id);
    if (known?.isOpen === true) return known;
    const client = await this.#cluster.connect(id);
    this.#connections.set(id, client);
    return client;
  }
}

function isDone(errorCode: number | undefined, alsoFine: readonly ErrorName[] = []): boolean {
  if (errorCode === undefined) return false;
  const error = errorNameOf(errorCode);
  return error === 'NONE' || alsoFine.includes(error);
}
