/** The sends of one process to one partition two by two, as far as their offsets were told: in the order of sending. */
import type { Operation, PartitionName } from '../history.ts';
import { sendsOf, type KnownHistory } from '../known-history.ts';

export interface SendStep {
  readonly process: string;
  readonly partition: PartitionName;
  readonly previous: { readonly value: number; readonly offset: number; readonly operation: Operation };
  readonly next: { readonly value: number; readonly offset: number; readonly operation: Operation };
}

export function* sendSteps({ operations }: KnownHistory): Generator<SendStep> {
  const last = new Map<string, SendStep['next']>();
  for (const operation of operations)
    for (const { partition, value, offset } of sendsOf(operation)) {
      if (offset === null) continue;
      const { process } = operation;
      const key = `${process} ${partition}`;
      const previous = last.get(key);
      const next = { value, offset, operation };
      last.set(key, next);
      if (previous !== undefined) yield { process, partition, previous, next };
    }
}

/** What goes wrong when the later of two sends stands first. */
export function goesBack({ previous, next }: SendStep): boolean {
  return next.offset <= previous.offset;
}

export function sendStepText({ process, partition, previous, next }: SendStep): string {
  return (
    `${process} sent ${previous.value} and then ${next.value} to ${partition}, ` +
    `which are at ${previous.offset} and ${next.offset}`
  );
}
