/** Three brokers that are started one by one at one fresh ZooKeeper: Klassik's, or the original's. */
import { join } from 'node:path';
import { startCluster, startZooKeeper, type Cluster } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';

interface OneBroker {
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface StoryCluster {
  readonly zookeeperConnect: string;
  /** Where ZooKeeper keeps its transaction log. */
  readonly zookeeperDataDir: string;
  /** Starts a broker for the first time. */
  start(id: number): Promise<OneBroker>;
  close(): Promise<void>;
}

/** What would come at a time of its own is switched off; a dead broker is noticed after six seconds. */
const OVERRIDES = {
  'auto.leader.rebalance.enable': 'false',
  'zookeeper.session.timeout.ms': '6000',
  'controlled.shutdown.retry.backoff.ms': '500',
};

export function klassikCluster(dir: string): Promise<StoryCluster> {
  return storyCluster(dir, async (id, zookeeper) => {
    const cluster: Cluster = await startCluster({
      dir: join(dir, `klassik-${id}`),
      brokers: 1,
      firstId: id,
      port: 0,
      host: '127.0.0.1',
      zookeeper,
      overrides: OVERRIDES,
      startTimeoutMs: 120_000,
    });
    const [status] = await cluster.status();
    if (status === undefined) throw new Error(`broker ${id} has no status`);
    return {
      port: status.port,
      start: () => cluster.startBroker(id),
      stop: () => cluster.stopBroker(id),
      kill: () => cluster.killBroker(id),
    };
  });
}

/** `libraries`: the folder of the original's jars. */
export function originalCluster(dir: string, libraries: string): Promise<StoryCluster> {
  return storyCluster(dir, async (id, zookeeperConnect) => {
    const broker = await JvmBroker.create({ id, libraries, dir, zookeeperConnect, overrides: OVERRIDES });
    await broker.start();
    return {
      port: broker.port,
      start: () => broker.start(),
      stop: () => broker.stop(),
      kill: () => broker.kill(),
    };
  });
}

async function storyCluster(
  dir: string,
  startBroker: (id: number, zookeeperConnect: string) => Promise<OneBroker>,
): Promise<StoryCluster> {
  const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
  const started: OneBroker[] = [];
  return {
    zookeeperConnect: zookeeper.connect,
    zookeeperDataDir: join(dir, 'zookeeper', 'data'),
    async start(id) {
      const broker = await startBroker(id, zookeeper.connect);
      started.push(broker);
      return broker;
    },
    async close() {
      await Promise.all(started.map((broker) => broker.kill().catch(() => undefined)));
      await zookeeper.stop();
    },
  };
}
