/** One worker of Connect in distributed mode: a process that can be killed and come back, and its REST interface. */
import { freePort } from '../../../src/kit/index.ts';
import type { AttachedProgram } from '../attached-program.ts';
import { until } from '../until.ts';
import type { Stack } from './stack.ts';

const MAIN = 'org.apache.kafka.connect.cli.ConnectDistributed';
const HOST = '127.0.0.1';

interface ConnectorState {
  /** Of the connector and its tasks, in this order; empty where a worker is not known. */
  readonly states: readonly string[];
  /** Where the connector's task runs: host and port. */
  readonly taskWorker: string | undefined;
}

interface Status {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string; readonly worker_id: string }[];
}

export class ConnectWorker {
  /** As the other workers call it. */
  readonly id: string;
  readonly #stack: Stack;
  readonly #name: string;
  readonly #settings: string;
  #program: AttachedProgram | undefined;

  private constructor(stack: Stack, name: string, id: string, settings: string) {
    this.id = id;
    this.#stack = stack;
    this.#name = name;
    this.#settings = settings;
  }

  static async create(stack: Stack, name: string): Promise<ConnectWorker> {
    const id = `${HOST}:${await freePort(HOST)}`;
    const settings = await stack.properties(name, {
      'bootstrap.servers': stack.bootstrap,
      'group.id': 'connect-cluster',
      listeners: `http://${id}`,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'config.storage.topic': 'connect-configs',
      'config.storage.replication.factor': '3',
      'offset.storage.topic': 'connect-offsets',
      'offset.storage.replication.factor': '3',
      'offset.storage.partitions': '5',
      'status.storage.topic': 'connect-status',
      'status.storage.replication.factor': '3',
      'offset.flush.interval.ms': '1000',
      // A worker that went is not waited for long.
      'scheduled.rebalance.max.delay.ms': '2000',
      'session.timeout.ms': '6000',
      'heartbeat.interval.ms': '1000',
      // The source writes its records and its offsets in one transaction; the sink reads what was committed.
      'exactly.once.source.support': 'enabled',
      'consumer.isolation.level': 'read_committed',
      'consumer.auto.offset.reset': 'earliest',
    });
    return new ConnectWorker(stack, name, id, settings);
  }

  get isRunning(): boolean {
    return this.#program?.isRunning === true;
  }

  async start(): Promise<void> {
    this.#program = await this.#stack.launch(this.#name, MAIN, this.#settings);
    await until(`${this.#name} answers`, async () => {
      if (!this.isRunning) throw new Error(`${this.#name} has ended`);
      return (await this.#call('GET', '/connectors')) !== undefined;
    });
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  async createConnector(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    await until(
      `${name} is accepted`,
      async () => (await this.#call('PUT', `/connectors/${name}/config`, config)) !== undefined,
    );
  }

  async status(name: string): Promise<ConnectorState> {
    const found = (await this.#call('GET', `/connectors/${name}/status`)) as Status | undefined;
    if (found === undefined) return { states: [], taskWorker: undefined };
    const { connector, tasks } = found;
    return {
      states: [connector.state, ...tasks.map(({ state }) => state)],
      taskWorker: tasks[0]?.worker_id,
    };
  }

  /** What a source connector has kept as its offsets (KIP-875). */
  async offsets(name: string): Promise<unknown> {
    return this.#call('GET', `/connectors/${name}/offsets`);
  }

  /** What it answers, or undefined while it cannot do what is asked, as in the middle of a rebalance. */
  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`http://${this.id}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as unknown;
    if (answer.status === 404 || answer.status === 409 || answer.status >= 500) return undefined;
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  }
}
