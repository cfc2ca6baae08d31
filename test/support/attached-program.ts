/**
 * A program of the original that runs beside the test, as a process: a broker, a worker of Connect, a Streams application.
 * What it prints goes to a file that outlives it, and it ends with the process that started it (see Attached.java), so no
 * test leaves one behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jvmArguments } from './jvm-program.ts';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const LAST_LINES = 30;

export interface AttachedProgramOptions {
  /** For messages: "broker 1". */
  readonly name: string;
  /** The class with its main. */
  readonly main: string;
  readonly args: readonly string[];
  /** A folder of the original's jars, or a class path. */
  readonly libraries: string;
  /** What it prints is added to the end. */
  readonly logFile: string;
  readonly heapMb: number;
  /** What it logs: a file beside the Java sources. */
  readonly log4j?: string;
}

export class AttachedProgram {
  readonly #name: string;
  readonly #logFile: string;
  readonly #logStart: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(options: AttachedProgramOptions, logStart: number, child: ChildProcess) {
    this.#name = options.name;
    this.#logFile = options.logFile;
    this.#logStart = logStart;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** The process is there, but nothing is known of it yet. */
  static async launch(options: AttachedProgramOptions): Promise<AttachedProgram> {
    const { libraries, heapMb, log4j = 'log4j.properties', main, args, logFile } = options;
    const log = await open(logFile, 'a');
    const logStart = (await log.stat()).size;
    // What is left there of a program that was killed goes with the test's folder.
    const temporary = `-Djava.io.tmpdir=${dirname(logFile)}`;
    const java = [temporary, ...jvmArguments(libraries, 'Attached.java', { heapMb, log4j }), main, ...args];
    const child = spawn('java', java, { stdio: ['pipe', log.fd, log.fd] });
    await log.close();
    return new AttachedProgram(options, logStart, child);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What this run of it has printed. */
  async output(): Promise<string> {
    return (await readFile(this.#logFile)).subarray(this.#logStart).toString();
  }

  /** Resolves when it has printed this, behind `from`, with where it ends; a program that ends without it has failed. */
  async untilPrinted(what: RegExp, from = 0, timeoutMs: number = START_TIMEOUT_MS): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const wasRunning = this.isRunning;
      const output = await this.output();
      const found = what.exec(output.slice(from));
      if (found !== null) return from + found.index + found[0].length;
      if (!wasRunning || performance.now() > deadline) {
        const end = output.split('\n').slice(-LAST_LINES).join('\n');
        throw new Error(`${this.#name} never printed ${what.source}, see ${this.#logFile}:\n${end}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Resolves when it has come to its end by itself. */
  async untilEnded(timeoutMs: number): Promise<void> {
    const late = setTimeout(() => this.signal('SIGKILL'), timeoutMs);
    await this.#ended;
    clearTimeout(late);
    if (this.#child.signalCode === 'SIGKILL')
      throw new Error(`${this.#name} did not end within ${timeoutMs / 1000} s; see ${this.#logFile}`);
  }

  /** SIGTERM: it may say goodbye. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.signal('SIGTERM');
    await this.untilEnded(STOP_TIMEOUT_MS);
  }

  /** SIGKILL: no goodbye. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.signal('SIGKILL');
    await this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
