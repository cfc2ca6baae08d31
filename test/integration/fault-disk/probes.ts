/** What clients of a broker notice while one of its disks is in trouble. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { HEARTBEAT, PRODUCE } from '../bad-input/apis.ts';
import type { Member } from '../bad-input/world.ts';

const HEARTBEAT_INTERVAL_MS = 500;
/** Between two records. */
const PAUSE_MS = 5;

/** Moments at which something good happened. */
class Moments {
  #lastMs = performance.now();
  #longestMs = 0;
  count = 0;

  now(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.count += 1;
  }

  /** Between two of them, or since the last. */
  get longestGapMs(): number {
    return Math.max(this.#longestMs, performance.now() - this.#lastMs);
  }
}

abstract class Probe {
  readonly moments = new Moments();
  readonly #client: NetworkClient;
  #running: Promise<void> | undefined;
  protected isStopped = false;

  constructor(client: NetworkClient) {
    this.#client = client;
  }

  protected abstract once(client: NetworkClient): Promise<void>;

  start(): this {
    this.#running = (async () => {
      while (!this.isStopped) await this.once(this.#client);
    })();
    return this;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.#running;
    this.#client.close();
  }
}

/** A member of a group that keeps itself alive. */
export class Heartbeats extends Probe {
  readonly #group: string;
  readonly #member: Member;
  readonly errors: ErrorName[] = [];

  constructor(client: NetworkClient, group: string, member: Member) {
    super(client);
    this.#group = group;
    this.#member = member;
  }

  protected override async once(client: NetworkClient): Promise<void> {
    const { errorCode } = await client.send(...HEARTBEAT, 3, { groupId: this.#group, ...this.#member });
    if (errorCode === 0) this.moments.now();
    else this.errors.push(errorNameOf(errorCode));
    await sleep(HEARTBEAT_INTERVAL_MS);
  }
}

/** Writes one record after the other into a partition until it is told something else than that they are there. */
export class Producing extends Probe {
  readonly #topic: string;
  readonly partition: number;
  readonly #recordBytes: number;
  /** Offsets by key. */
  readonly acknowledged = new Map<string, number>();
  error: ErrorName | undefined;

  constructor(client: NetworkClient, topic: string, partition: number, recordBytes: number) {
    super(client);
    this.#topic = topic;
    this.partition = partition;
    this.#recordBytes = recordBytes;
  }

  protected override async once(client: NetworkClient): Promise<void> {
    const key = randomUUID();
    const value = Buffer.alloc(this.#recordBytes);
    const records = buildBatch({ records: [{ key: Buffer.from(key), value, timestamp: Date.now() }] });
    const answer = await client.send(...PRODUCE, 9, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: this.#topic, partitionData: [{ index: this.partition, records }] }],
    });
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    if (errorCode !== 0) {
      this.error = errorNameOf(errorCode);
      this.isStopped = true;
      return;
    }
    this.acknowledged.set(key, baseOffset);
    this.moments.now();
    await sleep(PAUSE_MS);
  }
}
