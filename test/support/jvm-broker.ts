/**
 * One broker of Apache Kafka 3.9.1, the original, as a process: to stand beside Klassik's brokers at the same ZooKeeper.
 * It ends with the process that started it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/kit/index.ts';
import { AttachedProgram } from './attached-program.ts';

const HEAP_MB = 512;
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
  #program: AttachedProgram | undefined;

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
    if (this.#program?.isRunning === true) throw new Error(`JVM broker ${this.id} is running already`);
    const program = await AttachedProgram.launch({
      name: `JVM broker ${this.id}`,
      main: 'kafka.Kafka',
      args: [this.propertiesFile],
      libraries: this.#libraries,
      logFile: this.logFile,
      heapMb: HEAP_MB,
      log4j: this.#log4j,
    });
    this.#program = program;
    try {
      await program.untilPrinted(STARTED);
    } catch (error) {
      await program.kill();
      throw error;
    }
  }

  /** SIGTERM: a controlled shutdown. */
  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  /** SIGKILL: no goodbye. */
  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.signal(signal);
  }
}
