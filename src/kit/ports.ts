/**
 * Is a port free, and if not, who has it? People meet "address in use" before they meet Kafka, so the answer names
 * the process.
 */
import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

export interface TakenPort {
  readonly port: number;
  /** `node (pid 123)`, or why it could not be told. */
  readonly takenBy: string;
}

const LISTENING = '0A';

/** Those of the ports that cannot be opened on `host`. */
export async function takenPorts(host: string, ports: readonly number[]): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const port of ports) {
    if (await canListen(host, port)) continue;
    taken.push({ port, takenBy: await ownerOf(port) });
  }
  return taken;
}

/** A port that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

async function ownerOf(port: number): Promise<string> {
  try {
    return process.platform === 'linux' ? await ownerOnLinux(port) : await ownerByLsof(port);
  } catch {
    return 'a process that cannot be told from here';
  }
}

/** The kernel lists listening sockets by inode, and each process's open files by the same inode. */
async function ownerOnLinux(port: number): Promise<string> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = tables.flatMap((table) =>
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === LISTENING)
      .map((columns) => `socket:[${columns[9] ?? ''}]`),
  );
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    for (const descriptor of await readdir(folder).catch(() => []))
      if (inodes.includes(await readlink(`${folder}/${descriptor}`).catch(() => ''))) {
        const name = await readFile(`/proc/${pid}/comm`, 'utf8');
        return `${name.trim()} (pid ${pid})`;
      }
  }
  return "another user's process";
}

async function ownerByLsof(port: number): Promise<string> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const field = (letter: string): string =>
    stdout
      .split('\n')
      .find((line) => line.startsWith(letter))
      ?.slice(1) ?? '?';
  return `${field('c')} (pid ${field('p')})`;
}
