/**
 * `klassik up` and what goes with it: a cluster of real processes in a folder, brought up, looked at, hurt and taken
 * down from the command line. Each command ends with 0 only when what it says has happened.
 */
import { resolve } from 'node:path';

import { InvalidArgumentError, type Command } from 'commander';

import {
  BrokerFailedError,
  ClusterError,
  NoZooKeeperError,
  openCluster,
  startCluster,
  ZooKeeperStartError,
  type Cluster,
} from '../kit/index.ts';
import { atLeastOne, keyAndValue, wholeNumber } from './argument-values.ts';
import type { ToolIo } from './cli/index.ts';
import { runDemo } from './demo.ts';
import { endpointsTable } from './endpoints-table.ts';
import { outputOption } from './protocol-show.ts';

const DEFAULT_DIR = './klassik-data';

interface UpOptions {
  readonly brokers: number;
  readonly firstId: number;
  readonly port: number;
  readonly zookeeper?: string;
  readonly zookeeperPort: number;
  readonly zookeepers: 1 | 3;
  readonly host: string;
  readonly dir: string;
  readonly keep?: boolean;
  readonly detach?: boolean;
  readonly override: Readonly<Record<string, string>>;
}

interface InDir {
  readonly dir: string;
}

interface StatusOptions extends InDir {
  readonly output: string;
}

const MENDABLE = [ClusterError, BrokerFailedError, NoZooKeeperError, ZooKeeperStartError];

/** What a command does; errors that a person can mend become a sentence and exit code 1. */
type Action = (
  run: (options: unknown, argument: unknown) => Promise<void>,
) => (...args: readonly unknown[]) => Promise<void>;

/** `setExitCode`: commander has no way to return one. */
export function addClusterCommands(program: Command, io: ToolIo, setExitCode: (code: number) => void): void {
  const action: Action =
    (run) =>
    async (...args) => {
      // commander hands over the arguments, then the options, then the command.
      const [argument] = args.slice(0, -2);
      try {
        await run(args.at(-2), argument);
      } catch (error) {
        if (!MENDABLE.some((kind) => error instanceof kind)) throw error;
        io.err(`${(error as Error).message}\n`);
        setExitCode(1);
      }
    };
  upOptions(
    program.command('up').description('start a cluster: a real ZooKeeper and brokers as processes'),
  ).action(action((options) => up(options as UpOptions, io)));
  upOptions(program.command('start').description('start a cluster and show it at work (npm start)')).action(
    action((options) => start(options as UpOptions, io)),
  );
  withDir(program.command('down').description('stop the cluster of a folder')).action(
    action(async (options) => {
      await (await openCluster((options as InDir).dir)).stop((message) => io.err(`${message}\n`));
      io.out('stopped\n');
    }),
  );
  outputOption(
    withDir(
      program.command('status').description('show what runs of the cluster; exit code 1 unless all does'),
    ),
  ).action(action(async (options) => setExitCode(await status(options as StatusOptions, io))));
  for (const { name, description, run, done } of BROKER_COMMANDS)
    withDir(
      program.command(name).argument('<id>', "the broker's id", wholeNumber).description(description),
    ).action(
      action(async (options, id) => {
        const broker = Number(id);
        await run(await openCluster((options as InDir).dir), broker);
        io.out(`${done} ${broker}\n`);
      }),
    );
}

const BROKER_COMMANDS: readonly {
  readonly name: string;
  readonly description: string;
  readonly run: (cluster: Cluster, id: number) => Promise<void>;
  readonly done: string;
}[] = [
  {
    name: 'kill-broker',
    description: 'kill -9 a broker',
    run: (cluster, id) => cluster.killBroker(id),
    done: 'killed',
  },
  {
    name: 'stop-broker',
    description: 'stop a broker in order (SIGTERM)',
    run: (cluster, id) => cluster.stopBroker(id),
    done: 'stopped',
  },
  {
    name: 'start-broker',
    description: 'start a broker that is down',
    run: (cluster, id) => cluster.startBroker(id),
    done: 'started',
  },
];

