/**
 * The files of the real machine. It keeps what POSIX keeps: a write is complete when its promise resolves, durable
 * after `sync`; names are durable after `syncFolder`.
 */
import { constants } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  utimes,
  writeFile,
} from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Disk, DiskFile, DiskLock, DiskSpace, FileStat } from '../disk.ts';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from '../logger.ts';
import { NodeDiskFile } from './disk-file.ts';
import { InlineWrites } from './inline-writes.ts';
import { lockFile } from './file-lock.ts';

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  replace: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
} as const;

export class NodeDisk implements Disk {
  readonly #logger: Logger;
  readonly #inlineWrites: InlineWrites;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#inlineWrites = new InlineWrites(clock);
  }

  async open(path: string, mode: 'read' | 'write' | 'replace'): Promise<DiskFile> {
    return new NodeDiskFile(path, await open(path, FLAGS[mode], 0o644), this.#inlineWrites);
  }

  readFile(path: string): Promise<Buffer> {
    return readFile(path);
  }

  writeFile(path: string, data: Buffer | string): Promise<void> {
    return writeFile(path, data);
  }

  /** Not by `recursive`: where a folder exists and takes no children (/proc), Node tries for ever. */
  async makeFolder(path: string): Promise<void> {
    try {
      await mkdir(path);
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
    return (await readdir(path)).sort();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      const found = await stat(path);
      return { size: found.size, modifiedMs: Math.trunc(found.mtimeMs), isFolder: found.isDirectory() };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  removeFile(path: string): Promise<void> {
    return rm(path, { force: true });
  }

  removeFolder(path: string): Promise<void> {
    return rm(path, { recursive: true, force: true });
  }

  async syncFolder(path: string): Promise<void> {
    let folder: FileHandle;
    try {
      folder = await open(path, constants.O_RDONLY);
    } catch (error) {
      // Windows cannot open a folder; its file system orders names by itself, as Kafka's Utils.flushDir notes.
      if (process.platform === 'win32') return;
      throw error;
    }
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async setModifiedMs(path: string, modifiedMs: number): Promise<void> {
    const seconds = modifiedMs / 1000;
    await utimes(path, seconds, seconds);
  }

  async space(path: string): Promise<DiskSpace> {
    const { bsize, blocks, bavail } = await statfs(path);
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
  }

  absolutePath(path: string): string {
    const absolute = isAbsolute(path) ? path : `${process.cwd()}/${path}`;
    const single = absolute.replaceAll(/\/+/g, '/');
    return single.length > 1 ? single.replace(/\/$/, '') : single;
  }

  async lock(path: string): Promise<DiskLock | undefined> {
    await this.makeFolder(dirname(path));
    return lockFile(path, this.#logger);
  }
}

function isAbsent(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
