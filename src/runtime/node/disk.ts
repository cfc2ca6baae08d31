/**
 * The files of the real machine. It keeps what POSIX keeps: a write is complete when its promise resolves, durable
 * after `sync`; names are durable after `syncFolder`.
 */
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Disk, DiskFile, DiskLock, DiskSpace, FileStat } from '../disk.ts';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from '../logger.ts';
import { NodeDiskFile } from './disk-file.ts';
import { DeviceProgress, deviceNumbers } from './device-progress.ts';
import { DiskThreads } from './disk-threads.ts';
import { lockFile } from './file-lock.ts';
import { InlineWrites } from './inline-writes.ts';
import { readWholeFile } from './read-whole-file.ts';

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  replace: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
} as const;

export class NodeDisk implements Disk {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #threads = new DiskThreads();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  async open(path: string, mode: 'read' | 'write' | 'replace'): Promise<DiskFile> {
    const lane = this.#threads.laneOf(path);
    return new NodeDiskFile(path, await lane.run(() => open(path, FLAGS[mode], 0o644)), lane);
  }

  readFile(path: string): Promise<Buffer> {
    return this.#run(path, () => readWholeFile(path));
  }

  writeFile(path: string, data: Buffer | string): Promise<void> {
    return this.#run(path, () => writeFile(path, data));
  }

  /** Not by `recursive`: where a folder exists and takes no children (/proc), Node tries for ever. */
  async makeFolder(path: string): Promise<void> {
    try {
      await this.#run(path, () => mkdir(path));
    } catch (error) {
      const parent = dirname(path);
      const code = errorCodeOf(error);
      if (code === 'EEXIST' && (await this.#isFolder(path))) return;
      if (code !== 'ENOENT' || parent === path || (await this.#isFolder(parent))) throw error;
      await this.makeFolder(parent);
      await this.makeFolder(path);
    }
  }

  async #isFolder(path: string): Promise<boolean> {
    return (await this.stat(path))?.isFolder === true;
  }

  async list(path: string): Promise<string[]> {
    return (await this.#run(path, () => readdir(path))).sort();
  }

  async listFolders(path: string): Promise<string[]> {
    const folders: string[] = [];
    for (const entry of await this.#run(path, () => readdir(path, { withFileTypes: true }))) {
      const isFolder = entry.isSymbolicLink()
        ? (await this.stat(`${path}/${entry.name}`))?.isFolder === true
        : entry.isDirectory();
      if (isFolder) folders.push(entry.name);
    }
    return folders.sort();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      const found = await this.#run(path, () => stat(path));
      return { size: found.size, modifiedMs: Math.trunc(found.mtimeMs), isFolder: found.isDirectory() };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run(from, () => rename(from, to));
  }

  removeFile(path: string): Promise<void> {
    return this.#run(path, () => rm(path, { force: true }));
  }

  /** Not by `recursive`: Node would remove all children at once, with all threads there are. */
  async removeFolder(path: string): Promise<void> {
    try {
      const children = await this.#run(path, () => readdir(path, { withFileTypes: true }));
      for (const child of children) {
        const childPath = `${path}/${child.name}`;
        if (child.isDirectory()) await this.removeFolder(childPath);
        else await this.removeFile(childPath);
      }
      await this.#run(path, () => rmdir(path));
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
    }
  }

  async syncFolder(path: string): Promise<void> {
    let folder: FileHandle;
    try {
      folder = await this.#run(path, () => open(path, constants.O_RDONLY));
    } catch (error) {
      // Windows cannot open a folder; its file system orders names by itself, as Kafka's Utils.flushDir notes.
      if (process.platform === 'win32') return;
      throw error;
    }
    try {
      await this.#run(path, () => folder.sync());
    } finally {
      await this.#run(path, () => folder.close());
    }
  }

  async setModifiedMs(path: string, modifiedMs: number): Promise<void> {
    const seconds = modifiedMs / 1000;
    await this.#run(path, () => utimes(path, seconds, seconds));
  }

  async space(path: string): Promise<DiskSpace> {
    const { bsize, blocks, bavail } = await this.#run(path, () => statfs(path));
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
  }

  absolutePath(path: string): string {
    const absolute = isAbsolute(path) ? path : `${process.cwd()}/${path}`;
    const single = absolute.replaceAll(/\/+/g, '/');
    return single.length > 1 ? single.replace(/\/$/, '') : single;
  }

  async lock(path: string): Promise<DiskLock | undefined> {
    const dir = dirname(path);
    await this.makeFolder(dir);
    const lock = await lockFile(path, this.#logger);
    if (lock === undefined) return undefined;
    const { dev } = await stat(dir);
    const device = new DeviceProgress(this.#clock, deviceNumbers(dev));
    this.#threads.addDir(dir, new InlineWrites(this.#clock, device));
    return {
      release: async () => {
        this.#threads.removeDir(dir);
        await lock.release();
      },
    };
  }

  #run<T>(path: string, call: () => Promise<T>): Promise<T> {
    return this.#threads.laneOf(path).run(call);
  }
}

function isAbsent(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
