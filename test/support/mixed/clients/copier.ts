/**
 * The original's TransactionalMessageCopier: it reads a topic, writes what it read to the same partitions of another one,
 * and commits how far it has read, all in transactions of so many records. It ends when it has copied what there was.
 */
import type { Ending } from '../seat.ts';
import { ToolProcess } from './tool-process.ts';

/**
 * Longer than the 30 s a request may take, or a transaction that waits for a broker would be given up; short enough for
 * what a killed copier leaves open.
 */
const TRANSACTION_TIMEOUT_MS = 40_000;

export interface CopierOptions {
  readonly libraries: string;
  readonly bootstrap: readonly string[];
  readonly transactionalId: string;
  readonly group: string;
  /** The partition it copies; null: those that its group gives it. */
  readonly partition: number | null;
  readonly from: string;
  readonly to: string;
  readonly transactionSize: number;
}

export class Copier {
  readonly #options: CopierOptions;
  #process: ToolProcess;
  /** In transactions that this run of it has committed. */
  #copied = 0;

  constructor(options: CopierOptions) {
    this.#options = options;
    this.#process = this.#start();
  }

  get copied(): number {
    return this.#copied;
  }

  get isDone(): boolean {
    return this.#process.isDone;
  }

  get failure(): Error | undefined {
    return this.#process.failure;
  }

  /** Another one with the same transactional id takes its place. */
  async bounce(ending: Ending): Promise<void> {
    await this.end(ending);
    this.#process = this.#start();
  }

  async end(ending: Ending): Promise<void> {
    await this.#process.end(ending);
  }

  #start(): ToolProcess {
    const { libraries, bootstrap, transactionalId, group, partition, from, to } = this.#options;
    this.#copied = 0;
    return new ToolProcess({
      libraries,
      tool: 'TransactionalMessageCopier',
      args: [
        ...['--broker-list', bootstrap.join(), '--input-topic', from, '--output-topic', to],
        ...['--input-partition', String(partition ?? -1), '--consumer-group', group],
        ...(partition === null ? ['--group-mode', '--use-group-metadata'] : []),
        ...['--transactional-id', transactionalId],
        ...['--transaction-size', String(this.#options.transactionSize)],
        ...['--transaction-timeout', String(TRANSACTION_TIMEOUT_MS)],
      ],
      onEvent: ({ totalProcessed }) => {
        if (typeof totalProcessed === 'number') this.#copied = totalProcessed;
      },
    });
  }
}
