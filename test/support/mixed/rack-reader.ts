/** A consumer of the original's in the rack of one broker, as a process that reads the topic under load all along. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { jvmArguments } from '../jvm-program.ts';

export interface RackReading {
  readonly read: number;
  /** Records that were not those that were due. */
  readonly astray: number;
  /** Of each partition the replica it reads from; -1: its leader. */
  readonly from: readonly number[];
}

interface Question {
  readonly answer: (reading: RackReading) => void;
  readonly fail: (error: Error) => void;
}

export class RackReader {
  readonly #process: ChildProcess;
  readonly #questions: Question[] = [];
  #errors = '';

  constructor(
    libraries: string,
    bootstrap: readonly string[],
    topic: string,
    partitions: number,
    rack: string,
  ) {
    const args = [bootstrap.join(), topic, String(partitions), rack];
    this.#process = spawn('java', [...jvmArguments(libraries, 'RackReader.java'), ...args]);
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    createInterface({ input: this.#process.stdout! }).on('line', (line) =>
      this.#questions.shift()?.answer(JSON.parse(line) as RackReading),
    );
    this.#process.stdin?.on('error', () => undefined);
    this.#process.once('exit', () => {
      for (const { fail } of this.#questions.splice(0)) fail(this.#ended());
    });
  }

  /** How far it is now. */
  async reading(): Promise<RackReading> {
    return new Promise((answer, fail) => {
      if (this.#process.exitCode !== null) {
        fail(this.#ended());
        return;
      }
      this.#questions.push({ answer, fail });
      this.#process.stdin?.write('\n');
    });
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  #ended(): Error {
    return new Error(`the consumer in a rack ended: ${this.#errors.slice(-1000)}`);
  }
}
