/**
 * The same steps for Klassik and for the original: brokers come, topics are created, grow and go, a broker is shut down
 * and one is killed, both come back. Replicas are placed by hand, so that nothing is left to chance; each step waits
 * until ZooKeeper shows that it is over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
} from '../../../src/protocol/messages/20-delete-topics.ts';
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from '../../../src/protocol/messages/37-create-partitions.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { isZkError, openZooKeeperSession } from '../../../src/zookeeper/index.ts';
import type { ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { readTransactions } from '../../support/zookeeper-transaction-log.ts';
import type { StoryCluster } from './cluster.ts';
import { toldSessions, toldZnode } from './told.ts';

const STEP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const ORDERS = [
  [1, 2, 0],
  [2, 0, 1],
  [0, 1, 2],
];
const ORDERS_ADDED = [[1, 0, 2]];

export interface Story {
  /** Every znode below the root but ZooKeeper's own, when the story is over. */
  readonly tree: readonly string[];
  /** The writes of each session. */
  readonly sessions: Readonly<Record<string, readonly string[]>>;
}

interface PartitionState {
  readonly leader: number;
  readonly isr: readonly number[];
}

export async function tellStory(cluster: StoryCluster): Promise<Story> {
  const session = openZooKeeperSession({
    ...createNodeRuntime(),
    connect: cluster.zookeeperConnect,
    sessionTimeoutMs: 30_000,
  });
  try {
    const { port } = await cluster.start(0);
    await until('broker 0 is controller', async () =>
      (await dataOf(session, '/controller')).includes('"brokerid":0'),
    );
    const second = await cluster.start(1);
    const third = await cluster.start(2);
    const admin = new Admin(port);

    await admin.create('orders', ORDERS, {});
    await admin.create(
      'audit',
      [
        [0, 1],
        [1, 2],
      ],
      { 'retention.ms': '60000' },
    );
    await untilStates(session, 'orders', 3, ({ isr }) => isr.length === 3);
    await untilStates(session, 'audit', 2, ({ isr }) => isr.length === 2);
    await admin.grow('orders', ORDERS.length + ORDERS_ADDED.length, ORDERS_ADDED);
    await untilStates(session, 'orders', 4, ({ isr }) => isr.length === 3);
    await admin.delete('audit');
    await until('audit is gone', async () => !(await exists(session, '/admin/delete_topics/audit')));

    await third.stop();
    await untilStates(session, 'orders', 4, ({ leader, isr }) => leader !== 2 && !isr.includes(2));
    await second.kill();
    await untilStates(session, 'orders', 4, ({ leader, isr }) => leader === 0 && !isr.includes(1));
    await second.start();
    await untilStates(session, 'orders', 4, ({ isr }) => isr.includes(1));
    await third.start();
    await untilStates(session, 'orders', 4, ({ isr }) => isr.length === 3);

    return {
      tree: await treeOf(session, '/'),
      sessions: toldSessions(await readTransactions(cluster.zookeeperDataDir)),
    };
  } finally {
    await session.close();
  }
}

/** What is asked of broker 0, the controller. */
class Admin {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async create(
    name: string,
    layout: readonly (readonly number[])[],
    configs: Readonly<Record<string, string>>,
  ): Promise<void> {
    const assignments = layout.map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    }));
    const { topics } = await this.#asked((client) =>
      client.send(CreateTopicsRequest, CreateTopicsResponse, 7, {
        topics: [
          {
            name,
            numPartitions: -1,
            replicationFactor: -1,
            assignments,
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs: STEP_TIMEOUT_MS,
      }),
    );
    refuseErrors(topics);
  }

  async grow(name: string, count: number, layout: readonly (readonly number[])[]): Promise<void> {
    const { results } = await this.#asked((client) =>
      client.send(CreatePartitionsRequest, CreatePartitionsResponse, 3, {
        topics: [{ name, count, assignments: layout.map((brokerIds) => ({ brokerIds: [...brokerIds] })) }],
        timeoutMs: STEP_TIMEOUT_MS,
        validateOnly: false,
      }),
    );
    refuseErrors(results);
  }

  async delete(name: string): Promise<void> {
    const { responses } = await this.#asked((client) =>
      client.send(DeleteTopicsRequest, DeleteTopicsResponse, 5, {
        topics: [],
        topicNames: [name],
        timeoutMs: STEP_TIMEOUT_MS,
      }),
    );
    refuseErrors(responses);
  }

  async #asked<T>(ask: (client: NetworkClient) => Promise<T>): Promise<T> {
    const address = { host: '127.0.0.1', port: this.#port };
    const client = await NetworkClient.connect(createNodeRuntime(), address, {
      clientId: 'story',
      requestTimeoutMs: STEP_TIMEOUT_MS,
    });
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  }
}

function refuseErrors(
  answers: readonly { readonly errorCode: number; readonly errorMessage: string | null }[],
): void {
  for (const { errorCode, errorMessage } of answers)
    if (errorCode !== 0) throw new Error(`${errorNameOf(errorCode)}: ${errorMessage ?? ''}`);
}

async function untilStates(
  session: ZooKeeperSession,
  topic: string,
  partitions: number,
  isReached: (state: PartitionState) => boolean,
): Promise<void> {
  await until(`${topic}: ${isReached.toString()}`, async () => {
    for (let partition = 0; partition < partitions; partition++) {
      const data = await dataOf(session, `/brokers/topics/${topic}/partitions/${partition}/state`);
      if (data === '' || !isReached(JSON.parse(data) as PartitionState)) return false;
    }
    return true;
  });
}

async function dataOf(session: ZooKeeperSession, path: string): Promise<string> {
  try {
    return (await session.getData(path)).data?.toString() ?? '';
  } catch (error) {
    if (isZkError(error, 'NoNode')) return '';
    throw error;
  }
}

async function exists(session: ZooKeeperSession, path: string): Promise<boolean> {
  return (await session.exists(path)) !== null;
}

async function treeOf(session: ZooKeeperSession, path: string): Promise<string[]> {
  const { data, stat } = await session.getData(path);
  const { children } = await session.getChildren(path);
  const own = toldZnode(path, data?.toString() ?? '', stat.version, stat.ephemeralOwner !== 0n);
  const lines: string[] = path === '/' ? [] : [own];
  for (const child of [...children].sort()) {
    const childPath = path === '/' ? `/${child}` : `${path}/${child}`;
    if (childPath !== '/zookeeper') lines.push(...(await treeOf(session, childPath)));
  }
  return lines;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + STEP_TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${STEP_TIMEOUT_MS / 1000} s still not: ${what}`);
    await sleep(POLL_MS);
  }
}
