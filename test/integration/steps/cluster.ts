/** Brokers that are started one by one at one fresh ZooKeeper: Klassik's, or the original's. Each has two log dirs. */
import { join } from 'node:path';
import { startCluster, startZooKeeper, type Cluster } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';

export interface OneBroker {
  readonly port: number;
  readonly logDirs: readonly string[];
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface StepCluster {
  readonly zookeeperConnect: string;
  /** Where ZooKeeper keeps its transaction log. */
  readonly zookeeperDataDir: string;
  /** Starts a broker for the first time. */
  start(id: number): Promise<OneBroker>;
  close(): Promise<void>;
}

/**
 * What would come at a time of its own is switched off; a dead broker is noticed after six seconds. With one replica each,
 * topics that brokers make themselves have only one place while one broker is alone.
 */
const OVERRIDES = {
  'auto.leader.rebalance.enable': 'false',
  'zookeeper.session.timeout.ms': '6000',
  'controlled.shutdown.retry.backoff.ms': '500',
  'offsets.topic.num.partitions': '3',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '3',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
};

export function klassikCluster(dir: string): Promise<StepCluster> {
  return stepCluster(dir, async (id, zookeeper, logDirs) => {
    const cluster: Cluster = await startCluster({
      dir: join(dir, `klassik-${id}`),
      brokers: 1,
      firstId: id,
      port: 0,
      host: '127.0.0.1',
      zookeeper,
      overrides: { ...OVERRIDES, 'log.dirs': logDirs.join(',') },
      startTimeoutMs: 120_000,
    });
    const [status] = await cluster.status();
    if (status === undefined) throw new Error(`broker ${id} has no status`);
    return {
      port: status.port,
      logDirs,
      start: () => cluster.startBroker(id),
      stop: () => cluster.stopBroker(id),
      kill: () => cluster.killBroker(id),
    };
  });
}

/** `libraries`: the folder of the original's jars. */
export function originalCluster(dir: string, libraries: string): Promise<StepCluster> {
  return stepCluster(dir, async (id, zookeeperConnect, logDirs) => {
    const overrides = { ...OVERRIDES, 'log.dirs': logDirs.join(',') };
    const broker = await JvmBroker.create({ id, libraries, dir, zookeeperConnect, overrides });
    await broker.start();
    return {
      port: broker.port,
      logDirs,
      start: () => broker.start(),
      stop: () => broker.stop(),
      kill: () => broker.kill(),
    };
  });
}

async function stepCluster(
  dir: string,
  startBroker: (id: number, zookeeperConnect: string, logDirs: readonly string[]) => Promise<OneBroker>,
): Promise<StepCluster> {
  // Its transaction log is read again and again: it need not be 64 MB of zeros.
  const config = ['preAllocSize=1024'];
  const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0, config });
  const started: OneBroker[] = [];
  return {
    zookeeperConnect: zookeeper.connect,
    zookeeperDataDir: join(dir, 'zookeeper', 'data'),
    async start(id) {
      const logDirs = ['one', 'two'].map((name) => join(dir, `logs-${id}`, name));
      const broker = await startBroker(id, zookeeper.connect, logDirs);
      started.push(broker);
      return broker;
    },
    async close() {
      await Promise.all(started.map((broker) => broker.kill().catch(() => undefined)));
      await zookeeper.stop();
    },
  };
}
