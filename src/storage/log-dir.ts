/**
 * One log dir: its lock, its checkpoints and the clean-shutdown marker (contract section 4.1). Knows nothing of the
 * logs inside; the manager tells it what to write.
 */
import { PartitionMap, type TopicPartition } from '../common/index.ts';
import type { Disk, DiskLock, Logger, Runtime } from '../runtime/index.ts';
import {
  CheckpointValueError,
  CLEAN_SHUTDOWN_CONTENT,
  CLEAN_SHUTDOWN_FILE,
  formatOffsetCheckpoint,
  type OffsetCheckpoint,
  parseOffsetCheckpoint,
} from './checkpoint-files.ts';
import { ReplacedFile, writeFileAtomically } from './write-file-atomically.ts';

const LOCK_FILE = '.lock';

/** Another broker, ours or the original, has the dir. Fatal at start-up. */
export class LogDirLockedError extends Error {
  override readonly name = 'LogDirLockedError';
}

export class LogDir {
  readonly path: string;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #checkpoints = new Map<OffsetCheckpoint, ReplacedFile>();
  #lock: DiskLock | undefined;

  constructor({ disk, logger }: Pick<Runtime, 'disk' | 'logger'>, path: string) {
    this.#disk = disk;
    this.#logger = logger;
    this.path = path;
  }

  async lock(): Promise<void> {
    await this.#disk.makeFolder(this.path);
    this.#lock = await this.#disk.lock(`${this.path}/${LOCK_FILE}`);
    if (this.#lock === undefined)
      throw new LogDirLockedError(
        `Failed to acquire lock on file ${LOCK_FILE} in ${this.path}. A Kafka instance in another process or thread is using this directory.`,
      );
  }

  /** The file goes with it, as the original's does. */
  async unlock(): Promise<void> {
    if (this.#lock === undefined) return;
    await this.#disk.removeFile(`${this.path}/${LOCK_FILE}`);
    await this.#lock.release();
    this.#lock = undefined;
  }

  /** Folder names, sorted. */
  folders(): Promise<string[]> {
    return this.#disk.listFolders(this.path);
  }

  /** Makes the names of what is in it durable. */
  syncNames(): Promise<void> {
    return this.#disk.syncFolder(this.path);
  }

  /** True when the last stop was clean. The marker goes at once: the next stop has to earn its own. */
  async takeCleanShutdownMarker(): Promise<boolean> {
    const path = `${this.path}/${CLEAN_SHUTDOWN_FILE}`;
    if ((await this.#disk.stat(path)) === undefined) return false;
    await this.#disk.removeFile(path);
    await this.#disk.syncFolder(this.path);
    return true;
  }

  async writeCleanShutdownMarker(): Promise<void> {
    await writeFileAtomically(this.#disk, `${this.path}/${CLEAN_SHUTDOWN_FILE}`, CLEAN_SHUTDOWN_CONTENT);
  }

  /**
   * Never written reads as empty, and missing does; then there is an empty one from here on. Numbers that cannot be count
   * as not written.
   */
  async readCheckpoint(name: OffsetCheckpoint): Promise<PartitionMap<number>> {
    const offsets = new PartitionMap<number>();
    const path = `${this.path}/${name}`;
    if ((await this.#disk.stat(path)) === undefined) {
      await this.#disk.writeFile(path, '');
      return offsets;
    }
    const text = (await this.#disk.readFile(path)).toString('utf8');
    try {
      for (const [{ topic, partition }, offset] of parseOffsetCheckpoint(text, path))
        offsets.set(topic, partition, offset);
    } catch (error) {
      if (!(error instanceof CheckpointValueError)) throw error;
      this.#logger.warn(
        `Error occurred while reading ${name} file of directory ${this.path}, which counts as empty: ${error.message}`,
      );
    }
    return offsets;
  }

  /** `offsets` is asked for when the write begins, perhaps after one that is under way. */
  async writeCheckpoint(
    name: OffsetCheckpoint,
    offsets: () => Iterable<readonly [TopicPartition, number]>,
  ): Promise<void> {
    let file = this.#checkpoints.get(name);
    if (file === undefined) {
      file = new ReplacedFile(this.#disk, () => `${this.path}/${name}`);
      this.#checkpoints.set(name, file);
    }
    await file.replace(() => formatOffsetCheckpoint(offsets()));
  }
}
