/**
 * One broker of Apache Kafka 3.9.1, the original, as a process: to stand beside Klassik's brokers at the same ZooKeeper.
 * It ends with the process that started it (see JvmBroker.java), so no test leaves one behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/kit/index.ts';
import { jvmArguments } from './jvm-program.ts';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const STARTED = /\[KafkaServer id=\d+\] started \(kafka\.server\.KafkaServer\)/;

export interface JvmBrokerOptions {
  readonly id: number;
  /** A folder of the original's jars. */
  readonly libraries: string;
  /** Where its properties, log and data go. */
  readonly dir: string;
  readonly zookeeperConnect: string;
  readonly overrides?: Readonly<Record<string, string>>;
  /** What it logs: a file beside the Java sources. */
  readonly log4j?: string;
}

export class JvmBroker {
  readonly id: number;
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly propertiesFile: string;
  readonly #libraries: string;
  readonly #log4j: string;
  #process: ChildProcess | undefined;

  private constructor(options: JvmBrokerOptions, port: number) {
    const { id, dir, libraries } = options;
    this.id = id;
    this.port = port;
    this.dataDir = join(dir, `jvm-data-${id}`);
    this.logFile = join(dir, `jvm-broker-${id}.log`);
    this.propertiesFile = join(dir, `jvm-broker-${id}.properties`);
    this.#libraries = libraries;
    this.#log4j = options.log4j ?? 'broker-log4j.properties';
  }

  /** Writes its server.properties; `start` starts it. */
  static async create(options: JvmBrokerOptions): Promise<JvmBroker> {
    await mkdir(options.dir, { recursive: true });
    const broker = new JvmBroker(options, await freePort('127.0.0.1'));
    const lines = {
      'broker.id': String(options.id),
      listeners: `PLAINTEXT://127.0.0.1:${broker.port}`,
      'log.dirs': broker.dataDir,
      'zookeeper.connect': options.zookeeperConnect,
      'log.cleaner.dedupe.buffer.size': '16777216',
      'num.network.threads': '2',
      'num.io.threads': '4',
      ...options.overrides,
    };
    const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(broker.propertiesFile, text.join(''));
    return broker;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error(`JVM broker ${this.id} is running already`);
    const log = await open(this.logFile, 'a');
    const logStart = (await log.stat()).size;
    const child = spawn(
      'java',
      [
        ...jvmArguments(this.#libraries, 'JvmBroker.java', { heapMb: 512, log4j: this.#log4j }),
        this.propertiesFile,
      ],
      { stdio: ['pipe', log.fd, log.fd] },
    );
    await log.close();
    this.#process = child;
    child.once('exit', () => (this.#process = undefined));
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const text = (await readFile(this.logFile)).subarray(logStart).toString();
      if (STARTED.test(text)) return;
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        await this.kill();
        throw new Error(`JVM broker ${this.id} did not serve:\n${text.split('\n').slice(-30).join('\n')}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** SIGTERM: a controlled shutdown. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** SIGKILL: no goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
    if (child.signalCode === 'SIGKILL' && signal === 'SIGTERM')
      throw new Error(
        `JVM broker ${this.id} did not stop within ${STOP_TIMEOUT_MS / 1000} s; see ${this.logFile}`,
      );
  }
}
