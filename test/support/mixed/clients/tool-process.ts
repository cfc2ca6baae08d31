/** A tool of the original's that runs until it is done, and tells what it does as lines of JSON. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { jvmArguments } from '../../jvm-program.ts';
import type { Ending } from '../seat.ts';

const STOP_TIMEOUT_MS = 60_000;
const ERRORS_KEPT = 4000;

export interface ToolOptions {
  /** A folder of the original's jars. */
  readonly libraries: string;
  /** Its name among `org.apache.kafka.tools`. */
  readonly tool: string;
  readonly args: readonly string[];
  /** Told each line, as a value. */
  readonly onEvent: (event: Readonly<Record<string, unknown>>) => void;
}

export class ToolProcess {
  readonly #tool: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #errors = '';
  #isOver = false;

  constructor({ libraries, tool, args, onEvent }: ToolOptions) {
    this.#tool = tool;
    const child = spawn('java', [...jvmArguments(libraries, `org.apache.kafka.tools.${tool}`), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-ERRORS_KEPT);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) onEvent(JSON.parse(line) as Record<string, unknown>);
    });
    const orphan = (): void => void child.kill('SIGKILL');
    process.once('exit', orphan);
    this.#ended = new Promise((resolve) => {
      child.once('error', ({ message }) => (this.#errors += message));
      child.once('close', () => {
        process.removeListener('exit', orphan);
        this.#isOver = true;
        resolve();
      });
    });
  }

  /** It has ended by itself, all was told, and there was nothing to complain about. */
  get isDone(): boolean {
    return this.#isOver && this.#process.exitCode === 0;
  }

  /** It has ended by itself, and should not have. */
  get failure(): Error | undefined {
    if (!this.#isOver || this.#process.exitCode === 0) return undefined;
    const how = this.#process.signalCode ?? `exit code ${this.#process.exitCode ?? '?'}`;
    return new Error(`${this.#tool} ended with ${how}: ${this.#errors}`);
  }

  /** SIGTERM lets it finish what it has under way, SIGKILL does not. Resolves when all that it told has been heard. */
  async end(ending: Ending): Promise<void> {
    if (this.#isOver) return;
    this.#process.kill(ending === 'clean' ? 'SIGTERM' : 'SIGKILL');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(late);
    if (ending === 'clean' && this.#process.signalCode === 'SIGKILL')
      throw new Error(`${this.#tool} did not stop within ${STOP_TIMEOUT_MS / 1000} s: ${this.#errors}`);
  }
}
