/**
 * Which leader epoch began at which offset of this log: what followers compare to find where two logs part
 * (KIP-101, KIP-279). Epochs and offsets both rise strictly; whatever would break that drops the entries in its way.
 * In memory only: the log stores it as leader-epoch-checkpoint whenever `isDirty` says so.
 */
import type { EpochEntry } from './checkpoint-files.ts';
import type { EpochEndOffset } from './log-types.ts';

const UNDEFINED_EPOCH = -1;
const UNDEFINED_EPOCH_OFFSET = -1;

export class LeaderEpochCache {
  #entries: EpochEntry[];
  #dirty = false;

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }
  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1);
  }
  get earliest(): EpochEntry | undefined {
    return this.#entries[0];
  }
  get isDirty(): boolean {
    return this.#dirty;
  }
  /** To be called when the entries were handed to the disk. */
  markStored(): void {
    this.#dirty = false;
  }

  assign(epoch: number, startOffset: number): void {
    const { latest } = this;
    if (latest?.epoch === epoch && startOffset >= latest.startOffset) return;
    this.#dirty = true;
    while (
      this.latest !== undefined &&
      (this.latest.epoch >= epoch || this.latest.startOffset >= startOffset)
    )
      this.#entries.pop();
    this.#entries.push({ epoch, startOffset });
  }

  /**
   * A batch that is in the log was written in this epoch, whatever is remembered: after a power loss the file of
   * epochs may be of another moment than the batches. Followers compare epochs and copy batches; where the two
   * disagree they would cut and copy for ever.
   */
  agreeWith(epoch: number, offset: number): void {
    if (this.epochForOffset(offset) === epoch) return;
    while (this.latest !== undefined && this.latest.epoch > epoch) {
      this.#entries.pop();
      this.#dirty = true;
    }
    this.assign(epoch, offset);
  }

  /** Drops what begins at or after `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    while (this.latest !== undefined && this.latest.startOffset >= endOffset) {
      this.#entries.pop();
      this.#dirty = true;
    }
  }

  /** Drops what ended before `startOffset`; the epoch that spans it begins there now. */
  truncateFromStart(startOffset: number): void {
    const spanning = this.#entries.findLast((entry) => entry.startOffset <= startOffset);
    if (spanning === undefined || (spanning === this.#entries[0] && spanning.startOffset === startOffset))
      return;
    this.#entries = this.#entries.slice(this.#entries.indexOf(spanning) + 1);
    this.#entries.unshift({ epoch: spanning.epoch, startOffset });
    this.#dirty = true;
  }

  clear(): void {
    if (this.#entries.length > 0) this.#dirty = true;
    this.#entries = [];
  }

  /**
   * The largest epoch not above the one asked for, and where it ended: at the start of the next, or at the end of
   * the log. An epoch above all known ones is undefined here; one below all ended where the first known began.
   */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEndOffset {
    if (epoch === UNDEFINED_EPOCH) return { leaderEpoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_EPOCH_OFFSET };
    if (this.latest?.epoch === epoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
    const higher = this.#entries.find((entry) => entry.epoch > epoch);
    if (higher === undefined) return { leaderEpoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_EPOCH_OFFSET };
    const floor = this.#entries.findLast((entry) => entry.epoch <= epoch);
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: higher.startOffset };
  }

  /** The epoch an offset was written in, or -1. */
  epochForOffset(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? UNDEFINED_EPOCH;
  }
}
