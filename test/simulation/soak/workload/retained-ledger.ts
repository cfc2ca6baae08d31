/**
 * What is known of a log that loses its oldest records: what was acknowledged and read at which offset, and which stretches
 * each reader has passed.
 */
import type { ConsumedRecord } from '../../../../src/tools/client/index.ts';

/** What all know of the log together. */
export class RetainedLog {
  readonly violations: string[] = [];
  readonly acknowledged = new Map<number, string>();
  readonly #read = new Map<number, string>();
  #offsets = new Map<string, number>();

  stored(offset: number, value: string): void {
    this.#agree(offset, value, 'acknowledged');
    this.acknowledged.set(offset, value);
  }

  wasRead(offset: number, value: string): void {
    this.#agree(offset, value, 'read');
    const known = this.#offsets.get(value);
    if (known !== undefined && known !== offset)
      this.violations.push(`retained: ${value} was read at ${known} and at ${offset}`);
    this.#offsets.set(value, offset);
    this.#read.set(offset, value);
  }

  #agree(offset: number, value: string, how: string): void {
    const known = this.acknowledged.get(offset) ?? this.#read.get(offset);
    if (known !== undefined && known !== value)
      this.violations.push(`retained: ${value} was ${how} at ${offset}, where ${known} was before`);
  }
}

/** What one reader has passed, from life to life. */
export class Reading {
  /** Where it goes on; undefined: where the log begins. */
  position: number | undefined;
  readonly #name: string;
  readonly #log: RetainedLog;
  readonly #seen = new Set<number>();
  readonly #passed: { readonly from: number; to: number }[] = [];

  constructor(name: string, log: RetainedLog) {
    this.#name = name;
    this.#log = log;
  }

  begins(at: number): void {
    this.position = at;
    this.#passed.push({ from: at, to: at });
  }

  takes(records: readonly Pick<ConsumedRecord, 'offset' | 'value'>[], position: number): void {
    for (const { offset, value } of records) {
      if (offset < (this.position ?? 0))
        this.#log.violations.push(
          `retained: ${this.#name} read ${offset} again, being at ${this.position ?? 0}`,
        );
      this.#log.wasRead(offset, textOf(value));
      this.#seen.add(offset);
      this.position = offset + 1;
    }
    this.position = position;
    this.#passed.at(-1)!.to = position;
  }

  /** Acknowledged records that it passed over. */
  missed(): string[] {
    const missed = [...this.#log.acknowledged.keys()].filter(
      (offset) =>
        !this.#seen.has(offset) && this.#passed.some(({ from, to }) => from <= offset && offset < to),
    );
    return missed.map((offset) => `retained: ${this.#name} passed over ${offset}, which was acknowledged`);
  }
}

const textOf = (value: Buffer | null): string => value?.toString().trimEnd() ?? '';
