/**
 * What the steps have in hand: brokers that start, stop and die, questions to any one of them, and a session of the
 * driver's own at ZooKeeper, with which it looks and sometimes writes as an old tool would.
 */
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import type { ErrorName, Fields, MessageSchema, StructInput, StructOf } from '../../../src/protocol/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { isZkError, openZooKeeperSession, type ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { until } from '../../support/until.ts';
import { API_VERSIONS } from '../bad-input/apis.ts';
import type { OneBroker, StepCluster } from './cluster.ts';
import type { Tree, Znode } from './told.ts';

export type Layout = readonly (readonly number[])[];

export interface PartitionState {
  readonly leader: number;
  readonly leader_epoch: number;
  readonly isr: readonly number[];
  readonly leader_recovery_state?: number;
}

const SESSION_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 60_000;
const runtime = createNodeRuntime();

export class World {
  readonly #cluster: StepCluster;
  readonly #session: ZooKeeperSession;
  readonly #brokers = new Map<number, OneBroker>();

  constructor(cluster: StepCluster) {
    this.#cluster = cluster;
    this.#session = openZooKeeperSession({
      ...runtime,
      connect: cluster.zookeeperConnect,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    });
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async start(id: number): Promise<void> {
    const known = this.#brokers.get(id);
    if (known === undefined) this.#brokers.set(id, await this.#cluster.start(id));
    else await known.start();
  }

  broker(id: number): OneBroker {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`broker ${id} has not been started yet`);
    return broker;
  }

  /** Each question has a connection of its own. */
  async ask<Q extends Fields, R extends Fields>(
    id: number,
    [request, response]: readonly [MessageSchema<Q>, MessageSchema<R>],
    version: number,
    value: StructInput<Q>,
  ): Promise<StructOf<R>> {
    const address = { host: '127.0.0.1', port: this.broker(id).port };
    const client = await NetworkClient.connect(runtime, address, {
      clientId: 'steps',
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    try {
      return await client.send(request, response, version, value);
    } finally {
      client.close();
    }
  }

  async serves(id: number, apiKey: number): Promise<boolean> {
    const { apiKeys } = await this.ask(id, API_VERSIONS, 3, {
      clientSoftwareName: 'steps',
      clientSoftwareVersion: '1',
    });
    return apiKeys.some((each) => each.apiKey === apiKey);
  }

  until(what: string, condition: () => Promise<boolean>): Promise<void> {
    return until(what, condition);
  }

  /** States of all partitions of a topic once each of them has one and all are as wanted. */
  async untilStates(
    topic: string,
    partitions: number,
    isReached: (state: PartitionState) => boolean,
  ): Promise<void> {
    await until(`${topic}: ${isReached.toString()}`, async () => {
      for (let partition = 0; partition < partitions; partition++) {
        const data = await this.data(`/brokers/topics/${topic}/partitions/${partition}/state`);
        if (data === '' || !isReached(JSON.parse(data) as PartitionState)) return false;
      }
      return true;
    });
  }

  async untilData(path: string, isReached: (data: string) => boolean): Promise<void> {
    await until(`${path}: ${isReached.toString()}`, async () => isReached(await this.data(path)));
  }

  async untilGone(path: string): Promise<void> {
    await until(`${path} is gone`, async () => (await this.#session.exists(path)) === null);
  }

  /** Of a znode that is not there: nothing. */
  async data(path: string): Promise<string> {
    try {
      return (await this.#session.getData(path)).data?.toString() ?? '';
    } catch (error) {
      if (isZkError(error, 'NoNode')) return '';
      throw error;
    }
  }

  async children(path: string): Promise<readonly string[]> {
    return (await this.#session.getChildren(path)).children;
  }

  /** As tools of old write it. */
  async write(path: string, data: string): Promise<void> {
    await this.#session.create(path, data === '' ? null : Buffer.from(data), 'persistent');
  }

  remove(path: string): Promise<void> {
    return this.#session.delete(path, 'any');
  }

  /** Every znode below the root but ZooKeeper's own, by path. */
  async tree(): Promise<Tree> {
    const found: [string, Znode][] = [];
    const look = async (path: string): Promise<void> => {
      const { data, stat } = await this.#session.getData(path);
      const { children } = await this.#session.getChildren(path);
      const isEphemeral = stat.ephemeralOwner !== 0n;
      if (path !== '/')
        found.push([path, { version: stat.version, isEphemeral, data: data?.toString() ?? '' }]);
      const below = children.map((child) => (path === '/' ? `/${child}` : `${path}/${child}`));
      await Promise.all(below.filter((child) => child !== '/zookeeper').map(look));
    };
    await look('/');
    return new Map(found.sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}

interface Refusable {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

/** The answers have to be without errors, or have the one that is expected. */
export function expectOf(answers: readonly Refusable[], expected: ErrorName = 'NONE'): void {
  for (const { errorCode, errorMessage } of answers)
    if (errorNameOf(errorCode) !== expected)
      throw new Error(`${errorNameOf(errorCode)} instead of ${expected}: ${errorMessage ?? ''}`);
}
