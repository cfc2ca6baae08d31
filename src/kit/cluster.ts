/**
 * The one way to make a cluster: a real ZooKeeper and brokers as processes, in a folder that says all about them.
 * `klassik up`, `npm start`, the integration tests and users' own tests go through it.
 *
 *     DIR/cluster.json          what was asked for and which ports were taken: `down`, `status`, `start-broker` read it
 *     DIR/env                   BOOTSTRAP, ZK and DATA_DIRS, for shells
 *     DIR/broker-N.properties   Kafka's own server.properties of broker N, with .log and .pid beside it
 *     DIR/data-N                its log dir
 *     DIR/zookeeper             ZooKeeper's data
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { errorCodeOf } from '../runtime/index.ts';
import { parseConnectString } from '../zookeeper/index.ts';
import { endBrokerProcess, runningPid, startBrokerProcess, type BrokerFiles } from './broker-process.ts';
import { acceptsConnections, takenPorts } from './ports.ts';
import { runsWith } from './processes.ts';
import { startZooKeeper, stopZooKeeperContainer, stopZooKeeperProcesses } from './zookeeper/index.ts';

export interface ClusterOptions {
  readonly dir: string;
  readonly brokers?: number;
  readonly firstId?: number;
  /** Broker i listens on port + i; 0: each on a port the system chooses. */
  readonly port?: number;
  /** An ensemble that runs already, `host:port,host:port/chroot`. */
  readonly zookeeper?: string;
  /** Port of the first ZooKeeper server that is started; 0: the system chooses. */
  readonly zookeeperPort?: number;
  readonly zookeepers?: 1 | 3;
  readonly host?: string;
  /** Keep data that an earlier cluster left in the folder. */
  readonly keep?: boolean;
  /** The processes outlive the one that calls. */
  readonly detach?: boolean;
  /** How many log dirs each broker has; they lie in its data folder. */
  readonly logDirs?: number;
  /** `key=value` for every broker's properties. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** For the brokers' own node processes, such as `--expose-gc`. */
  readonly nodeOptions?: readonly string[];
  readonly onProgress?: (message: string) => void;
  /** Aborted: the start is given up, and what was started is stopped. */
  readonly signal?: AbortSignal;
  readonly startTimeoutMs?: number;
}

export interface BrokerStatus {
  readonly id: number;
  readonly port: number;
  readonly pid: number | undefined;
  readonly dataDir: string;
  readonly logFile: string;
}

interface ClusterState {
  readonly host: string;
  readonly zookeeperConnect: string;
  /** Pids of the ZooKeeper servers this cluster started. */
  readonly zookeeperPids: readonly number[];
  /** The container of the one it started with Docker. */
  readonly zookeeperContainer?: string;
  readonly brokers: readonly { readonly id: number; readonly port: number }[];
  readonly detach: boolean;
  readonly startTimeoutMs: number;
  readonly nodeOptions?: readonly string[];
  readonly logDirs?: number;
}

const DEFAULT_PORT = 9092;
const MAX_PORT = 65_535;
const DEFAULT_ZOOKEEPER_PORT = 2181;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const STOP_WITHOUT_ZOOKEEPER_TIMEOUT_MS = 5_000;
const KILL_TIMEOUT_MS = 10_000;

