/**
 * Two brokers of Klassik, 0 and 1, and one of the original, 2, at one ZooKeeper. With KLASSIK_CONFORMANCE_BROKERS=jvm
 * all three are the original's: what the tests ask must hold there too, or the tests are wrong.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster, startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../jvm-broker.ts';
import { conformanceFolder, removeFolder } from './test-cluster.ts';

export const KLASSIK_IDS: readonly number[] = [0, 1];
export const JVM_ID = 2;

export const OFFSETS_PARTITIONS = 10;

/** The same for both kinds: a dead broker is noticed after six seconds, internal topics have three replicas. */
const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'controlled.shutdown.retry.backoff.ms': '500',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS),
  'transaction.state.log.replication.factor': '3',
  'group.initial.rebalance.delay.ms': '0',
};

type Properties = Readonly<Record<string, string>>;

/** What some or all brokers are to have in their properties beside that. */
export interface Overrides {
  readonly all?: Properties;
  readonly klassik?: Properties;
  readonly jvm?: Properties;
}

interface OneBroker {
  readonly address: string;
  readonly dataDir: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** SIGSTOP holds it still, SIGCONT lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

export class MixedCluster {
  readonly #dir: string;
  readonly #brokers: ReadonlyMap<number, OneBroker>;
  readonly #close: () => Promise<void>;

  private constructor(dir: string, brokers: ReadonlyMap<number, OneBroker>, close: () => Promise<void>) {
    this.#dir = dir;
    this.#brokers = brokers;
    this.#close = close;
  }

  /** Brokers 0 and 1 serve; broker 2 waits for `start`. */
  static async create(
    libraries: string,
    { all = {}, klassik = {}, jvm: ofJvm = {} }: Overrides = {},
  ): Promise<MixedCluster> {
    const dir = await conformanceFolder();
    const common = { ...OVERRIDES, ...all };
    const jvmOnly = process.env['KLASSIK_CONFORMANCE_BROKERS'] === 'jvm';
    const { zookeeperConnect, brokers, close } = jvmOnly
      ? await startOriginals(dir, libraries, { ...common, ...klassik })
      : await startKlassik(dir, { ...common, ...klassik });
    const options = { libraries, dir, zookeeperConnect, overrides: { ...common, ...ofJvm } };
    const jvm = asOneBroker(await JvmBroker.create({ ...options, id: JVM_ID }));
    return new MixedCluster(dir, new Map([...brokers, [JVM_ID, jvm]]), async () => {
      await jvm.kill();
      await close();
    });
  }

  get bootstrap(): string {
    return [...this.#brokers.values()].map(({ address }) => address).join(',');
  }

  broker(id: number): OneBroker {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  /** All segments of a replica, one after the other. */
  async replicaBytes(id: number, topic: string, partition: number): Promise<Buffer> {
    const folder = this.replicaFolder(id, topic, partition);
    const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
    return Buffer.concat(await Promise.all(segments.map((name) => readFile(join(folder, name)))));
  }

  replicaFolder(id: number, topic: string, partition: number): string {
    return join(this.broker(id).dataDir, `${topic}-${partition}`);
  }

  async close(): Promise<void> {
    await this.#close();
    await removeFolder(this.#dir);
  }
}

interface Started {
  readonly zookeeperConnect: string;
  readonly brokers: ReadonlyMap<number, OneBroker>;
  readonly close: () => Promise<void>;
}

async function startKlassik(dir: string, overrides: Properties): Promise<Started> {
  const cluster = await startCluster({
    dir,
    brokers: KLASSIK_IDS.length,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides,
  });
  const status = await cluster.status();
  const brokers = status.map(({ id, port, dataDir }): [number, OneBroker] => [
    id,
    {
      address: `127.0.0.1:${port}`,
      dataDir,
      start: () => cluster.startBroker(id),
      stop: () => cluster.stopBroker(id),
      kill: () => cluster.killBroker(id),
      signal: async (signal) => {
        const pid = (await cluster.status()).find((broker) => broker.id === id)?.pid;
        if (pid !== undefined) process.kill(pid, signal);
      },
    },
  ]);
  return {
    zookeeperConnect: cluster.zookeeperConnect,
    brokers: new Map(brokers),
    close: () => cluster.stop(),
  };
}

async function startOriginals(dir: string, libraries: string, overrides: Properties): Promise<Started> {
  const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
  const options = { libraries, dir, zookeeperConnect: zookeeper.connect, overrides };
  const brokers = await Promise.all(KLASSIK_IDS.map((id) => JvmBroker.create({ ...options, id })));
  await Promise.all(brokers.map((broker) => broker.start()));
  return {
    zookeeperConnect: zookeeper.connect,
    brokers: new Map(brokers.map((broker) => [broker.id, asOneBroker(broker)])),
    close: async () => {
      await Promise.all(brokers.map((broker) => broker.kill()));
      await zookeeper.stop();
    },
  };
}

function asOneBroker(broker: JvmBroker): OneBroker {
  return {
    address: `127.0.0.1:${broker.port}`,
    dataDir: broker.dataDir,
    start: () => broker.start(),
    stop: () => broker.stop(),
    kill: () => broker.kill(),
    signal: (signal) => {
      broker.signal(signal);
      return Promise.resolve();
    },
  };
}
