/**
 * Processes we know by number only: written to a file by an earlier command, perhaps before a reboot. A number is
 * given out again after its process ended, so before anything is signalled its command line has to name our files.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_MS = 25;

/** A zombie still answers signal 0 but is gone for every purpose; in a container without init it stays for ever. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the name, which stands in parentheses and may hold any character.
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

/** Whether the process lives and `path` stands in its command line. */
export async function runsWith(pid: number, path: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandLineOf(pid);
  return command === undefined || command.includes(path);
}

/** Undefined where neither /proc nor ps tells. */
async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux')
    return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
      (text) => text.replaceAll('\0', ' '),
      () => undefined,
    );
  const listed = promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
  return listed.then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

/** Signals a process and waits until it is gone. False when it outlives `timeoutMs`. */
export async function endProcess(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    return true;
  }
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
