/** The file of a history, written while the run goes on: one that is killed can still be checked. */
import { open, type FileHandle } from 'node:fs/promises';
import { errorMessageOf } from '../../runtime/index.ts';
import { eventLine, settingsLine } from '../../verify/index.ts';
import type { HistoryEvent, RunSettings } from '../../verify/index.ts';

export class HistoryFile {
  readonly #file: FileHandle;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writeError: string | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string, settings: RunSettings): Promise<HistoryFile> {
    const file = await open(path, 'w');
    await file.write(settingsLine(settings));
    return new HistoryFile(file);
  }

  add(event: HistoryEvent): void {
    this.#lines.push(eventLine(event));
    if (this.#lines.length > 1) return;
    this.#writing = this.#writing.then(() => this.#flush());
  }

  /** Everything is in the file when this resolves. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#flush();
    await this.#file.close();
    if (this.#writeError !== undefined)
      throw new Error(`the history could not be written: ${this.#writeError}`);
  }

  /** What has gathered while the write before it was under way. */
  async #flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    await this.#file
      .appendFile(lines.join(''))
      .catch((error: unknown) => (this.#writeError ??= errorMessageOf(error)));
  }
}
