/**
 * A history as the analyses look at it: its operations, and what follows from them for each partition. Kafka's log is
 * known only from what it told: offsets in answers to sends, and records that were read.
 *
 * It decides nothing; it is built once, in one pass per table, and shared by all analyses.
 */
import type { Fault, Operation, PartitionName, RunSettings, SendAction } from './history.ts';
import type { RecordedHistory } from './history-lines.ts';
import { FIRST_EVENT_LINE } from './history-lines.ts';
import { pairOperations } from './pair-operations.ts';
import { readingRuns, type ReadingRun } from './reading-runs.ts';
import { SortedOffsets } from './sorted-offsets.ts';

interface Written {
  readonly operation: Operation;
  readonly send: SendAction;
}

interface Read {
  readonly operation: Operation;
  readonly partition: PartitionName;
  readonly offset: number;
}

interface PartitionLog {
  /** Every offset at which somebody read a record. */
  readonly readOffsets: SortedOffsets;
  /** The stretches that some reader has passed through: what stands there and was not read by anybody is not there. */
  readonly passed: readonly { readonly from: number; readonly to: number }[];
}

export interface KnownHistory {
  readonly settings: RunSettings;
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
  /** Where the last reading ended; none when the run did not come that far. */
  readonly drainedTo: ReadonlyMap<PartitionName, number>;
  readonly runs: readonly ReadingRun[];
  readonly writers: ReadonlyMap<number, Written>;
  /** The first time each value was read. */
  readonly reads: ReadonlyMap<number, Read>;
  readonly logs: ReadonlyMap<PartitionName, PartitionLog>;
}

export function knownHistory({ settings, events }: RecordedHistory): KnownHistory {
  const operations = pairOperations(events);
  const runs = readingRuns(operations);
  const faults: Fault[] = [];
  const drainedTo = new Map<PartitionName, number>();
  for (const [index, event] of events.entries()) {
    if (event.type === 'fault')
      faults.push({ id: index + FIRST_EVENT_LINE, atMs: event.atMs, text: event.text });
    if (event.type === 'drained')
      for (const [partition, end] of Object.entries(event.ends)) drainedTo.set(partition, end);
  }
  return {
    settings,
    operations,
    faults,
    drainedTo,
    runs,
    writers: writersIn(operations),
    reads: readsIn(runs),
    logs: logsIn(runs),
  };
}

/** Whether some reader passed the offset, having begun at or before it and read what comes later. */
export function wasPassed(history: KnownHistory, partition: PartitionName, offset: number): boolean {
  const passed = history.logs.get(partition)?.passed ?? [];
  return passed.some(({ from, to }) => from <= offset && offset < to);
}

/** Whether the last reading went past the offset. */
export function wasDrained(history: KnownHistory, partition: PartitionName, offset: number): boolean {
  return offset < (history.drainedTo.get(partition) ?? -1);
}

function writersIn(operations: readonly Operation[]): Map<number, Written> {
  const writers = new Map<number, Written>();
  for (const operation of operations)
    for (const send of sendsOf(operation)) writers.set(send.value, { operation, send });
  return writers;
}

function readsIn(runs: readonly ReadingRun[]): Map<number, Read> {
  const reads = new Map<number, Read>();
  for (const { partition, steps } of runs)
    for (const { operation, offset, value } of steps) {
      const known = reads.get(value);
      if (known === undefined || operation.id < known.operation.id)
        reads.set(value, { operation, partition, offset });
    }
  return reads;
}

function logsIn(runs: readonly ReadingRun[]): Map<PartitionName, PartitionLog> {
  const offsets = new Map<PartitionName, Set<number>>();
  const stretches = new Map<PartitionName, { from: number; to: number }[]>();
  for (const { partition, from, steps } of runs) {
    const known = offsets.get(partition) ?? new Set();
    for (const { offset } of steps) known.add(offset);
    offsets.set(partition, known);
    const [first] = steps;
    if (first === undefined) continue;
    const start = from?.offset ?? first.offset;
    const end = steps.reduce((highest, { offset }) => Math.max(highest, offset + 1), 0);
    const passed = stretches.get(partition) ?? [];
    passed.push({ from: start, to: end });
    stretches.set(partition, passed);
  }
  return new Map(
    [...offsets].map(([partition, known]) => [
      partition,
      { readOffsets: new SortedOffsets(known), passed: joined(stretches.get(partition) ?? []) },
    ]),
  );
}

/** Stretches that touch become one. */
function joined(
  stretches: readonly { readonly from: number; readonly to: number }[],
): { readonly from: number; readonly to: number }[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of stretches.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

export function sendsOf(operation: Operation): SendAction[] {
  return operation.actions.filter((action) => action.kind === 'send');
}

/** Every offset with a value that the cluster told, whether in answer to a send or as a record. */
export function* offsetsTold(
  history: KnownHistory,
): Generator<{ partition: PartitionName; offset: number; value: number; operation: Operation }> {
  for (const operation of history.operations)
    for (const action of operation.actions) {
      if (action.kind === 'send' && action.offset !== null)
        yield { partition: action.partition, offset: action.offset, value: action.value, operation };
      if (action.kind === 'poll')
        for (const [partition, records] of Object.entries(action.records))
          for (const [offset, value] of records) yield { partition, offset, value, operation };
    }
}
