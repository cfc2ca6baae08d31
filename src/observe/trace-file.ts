/**
 * Records the stream of facts in a file, one JSON object a line (`--trace FILE`). Facts come faster than a disk may
 * take them: at most a bounded amount waits, what does not fit is dropped, counted, and the gap is told in the file
 * at its place. A disk that fails ends the recording and nothing else: a broker never stumbles over its trace.
 */
import type { Disk, DiskFile } from '../runtime/index.ts';
import type { FactStream } from './fact-stream.ts';
import type { RecordedFact } from './facts.ts';

export interface TraceFileOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly facts: FactStream;
  /** Characters that may wait for the disk. */
  readonly maxWaiting?: number;
  /** Told once, when the recording ended because of the disk. */
  readonly onError?: (error: unknown) => void;
}

const MAX_WAITING = 16 * 1024 * 1024;

export class TraceFile {
  readonly #file: DiskFile;
  readonly #maxWaiting: number;
  readonly #onError: (error: unknown) => void;
  #unsubscribe: () => void = () => undefined;
  #waiting: string[] = [];
  #waitingSize = 0;
  #position = 0;
  #written = 0;
  #dropped = 0;
  #gap = 0;
  #writing: Promise<void> | undefined;

  private constructor(file: DiskFile, options: TraceFileOptions) {
    this.#file = file;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
    this.#onError = options.onError ?? (() => undefined);
  }

  /** Creates or empties the file and starts recording. */
  static async open(options: TraceFileOptions): Promise<TraceFile> {
    const trace = new TraceFile(await options.disk.open(options.path, 'replace'), options);
    trace.#unsubscribe = options.facts.subscribe((fact) => trace.#take(fact));
    return trace;
  }

  /** Lines in the file: facts, and notes of gaps. */
  get written(): number {
    return this.#written;
  }

  /** Facts that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Stops recording; resolves when what was taken is in the file. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#writing;
    this.#noteGap();
    await this.#write();
    await this.#file.close();
  }

  #take(fact: RecordedFact): void {
    if (this.#waitingSize >= this.#maxWaiting) {
      this.#dropped += 1;
      this.#gap += 1;
      return;
    }
    this.#noteGap();
    this.#push(JSON.stringify(fact));
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  #noteGap(): void {
    if (this.#gap === 0) return;
    this.#push(JSON.stringify({ kind: 'facts-dropped', count: this.#gap }));
    this.#gap = 0;
  }

  #push(line: string): void {
    this.#waiting.push(line);
    this.#waitingSize += line.length + 1;
  }

  async #write(): Promise<void> {
    try {
      // Facts of one turn go together.
      await Promise.resolve();
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        this.#waiting = [];
        this.#waitingSize = 0;
        const data = Buffer.from(`${lines.join('\n')}\n`);
        await this.#file.writev([data], this.#position);
        this.#position += data.length;
        this.#written += lines.length;
      }
    } catch (error) {
      this.#unsubscribe();
      this.#dropped += this.#waiting.length;
      this.#waiting = [];
      this.#onError(error);
    }
  }
}
