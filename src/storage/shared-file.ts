/**
 * One open descriptor that several readers may be using when somebody wants it closed: it is opened at first use and
 * closed when asked to and the last user is done. Cold segments are kept closed, so a broker with many old segments
 * does not run out of descriptors.
 */
import type { Disk, DiskFile } from '../runtime/index.ts';

export class SharedFile {
  readonly #disk: Disk;
  #path: string;
  #mode: 'read' | 'write';
  #opening: Promise<DiskFile> | undefined;
  #users = 0;
  #closeWhenIdle = false;

  constructor(disk: Disk, path: string, mode: 'read' | 'write') {
    this.#disk = disk;
    this.#path = path;
    this.#mode = mode;
  }

  get path(): string {
    return this.#path;
  }
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** The file was renamed: a descriptor that is open goes on working. */
  renamed(path: string): void {
    this.#path = path;
  }

  async use<T>(task: (file: DiskFile) => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      this.#opening ??= this.#disk.open(this.#path, this.#mode);
      let file: DiskFile;
      try {
        file = await this.#opening;
      } catch (error) {
        this.#opening = undefined;
        throw error;
      }
      return await task(file);
    } finally {
      this.#users -= 1;
      if (this.#users === 0 && this.#closeWhenIdle) await this.#closeNow();
    }
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

  /** Closes at once, or when the last user is done. It may be used again afterwards. */
  async close(): Promise<void> {
    if (this.#users > 0) this.#closeWhenIdle = true;
    else await this.#closeNow();
  }

  async #closeNow(): Promise<void> {
    this.#closeWhenIdle = false;
    const opening = this.#opening;
    this.#opening = undefined;
    const file = await opening;
    await file?.close();
  }
}