/** What a person can mend, in one sentence that says how. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

export class Cluster {
  readonly dir: string;
  #state: ClusterState;
  readonly #stopZooKeeper: (() => Promise<void>) | undefined;

  constructor(dir: string, state: ClusterState, stopZooKeeper?: () => Promise<void>) {
    this.dir = dir;
    this.#state = state;
    this.#stopZooKeeper = stopZooKeeper;
  }

  /** `localhost:9092,localhost:9093,...` */
  get bootstrap(): string {
    return this.#state.brokers.map(({ port }) => `${this.#state.host}:${port}`).join(',');
  }

  get zookeeperConnect(): string {
    return this.#state.zookeeperConnect;
  }

  get brokerIds(): number[] {
    return this.#state.brokers.map(({ id }) => id);
  }

  get dataDirs(): string[] {
    return this.brokerIds.map((id) => dataDir(this.dir, id));
  }

  /** Those of a broker that has several. */
  logDirsOf(id: number): string[] {
    return logDirs(dataDir(this.dir, id), this.#state.logDirs ?? 1);
  }

  async status(): Promise<BrokerStatus[]> {
    return Promise.all(
      this.#state.brokers.map(async ({ id, port }) => ({
        id,
        port,
        pid: await runningPid(filesOf(this.dir, id)),
        dataDir: dataDir(this.dir, id),
        logFile: filesOf(this.dir, id).log,
      })),
    );
  }

  /** Starts a broker that was stopped or killed, on the port it had, and waits until it serves. */
  async startBroker(id: number): Promise<void> {
    const broker = this.#brokerOf(id);
    const files = filesOf(this.dir, id);
    const pid = await runningPid(files);
    if (pid !== undefined) throw new ClusterError(`broker ${id} is running already (pid ${pid})`);
    const { detach: detached, startTimeoutMs: timeoutMs, nodeOptions = [] } = this.#state;
    const port = await startBrokerProcess({ id, files, detached, timeoutMs, nodeOptions });
    if (broker.port !== 0) return;
    // A port the system chose becomes the broker's own, so that it comes back where clients know it.
    await writeFile(files.properties, withPort(await readFile(files.properties, 'utf8'), port));
    const brokers = this.#state.brokers.map((one) => (one.id === id ? { id, port } : one));
    this.#state = { ...this.#state, brokers };
  }

  /** SIGTERM: a controlled shutdown. */
  async stopBroker(id: number): Promise<void> {
    this.#brokerOf(id);
    const files = filesOf(this.dir, id);
    if ((await runningPid(files)) === undefined) throw new ClusterError(`broker ${id} is not running`);
    if (await endBrokerProcess(files, 'SIGTERM', STOP_TIMEOUT_MS)) return;
    throw new ClusterError(`broker ${id} did not stop within ${STOP_TIMEOUT_MS / 1000} s; see ${files.log}`);
  }

  /** SIGKILL: no goodbye, as a crash. */
  async killBroker(id: number): Promise<void> {
    this.#brokerOf(id);
    if (!(await endBrokerProcess(filesOf(this.dir, id), 'SIGKILL', KILL_TIMEOUT_MS)))
      throw new ClusterError(`broker ${id} is not running`);
  }

  /** Stops brokers, then the ZooKeeper that was started with them. */
  async stop(onProgress: (message: string) => void = () => undefined): Promise<void> {
    // Without ZooKeeper a broker cannot take leave in order, and waits for it as the original does.
    const timeoutMs = (await this.zookeeperIsUp()) ? STOP_TIMEOUT_MS : STOP_WITHOUT_ZOOKEEPER_TIMEOUT_MS;
    // Together: one after another, the last would look for a controller that is gone.
    await Promise.all(
      this.brokerIds.map(async (id) => {
        const files = filesOf(this.dir, id);
        if (await endBrokerProcess(files, 'SIGTERM', timeoutMs)) return;
        if (await endBrokerProcess(files, 'SIGKILL', KILL_TIMEOUT_MS))
          onProgress(`killed broker ${id}, which did not stop within ${timeoutMs / 1000} s`);
      }),
    );
    if (this.#stopZooKeeper !== undefined) await this.#stopZooKeeper();
    else await this.#stopLeftZooKeeper();
    await rm(join(this.dir, 'cluster.json'), { force: true });
  }

  /** The ZooKeeper that an earlier command of this folder left running. */
  async #stopLeftZooKeeper(): Promise<void> {
    const folder = zookeeperDir(this.dir);
    const own = await Promise.all(
      this.#state.zookeeperPids.map(async (pid) => ((await runsWith(pid, folder)) ? [pid] : [])),
    );
    await stopZooKeeperProcesses(own.flat());
    const { zookeeperContainer } = this.#state;
    if (zookeeperContainer !== undefined) await stopZooKeeperContainer(zookeeperContainer);
  }

  /** Whether a server of the ensemble accepts connections. */
  async zookeeperIsUp(): Promise<boolean> {
    const { servers } = parseConnectString(this.#state.zookeeperConnect);
    const up = await Promise.all(servers.map(({ host, port }) => acceptsConnections(host, port)));
    return up.includes(true);
  }

  /** Writes down what later commands need. */
  async save(): Promise<void> {
    await writeFile(join(this.dir, 'cluster.json'), `${JSON.stringify(this.#state, null, 2)}\n`);
    await writeFile(join(this.dir, 'env'), this.envLines());
  }

  envLines(): string {
    return [
      `BOOTSTRAP="${this.bootstrap}"`,
      `ZK="${this.zookeeperConnect}"`,
      `DATA_DIRS="${this.dataDirs.join(' ')}"`,
      '',
    ].join('\n');
  }

  #brokerOf(id: number): { readonly id: number; readonly port: number } {
    const broker = this.#state.brokers.find((one) => one.id === id);
    if (broker === undefined)
      throw new ClusterError(`there is no broker ${id} here, only ${this.brokerIds.join(', ')}`);
    return broker;
  }
}

