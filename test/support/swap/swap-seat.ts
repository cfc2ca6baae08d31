/**
 * One broker's place in a cluster of its own: its id, its port, its two log dirs, its ZooKeeper. A broker of either
 * kind takes the seat, with the same properties file, and finds what the one before it left. The whole place can be
 * put aside and brought back, so that both kinds can be started on the very same state.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { endBrokerProcess, startBrokerProcess, type BrokerFiles } from '../../../src/kit/broker-process.ts';
import { freePort, startZooKeeper, type RunningZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../jvm-broker.ts';

export type Kind = 'jvm' | 'klassik';
export type Ending = 'clean' | 'kill';

const BROKER_ID = 7;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Everything that happens by the clock happens soon, or not at all. */
const OVERRIDES = {
  'num.recovery.threads.per.data.dir': '2',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '2',
  'group.initial.rebalance.delay.ms': '0',
  // Preallocated by the original; the copies are no sparse files.
  'log.index.size.max.bytes': '65536',
  'log.cleaner.backoff.ms': '200',
  'log.initial.task.delay.ms': '300',
  'log.retention.check.interval.ms': '300',
  'log.segment.delete.delay.ms': '3600000',
  'log.flush.offset.checkpoint.interval.ms': '300',
  'log.flush.start.offset.checkpoint.interval.ms': '300',
  'replica.high.watermark.checkpoint.interval.ms': '300',
  'auto.create.topics.enable': 'false',
  'controlled.shutdown.enable': 'false',
  'zookeeper.session.timeout.ms': '4000',
};

export interface SwapSeatOptions {
  /** A folder of its own. */
  readonly dir: string;
  readonly libraries: string;
  readonly overrides?: Readonly<Record<string, string>>;
}

export class SwapSeat {
  readonly port: number;
  readonly logDirs: readonly string[];
  readonly #dir: string;
  readonly #zookeeperPort: number;
  readonly #jvm: JvmBroker;
  #zookeeper: RunningZooKeeper | undefined;
  #sitting: Kind | undefined;
  #logStart = 0;

  private constructor(dir: string, ports: { broker: number; zookeeper: number }, jvm: JvmBroker) {
    this.#dir = dir;
    this.port = ports.broker;
    this.#zookeeperPort = ports.zookeeper;
    this.#jvm = jvm;
    this.logDirs = logDirsOf(dir);
  }

  /** Nobody sits there yet. */
  static async create({ dir, libraries, overrides }: SwapSeatOptions): Promise<SwapSeat> {
    const [broker, zookeeper] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const jvm = await JvmBroker.create({
      id: BROKER_ID,
      libraries,
      dir: join(dir, 'broker'),
      zookeeperConnect: `127.0.0.1:${zookeeper}`,
      overrides: {
        ...OVERRIDES,
        listeners: `PLAINTEXT://127.0.0.1:${broker}`,
        'log.dirs': logDirsOf(dir).join(','),
        ...overrides,
      },
      log4j: 'swap-log4j.properties',
    });
    const seat = new SwapSeat(dir, { broker, zookeeper }, jvm);
    await mkdir(seat.#state, { recursive: true });
    return seat;
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`;
  }

  get #state(): string {
    return join(this.#dir, 'state');
  }

  get #files(): BrokerFiles {
    const base = join(this.#dir, 'broker', 'klassik');
    return { properties: this.#jvm.propertiesFile, log: `${base}.log`, pid: `${base}.pid` };
  }

  async start(kind: Kind): Promise<void> {
    this.#zookeeper ??= await startZooKeeper({
      dir: join(this.#state, 'zookeeper'),
      port: this.#zookeeperPort,
      environment: { ...process.env, ZOOKEEPER_CONNECT: undefined },
    });
    this.#sitting = kind;
    const log = await readFile(this.#logFile).catch(() => Buffer.alloc(0));
    this.#logStart = log.length;
    if (kind === 'jvm') return this.#jvm.start();
    await startBrokerProcess({
      id: BROKER_ID,
      files: this.#files,
      detached: false,
      timeoutMs: START_TIMEOUT_MS,
    });
  }

  get #logFile(): string {
    return this.#sitting === 'jvm' ? this.#jvm.logFile : this.#files.log;
  }

  /** What the broker has logged since its start. */
  async logText(): Promise<string> {
    return (await readFile(this.#logFile)).subarray(this.#logStart).toString();
  }

  async end(ending: Ending): Promise<void> {
    const signal = ending === 'clean' ? 'SIGTERM' : 'SIGKILL';
    if (this.#sitting === 'klassik') {
      if (!(await endBrokerProcess(this.#files, signal, STOP_TIMEOUT_MS)))
        throw new Error(`the broker had ended before, or did not end; see ${this.#logFile}`);
    } else if (ending === 'clean') await this.#jvm.stop();
    else await this.#jvm.kill();
    // A broker of the original does not start while the session of the one before it lives.
    const deadline = performance.now() + STOP_TIMEOUT_MS;
    while (await this.#isRegistered()) {
      if (performance.now() > deadline) throw new Error('the session of the broker did not end');
      await sleep(POLL_MS);
    }
  }

  async #isRegistered(): Promise<boolean> {
    return (await askZooKeeper(this.#zookeeperPort, 'dump')).includes(`/brokers/ids/${BROKER_ID}`);
  }

  /** Nobody may sit there: log dirs and ZooKeeper's are copied, with the times of their files. */
  async putAside(name: string): Promise<void> {
    await this.#endZooKeeper();
    await copy(this.#state, join(this.#dir, name));
  }

  async bringBack(name: string): Promise<void> {
    await this.#endZooKeeper();
    await rm(this.#state, { recursive: true, force: true });
    await copy(join(this.#dir, name), this.#state);
  }

  async #endZooKeeper(): Promise<void> {
    await this.#zookeeper?.stop();
    this.#zookeeper = undefined;
  }

  async close(): Promise<void> {
    await this.#jvm.kill();
    await endBrokerProcess(this.#files, 'SIGKILL', STOP_TIMEOUT_MS);
    await this.#zookeeper?.kill();
  }
}

function logDirsOf(dir: string): string[] {
  return ['logs-a', 'logs-b'].map((name) => join(dir, 'state', name));
}

/** One of ZooKeeper's four-letter words. */
async function askZooKeeper(port: number, word: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(word);
  return text(socket);
}

async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}
