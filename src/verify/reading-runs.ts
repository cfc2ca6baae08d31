/**
 * Reading runs: what one process read of one partition between two assignments, in the order in which it read. Within a
 * run a consumer moves forward record by record; at an assignment it may go anywhere, so nothing is said across one.
 */
import type { Operation, PartitionName } from './history.ts';

interface ReadingStep {
  readonly operation: Operation;
  readonly offset: number;
  readonly value: number;
}

export interface ReadingRun {
  readonly process: string;
  readonly partition: PartitionName;
  /** The position it was given, and by which operation; undefined when the history does not tell. */
  readonly from: { readonly offset: number; readonly operation: Operation } | undefined;
  readonly steps: readonly ReadingStep[];
}

type OpenRun = ReadingRun & { readonly steps: ReadingStep[] };

/** `operations` in the order of their invocations. */
export function readingRuns(operations: readonly Operation[]): ReadingRun[] {
  const runs: ReadingRun[] = [];
  const current = new Map<string, Map<PartitionName, OpenRun>>();
  const runsOf = (process: string): Map<PartitionName, OpenRun> => {
    const known = current.get(process) ?? new Map<PartitionName, OpenRun>();
    current.set(process, known);
    return known;
  };
  const begin = (process: string, partition: PartitionName, from: ReadingRun['from']): OpenRun => {
    const run: OpenRun = { process, partition, from, steps: [] };
    runs.push(run);
    runsOf(process).set(partition, run);
    return run;
  };
  for (const operation of operations) {
    const { process } = operation;
    for (const action of operation.actions) {
      if (action.kind === 'assign') {
        current.delete(process);
        for (const [partition, offset] of Object.entries(action.positions))
          begin(process, partition, { offset, operation });
      } else if (action.kind === 'poll') {
        for (const [partition, records] of Object.entries(action.records)) {
          const run = runsOf(process).get(partition) ?? begin(process, partition, undefined);
          for (const [offset, value] of records) run.steps.push({ operation, offset, value });
        }
      }
    }
  }
  return runs;
}