/** Starts ZooKeeper (unless one is given) and the brokers, and waits until every broker serves. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dir = resolve(options.dir);
  const { firstId = 0, port = DEFAULT_PORT, host = 'localhost', detach = false } = options;
  const ids = Array.from({ length: options.brokers ?? 3 }, (_value, index) => firstId + index);
  const progress = options.onProgress ?? (() => undefined);
  await refuseRunning(dir);
  if (port + ids.length - 1 > MAX_PORT)
    throw new ClusterError(
      `there are no ports for ${ids.length} brokers from ${port} on: choose a lower --port`,
    );
  if (port !== 0) await refuseTaken(ids.map((_id, index) => port + index));
  if (options.zookeeper === undefined) await refuseTakenZooKeeperPorts(options);
  await makeFolder(dir);
  if (options.keep !== true) await removeOldData(dir, ids, progress);

  if (options.zookeeper !== undefined) progress(`using the ZooKeeper at ${options.zookeeper}`);
  const zookeeper = options.zookeeper === undefined ? await ownZooKeeper(dir, options, progress) : undefined;
  const zookeeperConnect = options.zookeeper ?? zookeeper?.connect ?? '';
  const cluster = new Cluster(
    dir,
    {
      host,
      zookeeperConnect,
      zookeeperPids: zookeeper?.pids ?? [],
      ...(zookeeper?.container !== undefined && { zookeeperContainer: zookeeper.container }),
      brokers: ids.map((id, index) => ({ id, port: port === 0 ? 0 : port + index })),
      detach,
      startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
      ...(options.nodeOptions && { nodeOptions: options.nodeOptions }),
      ...(options.logDirs !== undefined && { logDirs: options.logDirs }),
    },
    zookeeper === undefined ? undefined : () => zookeeper.stop(),
  );
  try {
    for (const [index, id] of ids.entries()) {
      const brokerPort = port === 0 ? 0 : port + index;
      const own = { id, host, port: brokerPort, dir, logDirs: options.logDirs ?? 1 };
      const lines = properties({ ...own, zookeeperConnect, brokers: ids.length });
      await writeFile(filesOf(dir, id).properties, withOverrides(lines, options.overrides ?? {}));
    }
    progress(`starting ${ids.length === 1 ? 'one broker' : `${ids.length} brokers`} ...`);
    await unlessAborted(options.signal, () => Promise.all(ids.map((id) => cluster.startBroker(id))));
    await cluster.save();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** The cluster that `startCluster` left in a folder. */
