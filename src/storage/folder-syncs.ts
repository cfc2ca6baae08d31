/**
 * Syncs of folders that several wait for at the same time, as when a topic of many partitions is made in one log dir:
 * a sync serves all who asked before it began. Whoever asks while one is under way waits for the next: what is in the
 * folder since then that one need not have seen.
 */
import { SerialQueue } from '../common/index.ts';
import type { Disk } from '../runtime/index.ts';

interface FolderSync {
  readonly syncs: SerialQueue;
  waiting: Promise<void> | undefined;
}

export class FolderSyncs {
  readonly #disk: Pick<Disk, 'syncFolder'>;
  /** By path: one for each log dir. */
  readonly #folders = new Map<string, FolderSync>();

  constructor(disk: Pick<Disk, 'syncFolder'>) {
    this.#disk = disk;
  }

  /** Resolves when all that is in the folder now is durable by name. */
  sync(path: string): Promise<void> {
    let folder = this.#folders.get(path);
    if (folder === undefined)
      this.#folders.set(path, (folder = { syncs: new SerialQueue(), waiting: undefined }));
    const found = folder;
    found.waiting ??= found.syncs.run(() => {
      found.waiting = undefined;
      return this.#disk.syncFolder(path);
    });
    return found.waiting;
  }
}
