/** The JVM that puts load on both sides: BenchClient.java, one command at a time. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('BenchClient.java', import.meta.url));
const LOG4J = fileURLToPath(new URL('client-log4j.properties', import.meta.url));
const FLAGS = ['-Xms1g', '-Xmx1g', '-XX:+UseG1GC'];

export type Arguments = Readonly<Record<string, string | number>>;

/** Which of them are there depends on the command. */
export interface Answer {
  readonly seconds?: number;
  readonly records?: number;
  /** Of transactions, commits, rebalances. */
  readonly count?: number;
  /** The producer's average. */
  readonly batchBytes?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly maxMs?: number;
  readonly error?: string;
}

export class Client {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: Interface;
  readonly #ended: Promise<never>;

  constructor(libraries: string) {
    const child = spawn(
      'java',
      [...FLAGS, `-Dlog4j.configuration=file:${LOG4J}`, '-cp', join(libraries, '*'), PROGRAM],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#process = child;
    this.#answers = createInterface({ input: child.stdout });
    this.#ended = new Promise((_resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`the bench client ended with exit code ${code ?? '?'}`));
      });
    });
    this.#ended.catch(() => undefined); // told to whoever waits for an answer
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  async run(command: string, args: Arguments): Promise<Answer> {
    const words = Object.entries(args).map(([key, value]) => `${key}=${value}`);
    const line = new Promise<string>((resolve) => this.#answers.once('line', resolve));
    this.#process.stdin.write(`${[command, ...words].join(' ')}\n`);
    const answer = JSON.parse(await Promise.race([line, this.#ended])) as Answer;
    if (answer.error !== undefined) throw new Error(`${command} ${words.join(' ')}: ${answer.error}`);
    return answer;
  }

  /** It ends with its input, also when we die. */
  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended.catch(() => undefined);
  }
}
