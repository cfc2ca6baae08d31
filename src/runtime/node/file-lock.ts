/**
 * The lock on a log folder's `.lock` file, by which two brokers keep out of each other's data. Java's FileChannel
 * takes POSIX record locks through fcntl, so a JVM broker and Klassik exclude each other only if we do the same;
 * Node has no such call, so libc is asked directly. POSIX locks belong to the process and fall when it closes any
 * handle of the file: a table keeps the second broker of one process out, and nobody else may open the file.
 */
import { constants } from 'node:fs';
import { open, readFile, realpath, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DiskLock } from '../disk.ts';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from '../logger.ts';

const heldByThisProcess = new Set<string>();

export async function lockFile(path: string, logger: Logger): Promise<DiskLock | undefined> {
  // Two names of one folder must not pass for two folders.
  const key = join(await realpath(dirname(path)), basename(path));
  if (heldByThisProcess.has(key)) return undefined;
  heldByThisProcess.add(key);
  try {
    const unlock = await take(path, logger);
    if (unlock !== undefined) return { release: () => unlock().finally(() => heldByThisProcess.delete(key)) };
  } catch (error) {
    heldByThisProcess.delete(key);
    throw error;
  }
  heldByThisProcess.delete(key);
  return undefined;
}

async function take(path: string, logger: Logger): Promise<(() => Promise<void>) | undefined> {
  const lockWholeFile = await posixLock();
  if (lockWholeFile === undefined) return takeByNote(path, logger);
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  return (await lockedOrClosed(handle, lockWholeFile)) ? () => handle.close() : undefined;
}

async function lockedOrClosed(handle: FileHandle, lockWholeFile: (fd: number) => boolean): Promise<boolean> {
  let locked = false;
  try {
    locked = lockWholeFile(handle.fd);
  } finally {
    if (!locked) await handle.close();
  }
  return locked;
}

/** Where libc is, F_SETLK, and `struct flock` with a write lock over the whole file. */
const PLATFORMS: Readonly<Record<string, { library: string; command: number; flock: () => Buffer }>> = {
  linux: {
    library: 'libc.so.6',
    command: 6,
    flock: () => {
      const flock = Buffer.alloc(32);
      flock.writeInt16LE(1, 0);
      return flock;
    },
  },
  darwin: {
    library: 'libSystem.dylib',
    command: 8,
    flock: () => {
      const flock = Buffer.alloc(24);
      flock.writeInt16LE(3, 20);
      return flock;
    },
  },
};

/** Locks a whole file for this process, false when another one holds it; undefined when libc cannot be called here. */
async function posixLock(): Promise<((fd: number) => boolean) | undefined> {
  const platform = PLATFORMS[process.platform];
  // The struct layout above is that of the 64-bit ABIs.
  if (platform === undefined || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const fcntl: unknown = koffi.load(platform.library).func('int fcntl(int fd, int command, ...)');
    return (fd) => {
      const result: unknown = (fcntl as ForeignFunction)(fd, platform.command, 'void *', platform.flock());
      if (result === 0) return true;
      const { EAGAIN, EACCES } = koffi.os.errno;
      const errno = koffi.errno();
      if (errno === EAGAIN || errno === EACCES) return false;
      throw new Error(`fcntl(F_SETLK) failed with errno ${errno}`);
    };
  } catch {
    // Not installed for this platform, or no libc under that name (musl): the caller warns.
    return undefined;
  }
}

type ForeignFunction = (...args: readonly unknown[]) => unknown;

/**
 * Without libc: a note of the process id in the lock file. It keeps two Klassik brokers apart, but a JVM broker
 * does not look at it, hence the warning.
 */
async function takeByNote(path: string, logger: Logger): Promise<(() => Promise<void>) | undefined> {
  logger.warn(`file locks are not available here, so a JVM broker would not notice that ${path} is in use`);
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  if (Number.isInteger(holder) && holder > 0 && holder !== process.pid && isAlive(holder)) return undefined;
  await writeFile(path, String(process.pid));
  return () => writeFile(path, '');
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}
