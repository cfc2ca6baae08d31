/**
 * One broker of either side as a process, started from a server.properties. It serves when a client can work with it:
 * it answers Metadata, knows the controller and as many live brokers as the cluster has.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/kit/index.ts';
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/03-metadata.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { BrokerConnection } from '../../src/tools/client/index.ts';

const HOST = '127.0.0.1';
/** Far more than a start takes, also for three at a time on a busy machine. */
const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 5;
const METADATA = { request: MetadataRequest, response: MetadataResponse };
const OF_NO_TOPIC = { topics: [], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false };

const runtime = createNodeRuntime();

export interface BrokerOptions {
  readonly id: number;
  /** How many brokers its cluster has. */
  readonly brokers: number;
  /** Its properties, log and data go here. */
  readonly dir: string;
  readonly zookeeperConnect: string;
  /** Properties beside those of every broker, the same on both sides. */
  readonly overrides?: Readonly<Record<string, string | number>>;
  /** What to run, given the path of its properties. */
  readonly command: (properties: string) => readonly [string, ...string[]];
}

export class BrokerProcess {
  readonly #options: BrokerOptions;
  readonly #logFile: string;
  readonly #port: number;
  readonly #process: ChildProcess;
  readonly #startedAtMs: number;

  private constructor(options: BrokerOptions, port: number, logFile: string, process: ChildProcess) {
    this.#options = options;
    this.#port = port;
    this.#logFile = logFile;
    this.#process = process;
    this.#startedAtMs = performance.now();
  }

  static async spawn(options: BrokerOptions): Promise<BrokerProcess> {
    const { id, dir, command } = options;
    await mkdir(dir, { recursive: true });
    const port = await freePort(HOST);
    const propertiesFile = join(dir, `broker-${id}.properties`);
    await writeFile(propertiesFile, propertiesOf(options, port));
    const logFile = join(dir, `broker-${id}.log`);
    const log = await open(logFile, 'w');
    const [program, ...args] = command(propertiesFile);
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(program, args, { cwd: dir, env, stdio: ['ignore', log.fd, log.fd] });
    const broker = new BrokerProcess(options, port, logFile, child);
    const orphan = (): void => void child.kill('SIGKILL');
    // In front: before the folder is removed in which it writes.
    process.prependOnceListener('exit', orphan);
    child.once('exit', () => process.removeListener('exit', orphan));
    child.once('error', () => undefined); // it has no pid then, and is never seen to serve
    await log.close();
    return broker;
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  /** Resolves with the milliseconds from its spawn until it served, and until `isReady` said so too. */
  async serving(isReady: () => Promise<boolean> = () => Promise.resolve(true)): Promise<number> {
    while (!(await this.#isServing()) || !(await isReady())) {
      const ended = this.#process.exitCode !== null || this.#process.signalCode !== null;
      if (ended || performance.now() - this.#startedAtMs > START_TIMEOUT_MS) {
        const log = await readFile(this.#logFile, 'utf8');
        throw new Error(
          `broker ${this.#options.id} does not serve:\n${log.split('\n').slice(-20).join('\n')}`,
        );
      }
      await sleep(POLL_MS);
    }
    return performance.now() - this.#startedAtMs;
  }

  /** SIGTERM is a controlled shutdown, SIGKILL the fast end of one that is not needed any more. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill(signal);
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  }

  /**
   * The most CPU that a turn of Klassik's event loop has taken; it tells so at its stop. NaN: of the original, which has
   * none, and of a broker that was killed.
   */
  async longestSliceMs(): Promise<number> {
    const told = /The longest slice took (\S+) ms of CPU/.exec(await readFile(this.#logFile, 'utf8'));
    return Number(told?.[1] ?? NaN);
  }

  async #isServing(): Promise<boolean> {
    let connection: BrokerConnection | undefined;
    try {
      connection = await BrokerConnection.open(runtime, { host: HOST, port: this.#port }, 'bench', 1000);
      const { controllerId, brokers } = await connection.call(METADATA, OF_NO_TOPIC);
      return controllerId >= 0 && brokers.length === this.#options.brokers;
    } catch {
      return false; // refused, or too young to answer
    } finally {
      connection?.close();
    }
  }
}

/** The log dir of a broker in that folder. */
export function dataDir(dir: string, id: number): string {
  return join(dir, `data-${id}`);
}

/** What a broker must be told; everything else is left at its default, on both sides. */
function propertiesOf(options: BrokerOptions, port: number): string {
  const { id, brokers, dir, zookeeperConnect, overrides } = options;
  const replicas = Math.min(3, brokers);
  const lines = {
    'broker.id': id,
    listeners: `PLAINTEXT://${HOST}:${port}`,
    'log.dirs': dataDir(dir, id),
    'zookeeper.connect': zookeeperConnect,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.min(2, brokers),
    ...overrides,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
