/**
 * One ZooKeeper server as a process of ours: its configuration, its start, its end.
 *
 * Invariant: an attached server does not outlive the process that started it, even one killed with -9: a shell
 * between the two waits on a pipe that closes when the parent is gone, and then ends the server.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, isAlive } from '../processes.ts';

export interface ServerOptions {
  readonly java: string;
  readonly classpath: string;
  /** The folder of this server: configuration, data, log. */
  readonly dir: string;
  readonly port: number;
  /** Further lines of zoo.cfg. */
  readonly config: readonly string[];
  /** Number in the ensemble; undefined: standalone. */
  readonly myId?: number;
  /** Lives on when we end. */
  readonly detached: boolean;
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly logFile: string;
}

/** The server ended or did not serve in time; the message carries the end of its log. */
export class ZooKeeperStartError extends Error {
  override readonly name = 'ZooKeeperStartError';
}

const POLL_MS = 50;
const STOP_TIMEOUT_MS = 10_000;
const LOG_TAIL_LINES = 20;

/** Runs the command beneath, tells its pid, and ends it when the pipe on stdin closes. */
const ENDS_WITH_PARENT = `
exec 3<&0
"$@" 3<&- </dev/null >>"$LOG" 2>&1 &
child=$!
echo "$child"
{ read -r _ <&3; kill "$child"; } 2>/dev/null >&2 &
watcher=$!
exec 1>&-
wait "$child"
kill "$watcher" 2>/dev/null
`;

export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { dir, port, java, classpath } = options;
  await mkdir(join(dir, 'data'), { recursive: true });
  const logFile = join(dir, 'zookeeper.log');
  const configFile = join(dir, 'zoo.cfg');
  await writeFile(configFile, `${configLines(options).join('\n')}\n`);
  if (options.myId !== undefined) await writeFile(join(dir, 'data', 'myid'), `${options.myId}\n`);
  const command = [
    java,
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-Djava.net.preferIPv4Stack=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-cp',
    classpath,
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    configFile,
  ];
  const pid =
    options.detached || process.platform === 'win32'
      ? await spawnFree(command, dir, logFile, options.detached)
      : await spawnTied(command, dir, logFile);
  return { pid, port, logFile };
}

function configLines({ dir, port, config }: ServerOptions): string[] {
  return [
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${join(dir, 'data')}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    'maxClientCnxns=0',
    '4lw.commands.whitelist=*',
    'autopurge.snapRetainCount=3',
    'autopurge.purgeInterval=1',
    ...config,
  ];
}

async function spawnFree(
  [file = '', ...parameters]: readonly string[],
  dir: string,
  logFile: string,
  detached: boolean,
): Promise<number> {
  const log = await open(logFile, 'a');
  try {
    const child = spawn(file, parameters, { cwd: dir, detached, stdio: ['ignore', log.fd, log.fd] });
    const { pid } = child;
    child.on('error', () => undefined);
    child.unref();
    if (pid === undefined) throw new ZooKeeperStartError(`${file} cannot be started`);
    return pid;
  } finally {
    await log.close();
  }
}

/** The shell is a process group of its own, so that Ctrl-C in a terminal reaches us and not the server. */
function spawnTied(command: readonly string[], dir: string, logFile: string): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', ENDS_WITH_PARENT, 'zookeeper', ...command], {
    cwd: dir,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, LOG: logFile },
  });
  shell.unref();
  shell.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    shell.stdout.once('data', (line: Buffer) => {
      shell.stdout.destroy();
      // The pipe must stay open as long as we live, and must not keep us alive.
      const stdin: typeof shell.stdin & { unref?: () => void } = shell.stdin;
      stdin.unref?.();
      resolve(Number(line.toString().trim()));
    });
  });
}

/** Waits until the server answers as one that serves, alone or as a member of its ensemble. */
export async function waitUntilServing(server: ServerProcess, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!isAlive(server.pid))
      throw new ZooKeeperStartError(`ZooKeeper ended at once:\n${await logTail(server)}`);
    if (/^Mode: (standalone|leader|follower)$/m.test(await fourLetterWord(server.port, 'srvr'))) return;
    await sleep(POLL_MS);
  }
  throw new ZooKeeperStartError(
    `ZooKeeper does not serve on port ${server.port} after ${timeoutMs / 1000} s:\n${await logTail(server)}`,
  );
}

async function logTail({ logFile }: ServerProcess): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return `${log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')}\n(${logFile})`;
}

/** One of ZooKeeper's one-word questions; empty when nobody answers. */
export function fourLetterWord(port: number, word: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port }, () => socket.end(word));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** SIGTERM, and SIGKILL when that is not heeded; resolves when the process is gone. */
export async function stopZooKeeperProcesses(pids: readonly number[]): Promise<void> {
  await Promise.all(
    pids.map(async (pid) => {
      if (await endProcess(pid, 'SIGTERM', STOP_TIMEOUT_MS)) return;
      await endProcess(pid, 'SIGKILL', STOP_TIMEOUT_MS);
    }),
  );
}

export async function killZooKeeperProcesses(pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map((pid) => endProcess(pid, 'SIGKILL', STOP_TIMEOUT_MS)));
}
