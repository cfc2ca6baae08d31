/**
 * One broker's place in a mixed cluster: its id, its ports, its folders, and its own ways to ZooKeeper and from the other
 * brokers, which a scenario can break. A broker of either kind takes it, with the same properties file.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  endBrokerProcess,
  runningPid,
  startBrokerProcess,
  type BrokerFiles,
} from '../../../src/kit/broker-process.ts';
import { freePort } from '../../../src/kit/index.ts';
import { FaultProxy } from '../fault-proxy.ts';
import { JvmBroker } from '../jvm-broker.ts';
import { PeerProxy } from './peer-proxy.ts';

export type Kind = 'klassik' | 'jvm';
/** How a broker or a client goes: in order, or without a goodbye. */
export type Ending = 'clean' | 'hard';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 60_000;
const HOST = '127.0.0.1';
/** A controller of the original that loses its office in the middle of moving replicas never sends what it had gathered. */
const BATCH_LEFT_BEHIND =
  /(Controller moved to another broker when|Error while) moving some (replicas|partitions) to/;

export interface SeatOptions {
  readonly id: number;
  readonly kind: Kind;
  readonly dir: string;
  readonly libraries: string;
  /** Addresses of ZooKeeper's servers. */
  readonly zookeeper: readonly string[];
  readonly logDirs: number;
  readonly overrides: Readonly<Record<string, string>>;
}

export class Seat {
  readonly id: number;
  /** Where clients connect. */
  readonly address: string;
  readonly logDirs: readonly string[];
  /** Its ways to ZooKeeper, one per server. */
  readonly zookeeper: readonly FaultProxy[];
  /** The way of the other brokers to it. */
  readonly peers: PeerProxy;
  readonly #jvm: JvmBroker;
  readonly #files: BrokerFiles;
  #kind: Kind;
  /** Of the original's log, where this run of it begins. */
  #runStart = 0;

  private constructor(
    options: SeatOptions,
    parts: Pick<Seat, 'address' | 'logDirs' | 'zookeeper' | 'peers'> & { readonly jvm: JvmBroker },
  ) {
    this.id = options.id;
    this.#kind = options.kind;
    this.address = parts.address;
    this.logDirs = parts.logDirs;
    this.zookeeper = parts.zookeeper;
    this.peers = parts.peers;
    this.#jvm = parts.jvm;
    const base = join(options.dir, `klassik-broker-${options.id}`);
    this.#files = { properties: parts.jvm.propertiesFile, log: `${base}.log`, pid: `${base}.pid` };
  }

  /** Nobody sits there yet. */
  static async create(options: SeatOptions): Promise<Seat> {
    const { id, dir, libraries } = options;
    const port = await freePort(HOST);
    let innerPort = port;
    // The system may hand out the one that was just given back.
    while (innerPort === port) innerPort = await freePort(HOST);
    const zookeeper = await Promise.all(options.zookeeper.map((server) => FaultProxy.to(server)));
    const peers = await PeerProxy.to(innerPort);
    const logDirs = Array.from({ length: options.logDirs }, (_, index) =>
      join(dir, `data-${id}`, `disk-${index}`),
    );
    const zookeeperConnect = zookeeper.map(({ address }) => address).join(',');
    const overrides = {
      listeners: `PLAINTEXT://${HOST}:${port},INTERNAL://${HOST}:${innerPort}`,
      'advertised.listeners': `PLAINTEXT://${HOST}:${port},INTERNAL://${HOST}:${peers.port}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT',
      'inter.broker.listener.name': 'INTERNAL',
      'log.dirs': logDirs.join(','),
      ...options.overrides,
    };
    const jvm = await JvmBroker.create({ id, libraries, dir, zookeeperConnect, overrides });
    return new Seat(options, { address: `${HOST}:${port}`, logDirs, zookeeper, peers, jvm });
  }

  get kind(): Kind {
    return this.#kind;
  }

  /** Of the kind that sat there before, or of another. */
  async start(kind: Kind = this.#kind): Promise<void> {
    this.#kind = kind;
    if (kind === 'jvm') {
      this.#runStart = (await this.#jvmLog()).length;
      return this.#jvm.start();
    }
    await startBrokerProcess({
      id: this.id,
      files: this.#files,
      detached: false,
      timeoutMs: START_TIMEOUT_MS,
    });
  }

  /** SIGTERM: a controlled shutdown. */
  async stop(): Promise<void> {
    if (this.#kind === 'jvm') return this.#jvm.stop();
    if (!(await endBrokerProcess(this.#files, 'SIGTERM', STOP_TIMEOUT_MS)))
      throw new Error(`broker ${this.id} had ended before, or did not end; see ${this.#files.log}`);
  }

  /** SIGKILL: no goodbye. */
  async kill(): Promise<void> {
    if (this.#kind === 'jvm') return this.#jvm.kill();
    await endBrokerProcess(this.#files, 'SIGKILL', STOP_TIMEOUT_MS);
  }

  async end(ending: Ending): Promise<void> {
    await (ending === 'clean' ? this.stop() : this.kill());
  }

  /** SIGSTOP holds it still, SIGCONT lets it go on. */
  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (this.#kind === 'jvm') this.#jvm.signal(signal);
    else {
      const pid = await runningPid(this.#files);
      if (pid !== undefined) process.kill(pid, signal);
    }
  }

  /** Nothing passes between it and ZooKeeper. */
  loseZooKeeper(): void {
    for (const proxy of this.zookeeper) proxy.goSilent();
  }

  findZooKeeper(): void {
    for (const proxy of this.zookeeper) {
      proxy.heal();
      // What was sent meanwhile is lost; the stream of an old connection would not make sense any more.
      proxy.cut();
    }
  }

  /** What brokers of either kind have logged here, a text for each. */
  async logTexts(): Promise<string[]> {
    const files = [this.#jvm.logFile, this.#files.log];
    return Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  }

  /** Its state machine refuses every move for the rest of this run, so it elects and deletes no replicas any more. */
  async isStuckAsController(): Promise<boolean> {
    return this.#kind === 'jvm' && BATCH_LEFT_BEHIND.test((await this.#jvmLog()).slice(this.#runStart));
  }

  #jvmLog(): Promise<string> {
    return readFile(this.#jvm.logFile, 'utf8').catch(() => '');
  }

  async close(): Promise<void> {
    await this.signal('SIGCONT');
    await this.kill();
    await this.peers.stop();
    await Promise.all(this.zookeeper.map((proxy) => proxy.stop()));
  }
}
