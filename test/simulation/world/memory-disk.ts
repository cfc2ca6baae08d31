/**
 * A disk in memory that keeps the promises POSIX makes and no more (see runtime/disk.ts), and can be made full, slow
 * or broken. It belongs to a machine and outlives the processes on it; a process sees it through `diskFor`.
 */
import type { Disk, DiskFile, DiskLock, FileStat } from '../../../src/runtime/index.ts';
import { Folder, FolderTree } from './folder-tree.ts';
import type { Node } from './folder-tree.ts';
import { MemoryFile } from './memory-file.ts';
import type { SeededRandom } from './seeded-random.ts';

export type DiskOperation =
  'open' | 'close' | 'read' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove' | 'list' | 'folder';

/** What goes wrong with one call. */
export interface DiskFault {
  /** The system error it ends with; without one it only takes long. */
  readonly code?: string;
  readonly delayMs?: number;
  /** Of a write that fails: what the disk took before. */
  readonly bytesTaken?: number;
}

/** How a process waits for its disk: the promise never settles once the process is dead. */
export interface DiskProcess {
  readonly nowMs: () => number;
  readonly wait: (delayMs: number) => Promise<void>;
}

export const USUAL_LATENCY_MS = [0.01, 0.2] as const;

export class MemoryDisk {
  readonly #tree = new FolderTree();
  readonly #random: SeededRandom;
  readonly #locks = new Map<string, DiskProcess>();
  /** How long an operation takes, drawn evenly between the two. */
  latencyMs: readonly [min: number, max: number] = USUAL_LATENCY_MS;
  /** Bytes the disk holds; writing beyond fails with ENOSPC. */
  capacityBytes = Infinity;
  /** Decides that an operation fails, by its system error code, or what else goes wrong with it. */
  fault: (operation: DiskOperation, path: string) => string | DiskFault | undefined = () => undefined;
  /** Calls that came to the disk, of any kind. */
  calls = 0;
  #usedBytes = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The power fails. `keep`: nothing that was not synced, or what chance keeps of it. */
  losePower(keep: 'nothing' | 'some'): void {
    this.#tree.losePower(keep === 'some' ? this.#random : undefined);
    this.#locks.clear();
    this.#usedBytes = 0;
    for (const file of filesBelow(this.#tree.root)) this.#usedBytes += file.usedBytes;
  }

  /** A process ended: its locks are free. */
  endProcess(process: DiskProcess): void {
    for (const [path, holder] of this.#locks) if (holder === process) this.#locks.delete(path);
  }

  /** What a file holds now, for tests. */
  peek(path: string): Buffer | undefined {
    const node = this.#tree.find(path);
    return node?.kind === 'file' ? node.bytes : undefined;
  }

  /** A file as it is and will be, for those who look at it often. */
  file(path: string): Pick<MemoryFile, 'size' | 'read'> | undefined {
    const node = this.#tree.find(path);
    return node?.kind === 'file' ? node : undefined;
  }

  /** What a folder holds now, sorted, for tests. */
  names(path: string): string[] {
    const node = this.#tree.find(path);
    return node?.kind === 'folder' ? [...node.live.keys()].sort() : [];
  }

  diskFor(process: DiskProcess): Disk {
    const act = <T>(operation: DiskOperation, path: string, action: () => T): Promise<T> =>
      this.#act(process, operation, path, action);
    return {
      open: (path, mode) => act('open', path, () => this.#open(process, path, mode)),
      readFile: (path) => act('read', path, () => this.#file(path).bytes),
      writeFile: (path, data) =>
        act('write', path, () => {
          const file = this.#create(process, path);
          this.#truncate(file, 0);
          this.#write(process, path, file, 0, Buffer.from(data));
        }),
      makeFolder: (path) => act('folder', path, () => this.#makeFolder(path)),
      list: (path) => act('list', path, () => [...this.#folder(path).live.keys()].sort()),
      listFolders: (path) =>
        act('list', path, () =>
          [...this.#folder(path).live.keys()]
            .filter((name) => this.#stat(`${path}/${name}`)?.isFolder === true)
            .sort(),
        ),
      stat: (path) => act('list', path, () => this.#stat(path)),
      rename: (from, to) => act('rename', from, () => this.#rename(from, to)),
      removeFile: (path) => act('remove', path, () => this.#remove(path, 'file')),
      removeFolder: (path) => act('remove', path, () => this.#remove(path, 'folder')),
      syncFolder: (path) => act('sync', path, () => this.#tree.sync(this.#folder(path))),
      setModifiedMs: (path, modifiedMs) =>
        act('write', path, () => void (this.#file(path).modifiedMs = modifiedMs)),
      space: (path) =>
        act('list', path, () => ({
          totalBytes: this.capacityBytes,
          usableBytes: this.capacityBytes - this.#usedBytes,
        })),
      absolutePath: (path) => path,
      lock: (path) => act('open', path, () => this.#lock(process, path)),
    };
  }

  async #act<T>(
    process: DiskProcess,
    operation: DiskOperation,
    path: string,
    action: () => T,
    takeSome: (bytes: number) => void = () => undefined,
  ): Promise<T> {
    await process.wait(this.#random.between(...this.latencyMs));
    const fault = this.#faultOf(operation, path);
    if (fault.delayMs !== undefined) await process.wait(fault.delayMs);
    if (fault.code === undefined) return action();
    if (fault.bytesTaken !== undefined) takeSome(fault.bytesTaken);
    throw systemError(fault.code, operation, path);
  }

  #faultOf(operation: DiskOperation, path: string): DiskFault {
    this.calls += 1;
    const found = this.fault(operation, path);
    return typeof found === 'string' ? { code: found } : (found ?? {});
  }

  #open(process: DiskProcess, path: string, mode: 'read' | 'write' | 'replace'): DiskFile {
    const file = mode === 'read' ? this.#file(path) : this.#create(process, path);
    if (mode === 'replace') this.#truncate(file, 0);
    let isOpen = true;
    const act = <T>(
      operation: DiskOperation,
      action: () => T,
      takeSome?: (bytes: number) => void,
    ): Promise<T> =>
      this.#act(
        process,
        operation,
        path,
        () => {
          if (!isOpen) throw systemError('EBADF', operation, path);
          return action();
        },
        takeSome,
      );
    return {
      path,
      read: (buffer, position) => act('read', () => file.read(buffer, position)),
      writev: (buffers, position) => {
        const data = Buffer.concat(buffers);
        const write = (bytes: number): void => {
          if (mode === 'read') throw systemError('EBADF', 'write', path);
          this.#write(process, path, file, position, data.subarray(0, bytes));
        };
        return act('write', () => write(data.length), write);
      },
      writeNow: (buffers, position) => {
        // Now and then, so that both ways are gone.
        if (this.#random.below(2) === 0) return false;
        if (!isOpen) throw systemError('EBADF', 'write', path);
        const data = Buffer.concat(buffers);
        const fault = this.#faultOf('write', path);
        // Nobody waits here for a slow disk.
        if (fault.code !== undefined) {
          this.#write(process, path, file, position, data.subarray(0, fault.bytesTaken ?? 0));
          throw systemError(fault.code, 'write', path);
        }
        this.#write(process, path, file, position, data);
        return true;
      },
      truncate: (size) => act('truncate', () => this.#truncate(file, size)),
      sync: () => act('sync', () => file.sync()),
      size: () => act('list', () => file.size),
      close: () => act('close', () => void (isOpen = false)),
    };
  }

  #write(process: DiskProcess, path: string, file: MemoryFile, position: number, data: Buffer): void {
    const growth = Math.max(0, position + data.length - file.usedBytes);
    if (this.#usedBytes + growth > this.capacityBytes) {
      // A full disk takes what fits, as the real one does.
      const fitting = Math.max(
        0,
        Math.min(data.length, data.length - (this.#usedBytes + growth - this.capacityBytes)),
      );
      this.#usedBytes += Math.max(0, position + fitting - file.usedBytes);
      if (fitting > 0) file.write(position, data.subarray(0, fitting));
      throw systemError('ENOSPC', 'write', path);
    }
    this.#usedBytes += growth;
    file.write(position, data);
    file.modifiedMs = process.nowMs();
  }

  #truncate(file: MemoryFile, size: number): void {
    const before = file.usedBytes;
    file.truncate(size);
    this.#usedBytes += file.usedBytes - before;
  }

  #create(process: DiskProcess, path: string): MemoryFile {
    const found = this.#tree.find(path);
    if (found?.kind === 'file') return found;
    if (found !== undefined) throw systemError('EISDIR', 'open', path);
    const place = this.#tree.place(path);
    if (place === undefined) throw systemError('ENOENT', 'open', path);
    const node = new MemoryFile();
    node.modifiedMs = process.nowMs();
    this.#tree.assign({ ...place, node });
    return node;
  }

  #makeFolder(path: string): void {
    let at = '';
    for (const part of path.split('/').filter((name) => name !== '')) {
      at += `/${part}`;
      const found = this.#tree.find(at);
      if (found?.kind === 'file') throw systemError('EEXIST', 'mkdir', at);
      if (found === undefined) this.#tree.assign({ ...this.#tree.place(at)!, node: new Folder() });
    }
  }

  #stat(path: string): FileStat | undefined {
    const node = this.#tree.find(path);
    if (node === undefined) return undefined;
    return { size: node.size, modifiedMs: node.modifiedMs, isFolder: node.kind === 'folder' };
  }

  #rename(from: string, to: string): void {
    const node = this.#tree.find(from);
    const source = this.#tree.place(from);
    const target = this.#tree.place(to);
    if (node === undefined || source === undefined || target === undefined)
      throw systemError('ENOENT', 'rename', from);
    const replaced = target.folder.live.get(target.name);
    if (replaced === node) return;
    if (replaced?.kind === 'folder' && replaced.live.size > 0) throw systemError('ENOTEMPTY', 'rename', to);
    if (replaced?.kind === 'file') this.#usedBytes -= replaced.size;
    this.#tree.assign({ ...source, node: undefined }, { ...target, node });
  }

  #remove(path: string, kind: 'file' | 'folder'): void {
    const node = this.#tree.find(path);
    const place = this.#tree.place(path);
    if (node === undefined || place === undefined) return;
    if (kind === 'file' && node.kind === 'folder') throw systemError('EISDIR', 'unlink', path);
    for (const file of filesBelow(node)) this.#usedBytes -= file.size;
    this.#tree.assign({ ...place, node: undefined });
  }

  #lock(process: DiskProcess, path: string): DiskLock | undefined {
    if (this.#locks.has(path)) return undefined;
    this.#create(process, path);
    this.#locks.set(path, process);
    return {
      release: () => {
        if (this.#locks.get(path) === process) this.#locks.delete(path);
        return Promise.resolve();
      },
    };
  }

  #file(path: string): MemoryFile {
    const node = this.#tree.find(path);
    if (node === undefined) throw systemError('ENOENT', 'open', path);
    if (node.kind === 'folder') throw systemError('EISDIR', 'open', path);
    return node;
  }

  #folder(path: string): Folder {
    const node = this.#tree.find(path);
    if (node === undefined) throw systemError('ENOENT', 'scandir', path);
    if (node.kind === 'file') throw systemError('ENOTDIR', 'scandir', path);
    return node;
  }
}

function* filesBelow(node: Node): IterableIterator<MemoryFile> {
  if (node.kind === 'file') yield node;
  else for (const child of node.live.values()) yield* filesBelow(child);
}

export function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}
