/**
 * The original's VerifiableProducer and VerifiableConsumer: they tell of each record that was acknowledged and of each that
 * was consumed. Whatever happens to them or to the brokers, what was acknowledged is consumed, in the order of its
 * partition, none left out on the way. A consumer that is killed may be given again what it had not committed.
 */
import { fileURLToPath } from 'node:url';
import type { Ending } from '../seat.ts';
import type { Account } from '../world.ts';
import { ToolProcess } from './tool-process.ts';

const IDEMPOTENT = fileURLToPath(
  new URL('../../../conformance/java/idempotent-producer.properties', import.meta.url),
);
/** The least that brokers take: what a killed consumer had waits for so long. */
const SESSION_TIMEOUT_MS = 6000;

interface Target {
  readonly libraries: string;
  readonly bootstrap: readonly string[];
  readonly topic: string;
}

/** Of each partition the values by offset. */
export class Ledger {
  readonly #values = new Map<number, Map<number, string>>();
  readonly #ends = new Map<number, number>();

  get size(): number {
    return [...this.#values.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get partitions(): number[] {
    return [...this.#values.keys()];
  }

  set(partition: number, offset: number, value: string): void {
    this.#of(partition).set(offset, value);
    this.#ends.set(partition, Math.max(this.end(partition), offset + 1));
  }

  get(partition: number, offset: number): string | undefined {
    return this.#of(partition).get(offset);
  }

  /** The offset after the last one. */
  end(partition: number): number {
    return this.#ends.get(partition) ?? 0;
  }

  /** By partition and offset. */
  *[Symbol.iterator](): Generator<{ partition: number; offset: number; value: string }> {
    for (const [partition, values] of this.#values)
      for (const [offset, value] of [...values].sort(([one], [other]) => one - other))
        yield { partition, offset, value };
  }

  #of(partition: number): Map<number, string> {
    let values = this.#values.get(partition);
    if (values === undefined) this.#values.set(partition, (values = new Map<number, string>()));
    return values;
  }
}

/** Idempotent, acks=all. Each run of it writes `RUN.0`, `RUN.1`, ... */
export class VerifiableProducer {
  readonly acknowledged = new Ledger();
  readonly #target: Target & { readonly perSecond: number };
  #records: number;
  #run = 0;
  #process: ToolProcess;
  /** What it could not send. */
  #failed = '';

  /** Ends when so many records are acknowledged. */
  constructor(target: Target & { readonly perSecond: number }, records: number) {
    this.#target = target;
    this.#records = records;
    this.#process = this.#start(records);
  }

  get isDone(): boolean {
    const { failure } = this.#process;
    if (failure !== undefined) throw failure;
    if (this.#failed !== '') throw new Error(`VerifiableProducer could not send a record: ${this.#failed}`);
    return this.#process.isDone;
  }

  /** Another one sends what is left. */
  async bounce(ending: Ending): Promise<void> {
    await this.end(ending);
    this.#run += 1;
    this.#process = this.#start(this.#records - this.acknowledged.size);
  }

  async end(ending: Ending): Promise<void> {
    await this.#process.end(ending);
  }

  #start(records: number): ToolProcess {
    const { libraries, bootstrap, topic, perSecond } = this.#target;
    return new ToolProcess({
      libraries,
      tool: 'VerifiableProducer',
      args: [
        ...['--bootstrap-server', bootstrap.join(), '--topic', topic, '--acks', '-1'],
        ...['--max-messages', String(records), '--throughput', String(perSecond)],
        ...['--value-prefix', String(this.#run), '--producer.config', IDEMPOTENT],
      ],
      onEvent: (event) => {
        const { name, partition, offset, value } = event;
        if (name === 'producer_send_success')
          this.acknowledged.set(Number(partition), Number(offset), String(value));
        else if (name === 'producer_send_error') this.#failed = JSON.stringify(event);
      },
    });
  }
}

/** One member of a group. All members tell one ledger. */
export class VerifiableConsumer {
  /** Offsets that were passed over. */
  gaps = 0;
  readonly #target: Target & { readonly group: string };
  readonly #consumed: Ledger;
  /** Of each partition that it has, the offset that comes next. */
  readonly #next = new Map<number, number>();
  #process: ToolProcess;

  constructor(target: Target & { readonly group: string }, consumed: Ledger) {
    this.#target = target;
    this.#consumed = consumed;
    this.#process = this.#start();
  }

  get failure(): Error | undefined {
    return this.#process.failure;
  }

  async bounce(ending: Ending): Promise<void> {
    await this.end(ending);
    this.#next.clear();
    this.#process = this.#start();
  }

  async end(ending: Ending): Promise<void> {
    await this.#process.end(ending);
  }

  #start(): ToolProcess {
    const { libraries, bootstrap, topic, group } = this.#target;
    return new ToolProcess({
      libraries,
      tool: 'VerifiableConsumer',
      args: [
        ...['--bootstrap-server', bootstrap.join(), '--topic', topic, '--group-id', group, '--verbose'],
        ...['--session-timeout', String(SESSION_TIMEOUT_MS), '--reset-policy', 'earliest'],
      ],
      onEvent: ({ name, partition, offset, value }) => {
        if (name === 'partitions_assigned') this.#next.clear();
        else if (name === 'record_data') this.#take(Number(partition), Number(offset), String(value));
      },
    });
  }

  /** It begins where somebody has been before, and leaves out nothing from there. */
  #take(partition: number, offset: number, value: string): void {
    const next = this.#next.get(partition);
    if (next === undefined ? offset > this.#consumed.end(partition) : offset !== next) this.gaps += 1;
    this.#next.set(partition, offset + 1);
    this.#consumed.set(partition, offset, value);
  }
}

/** What became of the records that were acknowledged. */
export function accountOf(acknowledged: Ledger, consumed: Ledger, gaps: number): Account {
  const account = { acknowledged: acknowledged.size, consumed: consumed.size, lost: 0, duplicates: 0 };
  for (const { partition, offset, value } of acknowledged)
    if (consumed.get(partition, offset) !== value) account.lost += 1;
  let outOfOrder = gaps;
  const seen = new Set<string>();
  /** Of each partition and run the number of the last record. */
  const last = new Map<string, number>();
  for (const { partition, value } of consumed) {
    if (seen.has(value)) account.duplicates += 1;
    seen.add(value);
    const [run, number] = value.split('.');
    const sequence = `${partition} ${run}`;
    if (Number(number) < (last.get(sequence) ?? 0)) outOfOrder += 1;
    last.set(sequence, Number(number));
  }
  return { ...account, outOfOrder };
}
