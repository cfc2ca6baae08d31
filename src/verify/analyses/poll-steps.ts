/**
 * Steps of a reading run two by two, for the four analyses of the order in which consumers read: within one operation
 * (internal) or from one to the next (external).
 */
import type { Operation, PartitionName } from '../history.ts';
import type { KnownHistory } from '../known-history.ts';

interface PollStep {
  readonly process: string;
  readonly partition: PartitionName;
  /** The lowest offset that may be read next. */
  readonly expected: number;
  readonly before: Operation;
  readonly offset: number;
  readonly operation: Operation;
}

export function* internalSteps(history: KnownHistory): Generator<PollStep> {
  for (const step of allSteps(history)) if (step.before === step.operation) yield step;
}

export function* externalSteps(history: KnownHistory): Generator<PollStep> {
  for (const step of allSteps(history)) if (step.before !== step.operation) yield step;
}

function* allSteps({ runs }: KnownHistory): Generator<PollStep> {
  for (const { process, partition, from, steps } of runs) {
    let expected = from?.offset;
    let before = from?.operation;
    for (const { operation, offset } of steps) {
      if (expected !== undefined && before !== undefined)
        yield { process, partition, expected, before, offset, operation };
      expected = offset + 1;
      before = operation;
    }
  }
}

/** The first record that a step left out, as far as anybody ever read one there. */
export function skippedBy(
  { logs }: KnownHistory,
  { partition, expected, offset }: Pick<PollStep, 'partition' | 'expected' | 'offset'>,
): number | undefined {
  return logs.get(partition)?.readOffsets.firstIn(expected, offset);
}
