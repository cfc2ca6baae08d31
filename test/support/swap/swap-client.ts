/** The Java client that stays while brokers change: SwapClient.java, asked line by line. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { jvmArguments } from '../jvm-program.ts';

/** What it found in a partition; `missing` and `wrong` are told by what was acknowledged. */
export interface PartitionCheck {
  readonly partition: string;
  readonly begin: number;
  readonly end: number;
  readonly lastStable: number;
  readonly served: number;
  readonly committed: number;
  readonly missing: number;
  readonly wrong: number;
  readonly digest: number;
  readonly times: string;
}

export interface GroupCheck {
  readonly group: string;
  readonly is: number;
  readonly was: number;
}

export class SwapClient {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    child.stderr.pipe(process.stderr);
  }

  static async start(libraries: string, bootstrap: string): Promise<SwapClient> {
    const child = spawn('java', [
      ...jvmArguments(libraries, 'SwapClient.java', { log4j: 'quiet-log4j.properties' }),
      bootstrap,
    ]);
    const client = new SwapClient(child);
    await client.#answer();
    return client;
  }

  /** Sends one command; what it refuses is an error. */
  async run(command: string): Promise<unknown> {
    this.#process.stdin.write(`${command}\n`);
    return this.#answer();
  }

  async check(): Promise<(PartitionCheck | GroupCheck)[]> {
    return (await this.run('check')) as (PartitionCheck | GroupCheck)[];
  }

  async #answer(): Promise<unknown> {
    const { value, done } = (await this.#answers.next()) as IteratorResult<string, unknown>;
    if (done === true) throw new Error('the client ended');
    const answer = JSON.parse(value) as { readonly error?: string };
    if (answer.error !== undefined) throw new Error(JSON.stringify(answer));
    return answer;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
