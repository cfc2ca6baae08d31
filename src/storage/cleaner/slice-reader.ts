/**
 * Reads segments slice by slice for a worker thread: whole batches each time, in memory that both threads see. The next
 * slice is read while the one before is looked at, so there are two buffers, for the whole pass; they grow for a batch
 * that does not fit.
 */
import { LOG_OVERHEAD, wholeBatchesSize } from '../../records/index.ts';
import { LOG_SUFFIX } from '../file-names.ts';
import type { LogSegment } from '../log-segment.ts';
import { UncleanableLogError } from './check-sound.ts';
import type { Throttler } from './throttler.ts';

export interface SlicesToRead {
  readonly segment: LogSegment;
  readonly start: number;
  readonly end: number;
  /** True: no more of them, please. */
  readonly visit: (records: Buffer) => Promise<boolean>;
}

export class SliceReader {
  readonly #throttler: Throttler;
  readonly #checkGoOn: () => void;
  readonly #buffers: Buffer[];

  constructor(bytes: number, throttler: Throttler, checkGoOn: () => void) {
    this.#throttler = throttler;
    this.#checkGoOn = checkGoOn;
    this.#buffers = [0, 1].map(() => sharedBuffer(Math.max(bytes, LOG_OVERHEAD)));
  }

  /** True when the visitor said so before the end. */
  async read({ segment, start, end, visit }: SlicesToRead): Promise<boolean> {
    let position = start;
    let turn = 0;
    const slices = { segment, end };
    let ahead = this.#fill(turn, slices, position);
    try {
      while (end - position >= LOG_OVERHEAD) {
        this.#checkGoOn();
        const records = await ahead;
        const used = wholeBatchesSize(records);
        if (used === 0) this.#grow(turn, records, slices, position);
        else turn = 1 - turn;
        position += used;
        ahead = this.#fill(turn, slices, position);
        if (used > 0 && (await visit(records.subarray(0, used)))) return true;
      }
      return false;
    } finally {
      // Whatever ended this: nobody reads into a buffer any more, and nobody else would hear of a failure.
      await ahead.catch(() => undefined);
    }
  }

  async #fill(
    turn: number,
    { segment, end }: Pick<SlicesToRead, 'segment' | 'end'>,
    position: number,
  ): Promise<Buffer> {
    const buffer = this.#buffers[turn]!;
    const wanted = buffer.subarray(0, Math.max(0, Math.min(buffer.length, end - position)));
    if (wanted.length < LOG_OVERHEAD) return wanted.subarray(0, 0);
    const bytesRead = await segment.file.use((file) => file.read(wanted, position));
    await this.#throttler.take(bytesRead, this.#checkGoOn);
    return wanted.subarray(0, bytesRead);
  }

  /** Not one whole batch in the slice: the buffer is too small for it, or the segment is damaged there. */
  #grow(
    turn: number,
    records: Buffer,
    { segment, end }: Pick<SlicesToRead, 'segment' | 'end'>,
    position: number,
  ): void {
    const needed = records.length < LOG_OVERHEAD ? 0 : LOG_OVERHEAD + records.readInt32BE(8);
    if (needed <= this.#buffers[turn]!.length || needed > end - position)
      throw new UncleanableLogError(`${segment.path(LOG_SUFFIX)} holds something that is no batch`);
    this.#buffers[turn] = sharedBuffer(needed);
  }
}

export function sharedBuffer(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}