/** The exit code: 1 unless ZooKeeper and every broker run. */
async function status({ dir, output }: StatusOptions, io: ToolIo): Promise<number> {
  const cluster = await openCluster(dir);
  const stateOf = (isUp: boolean): 'up' | 'down' => (isUp ? 'up' : 'down');
  const zookeeper = { connect: cluster.zookeeperConnect, state: stateOf(await cluster.zookeeperIsUp()) };
  const brokers = (await cluster.status()).map(({ id, port, pid, logFile }) => ({
    id,
    port,
    state: stateOf(pid !== undefined),
    pid,
    logFile,
  }));
  if (output === 'json') io.out(`${JSON.stringify({ brokers, zookeeper })}\n`);
  else {
    for (const { id, port, state } of brokers) io.out(`broker ${id} on port ${port} ${state}\n`);
    io.out(`ZooKeeper at ${zookeeper.connect} ${zookeeper.state}\n`);
  }
  return [zookeeper, ...brokers].some(({ state }) => state === 'down') ? 1 : 0;
}

function upOptions(command: Command): Command {
  return command
    .option('--brokers <count>', 'how many brokers', atLeastOne, 3)
    .option('--first-id <id>', 'id of the first broker', wholeNumber, 0)
    .option('--port <port>', 'broker i listens on port + i; 0: ports the system chooses', portNumber, 9092)
    .option(
      '--zookeeper <connect>',
      'use this ensemble, host:port[,host:port...][/chroot]',
      process.env['ZOOKEEPER_CONNECT'],
    )
    .option('--zookeeper-port <port>', 'port of the ZooKeeper that is started', portNumber, 2181)
    .option('--zookeepers <count>', 'servers in the ensemble that is started: 1 or 3', oneOrThree, 1)
    .option('--host <host>', 'the name brokers are advertised under', 'localhost')
    .option('--dir <folder>', 'where data, logs and the state of the cluster lie', DEFAULT_DIR)
    .option('--keep', 'keep the data an earlier cluster left there')
    .option('--detach', 'return when every broker serves; stop with "klassik down"')
    .option(
      '--override <key=value>',
      "a line for every broker's properties; may be repeated",
      keyAndValue,
      {},
    );
}

function withDir(command: Command): Command {
  return command.option('--dir <folder>', 'the folder given to "klassik up"', DEFAULT_DIR);
}

async function up(options: UpOptions, io: ToolIo): Promise<void> {
  const cluster = await begin(options, io);
  io.out(cluster.envLines());
  if (options.detach === true) return;
  await untilAborted(io.signal);
  io.err('stopping the brokers, then ZooKeeper ...\n');
  await cluster.stop((message) => io.err(`${message}\n`));
  io.err('stopped\n');
}

async function start(options: UpOptions, io: ToolIo): Promise<void> {
  const cluster = await begin(options, io);
  try {
    if (!io.signal.aborted) await runDemo(cluster, io);
    io.out(endpointsTable(cluster, await cluster.status()));
    await untilAborted(io.signal);
  } finally {
    io.err('\nstopping the brokers, then ZooKeeper ...\n');
    await cluster.stop((message) => io.err(`${message}\n`));
    io.err('stopped\n');
  }
}

function begin({ override, ...options }: UpOptions, io: ToolIo): Promise<Cluster> {
  return startCluster({
    ...options,
    dir: resolve(options.dir),
    overrides: override,
    onProgress: (message) => io.err(`${message}\n`),
    signal: io.signal,
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolveWhenAborted) => {
    // A pending timer keeps the process alive while nothing else does.
    const keepAlive = setInterval(() => undefined, 1 << 30);
    const end = (): void => {
      clearInterval(keepAlive);
      resolveWhenAborted();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

const MAX_PORT = 65_535;

function portNumber(text: string): number {
  const value = wholeNumber(text);
  if (value > MAX_PORT) throw new InvalidArgumentError(`a port is at most ${MAX_PORT}.`);
  return value;
}

function oneOrThree(text: string): 1 | 3 {
  const value = wholeNumber(text);
  if (value !== 1 && value !== 3) throw new InvalidArgumentError('an ensemble has 1 or 3 servers here.');
  return value;
}
