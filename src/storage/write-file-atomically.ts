/**
 * Replaces a small file so that a crash leaves the old or the new content, never a mix: write aside, sync, rename,
 * sync the folder. Checkpoints and meta.properties depend on it (contract section 4.1).
 */
import { SerialQueue } from '../common/index.ts';
import type { Disk } from '../runtime/index.ts';
import { ASIDE_SUFFIX } from './file-names.ts';

export async function writeFileAtomically(disk: Disk, path: string, content: Buffer | string): Promise<void> {
  await replaceFile(disk, path, content);
  await disk.syncFolder(path.slice(0, path.lastIndexOf('/')));
}

/** Until the folder is synced, either content may be there after a loss of power. */
export async function replaceFile(disk: Disk, path: string, content: Buffer | string): Promise<void> {
  const aside = path + ASIDE_SUFFIX;
  const file = await disk.open(aside, 'replace');
  try {
    await file.writev([typeof content === 'string' ? Buffer.from(content, 'utf8') : content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(aside, path);
}

/**
 * A file that several owners of a timer or a partition ask to have replaced, as they do with checkpoints. One write at a
 * time: two would share the file aside, and the slower would find it renamed away. The content is asked for when the
 * write's turn comes, so the last write holds what was true last; whoever asks while a write waits is served by it.
 */
export class ReplacedFile {
  readonly #disk: Disk;
  readonly #path: () => string;
  readonly #writes = new SerialQueue();
  #waiting: Promise<void> | undefined;

  constructor(disk: Disk, path: () => string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Resolves when a content asked for after this call is durable. */
  replace(content: () => string): Promise<void> {
    this.#waiting ??= this.#writes.run(() => {
      this.#waiting = undefined;
      return writeFileAtomically(this.#disk, this.#path(), content());
    });
    return this.#waiting;
  }
}
