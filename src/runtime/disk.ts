/**
 * The files of a broker. Errors are Node's own system errors, told apart by `code` (ENOENT, EEXIST, ENOSPC, EIO, ...).
 * The simulated disk keeps the promises POSIX makes and no more: what was not synced may vanish in a crash, and a
 * rename is durable only once its folder was synced.
 */
export interface Disk {
  /**
   * `read`: must exist, read only. `write`: read and write, created when missing, content kept.
   * `replace`: read and write, created or emptied.
   */
  open(path: string, mode: 'read' | 'write' | 'replace'): Promise<DiskFile>;
  readFile(path: string): Promise<Buffer>;
  /** Creates or replaces; not atomic, not synced: writeFileAtomically in storage/ builds that from the parts. */
  writeFile(path: string, data: Buffer | string): Promise<void>;
  /** Creates missing parents too; an existing folder is fine. */
  makeFolder(path: string): Promise<void>;
  /** Names only, sorted. */
  list(path: string): Promise<string[]>;
  /** Of what `list` gives the folders, and links to folders. */
  listFolders(path: string): Promise<string[]>;
  /** Undefined when nothing is there. */
  stat(path: string): Promise<FileStat | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is fine. */
  removeFile(path: string): Promise<void>;
  /** Removes a folder with everything in it; a missing one is fine. */
  removeFolder(path: string): Promise<void>;
  /** Makes creations, renames and removals in this folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Sets a file's modification time, in milliseconds since the epoch. */
  setModifiedMs(path: string, modifiedMs: number): Promise<void>;
  /** How large the file system is that holds a path, and what of it this process may still use. */
  space(path: string): Promise<DiskSpace>;
  /** The path from the root on, written as Java writes it: links and `..` are left as they are. */
  absolutePath(path: string): string;
  /** Takes an exclusive lock that another process's Kafka respects; undefined when somebody else holds it. */
  lock(path: string): Promise<DiskLock | undefined>;
}

export interface FileStat {
  readonly size: number;
  readonly modifiedMs: number;
  readonly isFolder: boolean;
}

export interface DiskSpace {
  readonly totalBytes: number;
  readonly usableBytes: number;
}

export interface DiskLock {
  release(): Promise<void>;
}

/** An open file. Reads and writes name their position; there is no file pointer. */
export interface DiskFile {
  readonly path: string;
  /** Fills `buffer` from `position` as far as the file reaches; returns the bytes read. */
  read(buffer: Buffer, position: number): Promise<number>;
  /** Writes all buffers back to back at `position`; resolves when the operating system took every byte. */
  writev(buffers: readonly Buffer[], position: number): Promise<void>;
  /**
   * Writes them before it returns, where that costs less than to hand them over and the disk is not known to be slow.
   * False: nothing was written, use `writev`. Throws the system error.
   */
  writeNow(buffers: readonly Buffer[], position: number): boolean;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}
