/**
 * Who gets libuv's threads, of which a process has four (UV_THREADPOOL_SIZE). A call to a disk that hangs keeps its
 * thread until the disk answers; four of them, and no other disk is read or written either (docs/adr/004). So each log
 * dir gets at most as many at a time as leave some to the others, and its further calls wait for its own.
 *
 * A folder with a lock in it counts as a disk of its own: that is what log dirs are to Kafka. Where there is only one,
 * small writes may be made without a thread (inline-writes.ts): whatever hangs, there is no other disk to go on with.
 */
import type { InlineWrites } from './inline-writes.ts';

const DEFAULT_THREADS = 4;
/** One that syncs must not keep its own readers and writers waiting. */
const THREADS_PER_DIR_MIN = 2;

export class DiskThreads {
  readonly #threads: number;
  readonly #lanes = new Map<string, DiskLane>();
  readonly #everythingElse = new DiskLane({ threadsMax: () => Infinity, inlineWrites: () => undefined });

  constructor(threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? DEFAULT_THREADS)) {
    this.#threads = threads;
  }

  /** What lies below this folder shares its threads from now on. */
  addDir(dir: string, inlineWrites?: InlineWrites): void {
    if (this.#lanes.has(dir)) return;
    const lane = new DiskLane({
      threadsMax: () => this.#threadsPerDir,
      inlineWrites: () => (this.#lanes.size === 1 ? inlineWrites : undefined),
    });
    this.#lanes.set(dir, lane);
  }

  removeDir(dir: string): void {
    this.#lanes.delete(dir);
  }

  laneOf(path: string): DiskLane {
    for (const [dir, lane] of this.#lanes)
      if (path.startsWith(dir) && (path.length === dir.length || path[dir.length] === '/')) return lane;
    return this.#everythingElse;
  }

  get #threadsPerDir(): number {
    return Math.max(THREADS_PER_DIR_MIN, Math.floor((this.#threads - 1) / this.#lanes.size));
  }
}

/** What one disk may have, which changes with how many there are. */
interface DiskShare {
  threadsMax(): number;
  inlineWrites(): InlineWrites | undefined;
}

/** The calls to one disk, in the order they came. Those who call wait for their answers, which bounds how many wait. */
export class DiskLane {
  readonly #share: DiskShare;
  #underWay = 0;
  #waiting: (() => void)[] = [];
  /** Of `waiting`, those that have had their turn. */
  #taken = 0;

  constructor(share: DiskShare) {
    this.#share = share;
  }

  /** Undefined: all is done by threads. */
  get inlineWrites(): InlineWrites | undefined {
    return this.#share.inlineWrites();
  }

  /** `call` keeps one thread busy at most. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#share.threadsMax()) this.#underWay += 1;
    // Whoever ends hands its thread on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      this.#handOn();
    }
  }

  #handOn(): void {
    const next = this.#waiting[this.#taken];
    if (next === undefined) {
      this.#underWay -= 1;
      return;
    }
    this.#taken += 1;
    if (this.#taken === this.#waiting.length) {
      this.#waiting = [];
      this.#taken = 0;
    }
    next();
  }
}
