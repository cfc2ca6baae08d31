/** The records every client sends, each with its number, and the account of which have come back. */
import { assert } from '../../../src/common/index.ts';

export function valueOf(number: number): string {
  return `${number} ${'abcdefghij'.repeat(8)}`;
}

export function numberedRecords(first: number, count: number): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `key-${first + index}`,
    value: valueOf(first + index),
  }));
}

/** Which of the numbered records have come, and whether each partition gave them in the order they were sent. */
export class Seen {
  records = 0;
  duplicates = 0;
  reordered = 0;
  readonly #count: number;
  readonly #numbers = new Set<number>();
  readonly #lastOfPartition = new Map<number, number>();

  constructor(count: number) {
    this.#count = count;
  }

  get missing(): number {
    return this.#count - this.#numbers.size;
  }

  add(partition: number, key: string, value: string): void {
    const number = Number.parseInt(value, 10);
    assert(value === valueOf(number) && key === `key-${number}`, `not what was sent: ${key} ${value}`);
    this.records += 1;
    if (this.#numbers.has(number)) this.duplicates += 1;
    this.#numbers.add(number);
    if ((this.#lastOfPartition.get(partition) ?? -1) >= number) this.reordered += 1;
    this.#lastOfPartition.set(partition, number);
  }
}
