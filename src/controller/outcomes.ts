/**
 * What the controller answers to administrators, partition by partition or feature by feature: values, because a request
 * about five hundred partitions must not fail as a whole for one of them.
 */
import type { ErrorName } from '../protocol/index.ts';

/** `message` where the error has one of its own. */
export interface Refusal {
  readonly error: ErrorName;
  readonly message?: string;
}

/** Null: the move has begun, or was called off. */
export type ReassignmentOutcome = Refusal | null;

export type ElectionType = 'PREFERRED' | 'UNCLEAN';

export type ElectionOutcome =
  { readonly kind: 'elected'; readonly leader: number } | ({ readonly kind: 'refused' } & Refusal);

/** By feature; null: done. */
export type FeatureOutcomes = ReadonlyMap<string, Refusal | null>;
