/**
 * The producer snapshots of one log on disk: which offsets have one, which wait to be written. Taking a snapshot is
 * synchronous (the state must be that of the very offset), storing it is not.
 */
import type { Disk } from '../runtime/index.ts';
import { DELETED_SUFFIX, offsetFileName, offsetOfFileName, SNAPSHOT_SUFFIX } from './file-names.ts';
import { renameIfThere } from './log-segment.ts';
import {
  CorruptSnapshotError,
  decodeProducerSnapshot,
  encodeProducerSnapshot,
  type ProducerSnapshotEntry,
} from './producer-snapshot.ts';
import type { ProducerStateManager } from './producer-state-manager.ts';

export interface LoadedSnapshot {
  readonly offset: number;
  readonly entries: readonly ProducerSnapshotEntry[];
}

export class SnapshotFiles {
  readonly #disk: Disk;
  #dir: string;
  readonly #onUnsound: (path: string, error: CorruptSnapshotError) => void;
  readonly #stored = new Set<number>();
  readonly #pending = new Map<number, Buffer>();

  constructor(
    disk: Disk,
    dir: string,
    fileNames: readonly string[],
    onUnsound: (path: string, error: CorruptSnapshotError) => void,
  ) {
    this.#disk = disk;
    this.#onUnsound = onUnsound;
    this.#dir = dir;
    for (const name of fileNames) {
      const offset = offsetOfFileName(name, SNAPSHOT_SUFFIX);
      if (offset !== undefined) this.#stored.add(offset);
    }
  }

  get offsets(): number[] {
    return [...new Set([...this.#stored, ...this.#pending.keys()])].sort((left, right) => left - right);
  }

  folderRenamed(dir: string): void {
    this.#dir = dir;
  }

  /** Notes a snapshot of the state as it is now, unless the newest one is of the same offset. */
  take(producers: ProducerStateManager): void {
    const offset = producers.mapEndOffset;
    if (offset <= producers.lastSnapshotOffset) return;
    this.#pending.set(offset, encodeProducerSnapshot(producers.snapshot()));
    producers.lastSnapshotOffset = offset;
  }

  /** Writes what was taken up to `offset`; true when there was something. */
  async storePending(offset: number): Promise<boolean> {
    const due = [...this.#pending].filter(([at]) => at <= offset);
    for (const [at, bytes] of due) {
      const file = await this.#disk.open(this.#path(at), 'replace');
      try {
        await file.writev([bytes], 0);
        await file.sync();
      } finally {
        await file.close();
      }
      this.#stored.add(at);
      this.#pending.delete(at);
    }
    return due.length > 0;
  }

  /** The newest sound snapshot not above `offset`; unsound ones are removed on the way. */
  async loadLatest(offset: number): Promise<LoadedSnapshot | undefined> {
    for (const at of this.offsets.reverse()) {
      if (at > offset) continue;
      try {
        const bytes = this.#pending.get(at) ?? (await this.#disk.readFile(this.#path(at)));
        return { offset: at, entries: decodeProducerSnapshot(bytes) };
      } catch (error) {
        if (!(error instanceof CorruptSnapshotError)) throw error;
        this.#onUnsound(this.#path(at), error);
        await this.#remove(at);
      }
    }
    return undefined;
  }

  /** Removes those that cannot belong to a log of this extent. */
  async removeOutside(logStartOffset: number, logEndOffset: number): Promise<void> {
    for (const at of this.offsets) if (at > logEndOffset || at <= logStartOffset) await this.#remove(at);
  }

  /**
   * At load: keeps those at a segment's start and, behind the start of the last, the newest: a clean close left it at
   * the log's end.
   */
  async removeStray(segmentBaseOffsets: readonly number[]): Promise<void> {
    const stray = this.offsets.filter((at) => !segmentBaseOffsets.includes(at));
    const newest = stray.at(-1);
    const lastBase = Math.max(...segmentBaseOffsets);
    for (const at of stray) if (at !== newest || at < lastBase) await this.#remove(at);
  }

  /** With the segment it belongs to; `removeDeleted` follows after file.delete.delay.ms. */
  async markDeleted(offset: number): Promise<void> {
    this.#pending.delete(offset);
    if (!this.#stored.delete(offset)) return;
    await renameIfThere(this.#disk, this.#path(offset), this.#path(offset) + DELETED_SUFFIX);
  }

  async removeDeleted(offset: number): Promise<void> {
    await this.#disk.removeFile(this.#path(offset) + DELETED_SUFFIX);
  }

  async #remove(offset: number): Promise<void> {
    this.#pending.delete(offset);
    if (this.#stored.delete(offset)) await this.#disk.removeFile(this.#path(offset));
  }

  #path(offset: number): string {
    return `${this.#dir}/${offsetFileName(offset, SNAPSHOT_SUFFIX)}`;
  }
}
