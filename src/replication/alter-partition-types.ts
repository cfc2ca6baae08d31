/** What a leader proposes to the controller about the ISR of one partition, and what comes back. */
import type { ErrorName } from '../protocol/index.ts';
import type { AlterPartitionOutcome } from './decide-isr.ts';

export interface IsrProposal {
  readonly topic: string;
  readonly partition: number;
  /** ZERO_UUID for a topic of old that has none. */
  readonly topicId: string;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
}

export type AlterPartitionAnswer =
  | { readonly kind: 'accepted'; readonly outcome: AlterPartitionOutcome }
  | { readonly kind: 'refused'; readonly error: ErrorName };

/** Takes proposals; answers each exactly once, in a later turn. */
export interface IsrProposer {
  propose(proposal: IsrProposal, onAnswer: (answer: AlterPartitionAnswer) => void): void;
}
