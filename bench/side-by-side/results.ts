/** What a run of the bench found: for each metric the numbers of both sides, round by round. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { SideName } from './sides.ts';
import type { Metric } from './workloads.ts';

export interface Row extends Metric {
  /** The name of a workload, `start` or `memory`. */
  readonly workload: string;
  readonly title: string;
  /** The ratio to the original that is aimed at. */
  readonly target?: number;
  /** What Klassik's own number may be at most; of something that the original does not have. */
  readonly limit?: number;
  readonly original: readonly number[];
  readonly klassik: readonly number[];
}

export interface Results {
  readonly date: string;
  readonly rounds: number;
  readonly machine: string;
  readonly software: string;
  readonly rows: readonly Row[];
}

type RowHead = Omit<Row, SideName>;

/** Collects numbers into rows, in the order in which the rows were first met. */
export class ResultRows {
  readonly #rows = new Map<string, RowHead & Record<SideName, number[]>>();

  add(head: RowHead, side: SideName, value: number): void {
    const key = `${head.workload} ${head.name}`;
    const row = this.#rows.get(key) ?? { ...head, original: [], klassik: [] };
    row[side].push(value);
    this.#rows.set(key, row);
  }

  list(): Row[] {
    const rounded = (values: readonly number[]): number[] =>
      values.map((value) => Number(value.toPrecision(5)));
    return [...this.#rows.values()].map((row) => ({
      ...row,
      original: rounded(row.original),
      klassik: rounded(row.klassik),
    }));
  }
}

export function describeMachine(): string {
  const all = cpus();
  return `${all.length} cores of ${all[0]?.model.trim() ?? 'an unknown kind'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`;
}

export function describeSoftware(kafkaVersion: string): string {
  const java = execFileSync('java', ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? 'java';
  return `Node ${process.versions.node}; Kafka ${kafkaVersion} on ${java}`;
}
