/**
 * Whom the stories are told: one broker, the original or Klassik, over the wire; what is left of them is read from the
 * files of its data dir, as both write them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  batchesOf,
  decodeRecords,
  prepareCompression,
  type RecordBatch,
} from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { STORIES, type Story } from './stories.ts';

/** Both brokers are started with these: passes follow each other quickly. */
export const BROKER_CONFIGS = {
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.dedupe.buffer.size': '4194304',
};

const TIMEOUT_MS = 120_000;
const RETRY_MS = 50;

export interface Told {
  readonly batches: readonly unknown[];
}

export class World {
  readonly #client: NetworkClient;
  readonly #dataDir: string;

  private constructor(client: NetworkClient, dataDir: string) {
    this.#client = client;
    this.#dataDir = dataDir;
  }

  static async create(bootstrap: string, dataDir: string): Promise<World> {
    await prepareCompression();
    const [host = '', port = ''] = bootstrap.split(':');
    const client = await NetworkClient.connect(
      createNodeRuntime(),
      { host, port: Number(port) },
      { clientId: 'compaction' },
    );
    return new World(client, dataDir);
  }

  close(): void {
    this.#client.close();
  }

  /** What is left of each story, and where its active segment begins. */
  async tellAll(): Promise<Record<string, Told>> {
    const told: Record<string, Told> = {};
    const names = Object.keys(STORIES);
    for (const name of names) told[name] = await this.#tell(topicOf(name), STORIES[name]!);
    return told;
  }

  async #tell(topic: string, { configs, rounds, hasTombstones = false }: Story): Promise<Told> {
    await this.#create(topic, configs);
    for (const round of rounds) {
      for (const records of round) await this.#produce(topic, Buffer.from(records));
      await this.#untilClean(topic);
    }
    return { batches: (await this.batchesIn(topic)).map((batch) => batchTold(batch, hasTombstones)) };
  }

  async #create(topic: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#client.send(CreateTopicsRequest, CreateTopicsResponse, 2, {
      topics: [
        {
          name: topic,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
    });
  }

  /** Once; until the partition has a leader, again. */
  async #produce(topic: string, records: Buffer): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const { responses } = await this.#client.send(ProduceRequest, ProduceResponse, 7, {
        acks: -1,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: Buffer.from(records) }] }],
      });
      const errorCode = responses[0]?.partitionResponses[0]?.errorCode;
      if (errorCode === 0) return;
      if (performance.now() > deadline) throw new Error(`${topic} answers error ${errorCode}`);
      await sleep(RETRY_MS);
    }
  }

  /** Until the pass is over that came up to the active segment. */
  async #untilClean(topic: string): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const text = await readFile(join(this.#dataDir, 'cleaner-offset-checkpoint'), 'utf8').catch(() => '');
      const offset = new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1];
      const active = (await this.#segments(topic)).at(-1);
      if (offset !== undefined && active !== undefined && Number(offset) === Number(active.slice(0, 20)))
        return;
      if (performance.now() > deadline)
        throw new Error(`${topic} is clean up to ${offset ?? 'nothing'}, not up to ${active}`);
      await sleep(RETRY_MS);
    }
  }

  async #segments(topic: string): Promise<string[]> {
    return (await readdir(join(this.#dataDir, `${topic}-0`))).filter((name) => name.endsWith('.log')).sort();
  }

  async batchesIn(topic: string): Promise<RecordBatch[]> {
    const found: RecordBatch[] = [];
    for (const name of await this.#segments(topic))
      found.push(...batchesOf(await readFile(join(this.#dataDir, `${topic}-0`, name))));
    return found;
  }
}

export function topicOf(story: string): string {
  return story.replaceAll(/\W+/g, '-');
}

/**
 * With the checksum where nothing depends on when a pass came: a tombstone's batch is stamped with a time, even if the
 * tombstone is superseded later. What a codec makes of the records is its library's.
 */
function batchTold(batch: RecordBatch, hasTombstones: boolean): unknown {
  const { compression, hasDeleteHorizon, timestampType } = batch;
  const records = decodeRecords(batch);
  const isWhole = compression === 'none' && timestampType === 'CreateTime' && !hasTombstones;
  return {
    offsets: [batch.baseOffset, batch.lastOffset],
    compression,
    timestampType,
    producer: [batch.producerId, batch.producerEpoch, batch.baseSequence],
    ...(records.some(({ value }) => value === null) && { hasDeleteHorizon }),
    ...(isWhole && { sizeInBytes: batch.sizeInBytes, crc: batch.crc }),
    records: records.map(({ offset, key, value, headers }) => [
      offset,
      key?.toString() ?? null,
      value === null ? null : value.toString().replace(/([.-])\1+$/, '$1'),
      ...headers.map((header) => header.key),
    ]),
  };
}
