/**
 * What an analysis is: a pure function that looks for one kind of wrong in a history and names the operations that prove
 * it. Some kinds are no violation of what Kafka promises, always or under some settings; they are told all the same,
 * with the reason, and do not fail the run.
 */
import type { Operation, RunSettings } from './history.ts';
import type { KnownHistory } from './known-history.ts';

export interface Finding {
  /** What happened, with partition, offsets and values. */
  readonly text: string;
  /** The operations that prove it, in the order in which the text speaks of them. */
  readonly operations: readonly Operation[];
}

export interface Analysis {
  readonly name: string;
  /** What it means when it is found. */
  readonly meaning: string;
  /** Why Kafka does not promise its absence in such a run; absent or undefined, it does. */
  readonly allowedWhen?: (settings: RunSettings) => string | undefined;
  readonly find: (history: KnownHistory) => Iterable<Finding>;
}