export async function openCluster(dir: string): Promise<Cluster> {
  const folder = resolve(dir);
  const text = await readFile(join(folder, 'cluster.json'), 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new ClusterError(`no cluster runs in ${folder}: start one with "klassik up --detach --dir ${dir}"`);
  return new Cluster(folder, JSON.parse(text) as ClusterState);
}

async function ownZooKeeper(
  dir: string,
  options: ClusterOptions,
  progress: (message: string) => void,
): Promise<Awaited<ReturnType<typeof startZooKeeper>>> {
  return startZooKeeper({
    dir: zookeeperDir(dir),
    port: options.zookeeperPort ?? DEFAULT_ZOOKEEPER_PORT,
    servers: options.zookeepers ?? 1,
    detached: options.detach ?? false,
    onProgress: progress,
  });
}

async function refuseRunning(dir: string): Promise<void> {
  const cluster = await openCluster(dir).catch(() => undefined);
  const running = (await cluster?.status())?.filter(({ pid }) => pid !== undefined) ?? [];
  if (running.length > 0)
    throw new ClusterError(
      `a cluster runs in ${dir} already: stop it with "klassik down --dir ${dir}", or take another --dir`,
    );
}

async function refuseTaken(ports: readonly number[]): Promise<void> {
  const taken = await takenPorts('127.0.0.1', ports);
  if (taken.length === 0) return;
  const list = taken.map(({ port, takenBy }) => `${port} by ${takenBy}`).join(', ');
  throw new ClusterError(
    `these ports are taken: ${list}. Stop that, or choose other ports with --port (npm start -- --port 19092)`,
  );
}

/** Without this a ZooKeeper of somebody else would answer in place of the one that could not start. */
async function refuseTakenZooKeeperPorts(options: ClusterOptions): Promise<void> {
  const { zookeeperPort: first = DEFAULT_ZOOKEEPER_PORT, zookeepers = 1 } = options;
  if (first === 0) return;
  const ports = Array.from({ length: zookeepers }, (_value, index) => first + index);
  const [taken] = await takenPorts('127.0.0.1', ports);
  if (taken === undefined) return;
  throw new ClusterError(
    `ZooKeeper's port ${taken.port} is taken by ${taken.takenBy}. If that is a ZooKeeper, use it with ` +
      `--zookeeper localhost:${taken.port}/klassik, or let ours have another port with --zookeeper-port ` +
      '(npm start -- --zookeeper-port 12181)',
  );
}

async function unlessAborted(signal: AbortSignal | undefined, run: () => Promise<unknown>): Promise<void> {
  const given = (): ClusterError => new ClusterError('stopped before the cluster was up');
  if (signal?.aborted === true) throw given();
  await Promise.race([
    run(),
    new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(given()), { once: true }),
    ),
  ]);
}

async function makeFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw new ClusterError(`the folder ${dir} cannot be made (${errorCodeOf(error) ?? 'no reason given'})`);
  });
}

async function removeOldData(
  dir: string,
  ids: readonly number[],
  progress: (message: string) => void,
): Promise<void> {
  if ((await readdir(dir)).some((name) => /^(zookeeper|data-\d+)$/.test(name)))
    progress(`removing the data an earlier cluster left in ${dir} (--keep keeps it)`);
  await rm(zookeeperDir(dir), { recursive: true, force: true });
  for (const id of ids) {
    const { properties: propertiesFile, log, pid } = filesOf(dir, id);
    for (const path of [dataDir(dir, id), propertiesFile, log, pid])
      await rm(path, { recursive: true, force: true });
  }
}

function filesOf(dir: string, id: number): BrokerFiles {
  const base = join(dir, `broker-${id}`);
  return { properties: `${base}.properties`, log: `${base}.log`, pid: `${base}.pid` };
}

function zookeeperDir(dir: string): string {
  return join(dir, 'zookeeper');
}

function dataDir(dir: string, id: number): string {
  return join(dir, `data-${id}`);
}

function logDirs(folder: string, count: number): string[] {
  return count === 1 ? [folder] : Array.from({ length: count }, (_, index) => join(folder, `disk-${index}`));
}

/** server.properties of one broker. Internal topics are replicated as far as the brokers go, at most three times. */
function properties(broker: {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  readonly logDirs: number;
  readonly zookeeperConnect: string;
  readonly brokers: number;
}): Record<string, string> {
  const replicas = String(Math.min(3, broker.brokers));
  return {
    'broker.id': String(broker.id),
    listeners: `PLAINTEXT://127.0.0.1:${broker.port}`,
    'advertised.listeners': `PLAINTEXT://${broker.host}:${broker.port}`,
    'log.dirs': logDirs(dataDir(broker.dir, broker.id), broker.logDirs).join(','),
    'zookeeper.connect': broker.zookeeperConnect,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': String(Math.min(2, broker.brokers)),
    'group.initial.rebalance.delay.ms': '0',
    // The last brokers of a cluster that stops have nobody to hand leaderships to: ask again soon, not every 5 s.
    'controlled.shutdown.retry.backoff.ms': '500',
  };
}

function withOverrides(lines: Record<string, string>, overrides: Readonly<Record<string, string>>): string {
  return Object.entries({ ...lines, ...overrides })
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** The same properties with the chosen port where they said 0. */
function withPort(text: string, port: number): string {
  return text.replaceAll(/^((?:advertised\.)?listeners=.*):0$/gm, `$1:${port}`);
}
