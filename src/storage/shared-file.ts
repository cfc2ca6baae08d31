/**
 * A file that several readers may be using when somebody wants its descriptor closed: it is opened at first use, and
 * a descriptor that is given up closes when its last user is done. Of the files of a log that are only read at most
 * one stays open, so a broker with many old segments does not run out of descriptors.
 */
import type { Disk, DiskFile } from '../runtime/index.ts';

interface Handle {
  readonly opening: Promise<DiskFile>;
  /** Once it is open. */
  file: DiskFile | undefined;
  users: number;
  isRetired: boolean;
}

/** Which of the files of one log that are only read is open. */
export class ReadFiles {
  #open: SharedFile | undefined;

  /** The one before closes when its users are done. */
  opened(file: SharedFile): void {
    const previous = this.#open;
    this.#open = file;
    if (previous === undefined || previous === file || previous.mode === 'write') return;
    // Nothing was written through it that could be lost.
    previous.close().catch(() => undefined);
  }
}

export class SharedFile {
  readonly #readFiles: ReadFiles;
  readonly #disk: Disk;
  #path: string;
  #mode: 'read' | 'write';
  #handle: Handle | undefined;

  constructor(
    { disk, readFiles }: { readonly disk: Disk; readonly readFiles: ReadFiles },
    path: string,
    mode: 'read' | 'write',
  ) {
    this.#readFiles = readFiles;
    this.#disk = disk;
    this.#path = path;
    this.#mode = mode;
  }

  get mode(): 'read' | 'write' {
    return this.#mode;
  }

  /** The file has another name now: a descriptor that is open goes on working. */
  renamed(path: string): void {
    this.#path = path;
  }

  async use<T>(task: (file: DiskFile) => Promise<T>): Promise<T> {
    const handle = (this.#handle ??= this.#open());
    handle.users += 1;
    try {
      return await task(await handle.opening);
    } finally {
      handle.users -= 1;
      if (handle.isRetired && handle.users === 0) await closeHandle(handle);
    }
  }

  /** What `task` says of the open file, at once; false where it would have to be opened first. */
  now(task: (file: DiskFile) => boolean): boolean {
    const file = this.#handle?.file;
    return file !== undefined && task(file);
  }

  #open(): Handle {
    if (this.#mode === 'read') this.#readFiles.opened(this);
    const opening = this.#disk.open(this.#path, this.#mode);
    const handle: Handle = { opening, file: undefined, users: 0, isRetired: false };
    opening.then(
      (file) => (handle.file = file),
      // Those who wait for it hear of a failure; the next use tries again.
      () => {
        if (this.#handle === handle) this.#handle = undefined;
      },
    );
    return handle;
  }

  /**
   * Only the segment being written is opened for writing: that creates a missing file, and a reader that comes late
   * to a deleted segment must not bring it back.
   */
  async setMode(mode: 'read' | 'write'): Promise<void> {
    if (this.#mode === mode) return;
    this.#mode = mode;
    await this.close();
  }

  /** Gives the descriptor up; the next use opens a new one. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    handle.isRetired = true;
    if (handle.users === 0) await closeHandle(handle);
  }
}

async function closeHandle({ opening }: Handle): Promise<void> {
  let file: DiskFile;
  try {
    file = await opening;
  } catch {
    return;
  }
  await file.close();
}
