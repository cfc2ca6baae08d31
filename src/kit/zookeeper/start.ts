/**
 * Starts a real ZooKeeper on loopback: one server, or an ensemble of three, and waits until it serves.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { killZooKeeperContainer, startZooKeeperContainer, stopZooKeeperContainer } from './container.ts';
import { findZooKeeper } from './find.ts';
import {
  killZooKeeperProcesses,
  startServer,
  stopZooKeeperProcesses,
  waitUntilServing,
  ZooKeeperStartError,
} from './server-process.ts';
import type { FindZooKeeperOptions, ZooKeeperSource } from './find.ts';
import type { ServerProcess } from './server-process.ts';

export interface StartZooKeeperOptions extends FindZooKeeperOptions {
  /** Where its data, configuration and log go. */
  readonly dir: string;
  /** The client port of the first server; the next ones follow. 0: the system chooses. */
  readonly port?: number;
  readonly servers?: 1 | 3;
  /** Lives on when this process ends; stop it by its pids. */
  readonly detached?: boolean;
  /** Further lines of zoo.cfg, such as `minSessionTimeout=500`. */
  readonly config?: readonly string[];
  readonly startTimeoutMs?: number;
}

export interface RunningZooKeeper {
  /** For zookeeper.connect: `127.0.0.1:2181,...` */
  readonly connect: string;
  /** Which ZooKeeper was taken. */
  readonly description: string;
  /** The servers' processes; empty for one that ran already or runs in a container. */
  readonly pids: readonly number[];
  /** The id of the container it runs in, if it does. */
  readonly container?: string;
  /** Ends it in good order; does nothing to one that ran already. */
  stop(): Promise<void>;
  /** kill -9, as a crash. */
  kill(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;

export async function startZooKeeper(options: StartZooKeeperOptions): Promise<RunningZooKeeper> {
  const source = await findZooKeeper(options);
  options.onProgress?.(
    source.kind === 'running' ? `using ${source.description}` : `starting ${source.description}`,
  );
  switch (source.kind) {
    case 'running':
      return {
        connect: source.connect,
        description: source.description,
        pids: [],
        stop: () => Promise.resolve(),
        kill: () => Promise.resolve(),
      };
    case 'java':
      return startServers(source, options);
    case 'docker':
      return startContainer(source, options);
  }
}

async function startServers(
  source: ZooKeeperSource & { readonly kind: 'java' },
  options: StartZooKeeperOptions,
): Promise<RunningZooKeeper> {
  const count = options.servers ?? 1;
  const ports = await choosePorts(options.port ?? 0, count);
  const members = count === 1 ? [] : await ensembleLines(count);
  await mkdir(options.dir, { recursive: true });
  const servers: ServerProcess[] = [];
  const pids = (): number[] => servers.map(({ pid }) => pid);
  try {
    for (const [index, port] of ports.entries())
      servers.push(
        await startServer({
          java: source.java,
          classpath: source.classpath,
          dir: count === 1 ? options.dir : join(options.dir, `server-${index + 1}`),
          port,
          config: [...members, ...(options.config ?? [])],
          ...(count === 1 ? {} : { myId: index + 1 }),
          detached: options.detached ?? false,
        }),
      );
    const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
    await Promise.all(servers.map((server) => waitUntilServing(server, timeoutMs)));
  } catch (error) {
    await killZooKeeperProcesses(pids());
    throw error;
  }
  return {
    connect: ports.map((port) => `127.0.0.1:${port}`).join(','),
    description: source.description,
    pids: pids(),
    stop: () => stopZooKeeperProcesses(pids()),
    kill: () => killZooKeeperProcesses(pids()),
  };
}

async function choosePorts(port: number, count: number): Promise<number[]> {
  if (port !== 0) return Array.from({ length: count }, (_value, index) => port + index);
  return Promise.all(Array.from({ length: count }, () => freePort(HOST)));
}

/** Each member has a port for its followers and one for elections. */
async function ensembleLines(count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let id = 1; id <= count; id++) {
    const [quorumPort, electionPort] = await Promise.all([freePort(HOST), freePort(HOST)]);
    lines.push(`server.${id}=127.0.0.1:${quorumPort}:${electionPort}`);
  }
  return lines;
}

async function startContainer(
  source: ZooKeeperSource & { readonly kind: 'docker' },
  options: StartZooKeeperOptions,
): Promise<RunningZooKeeper> {
  if (options.servers === 3)
    throw new ZooKeeperStartError('an ensemble of three needs Java; in Docker there is one server only');
  const [port = 0] = await choosePorts(options.port ?? 0, 1);
  const container = await startZooKeeperContainer({
    image: source.image,
    dir: options.dir,
    port,
    config: options.config ?? [],
    timeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
  });
  return {
    connect: `127.0.0.1:${port}`,
    description: source.description,
    pids: [],
    container,
    stop: () => stopZooKeeperContainer(container),
    kill: () => killZooKeeperContainer(container),
  };
}
