/**
 * Which process listens on a port? People meet "address in use" before they meet Kafka, so the answer names it. On
 * Linux the kernel lists listening sockets by inode, and each process's open files by the same inode; elsewhere, and
 * where /proc says nothing, lsof is asked.
 */
import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const LISTENING = '0A';

/** `node (pid 123)`, or "another process" when it cannot be told, as for one of another user. */
export async function portOwner(port: number): Promise<string> {
  const owner = (await ownerFromProc(port)) ?? (await ownerFromLsof(port));
  return owner === undefined ? 'another process' : `${owner.name} (pid ${owner.pid})`;
}

interface Owner {
  readonly name: string;
  readonly pid: string;
}

async function ownerFromProc(port: number): Promise<Owner | undefined> {
  const sockets = await listeningSockets(port);
  if (sockets.length === 0) return undefined;
  for (const pid of (await entriesOf('/proc')).filter((name) => /^\d+$/.test(name)))
    for (const descriptor of await entriesOf(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (!sockets.includes(target)) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process');
      return { name: name.trim(), pid };
    }
  return undefined;
}

async function listeningSockets(port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === LISTENING)
    .map((columns) => `socket:[${columns[9] ?? ''}]`);
}

function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function ownerFromLsof(port: number): Promise<Owner | undefined> {
  const asked = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const listed = await promisify(execFile)('lsof', asked).catch(() => undefined);
  const lines = listed?.stdout.split('\n') ?? [];
  const pid = lines.find((line) => line.startsWith('p'))?.slice(1);
  const name = lines.find((line) => line.startsWith('c'))?.slice(1);
  return pid === undefined ? undefined : { pid, name: name ?? 'a process' };
}
