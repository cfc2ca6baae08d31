/**
 * Kafka's CreateTopicPolicy and AlterConfigPolicy (KIP-108, KIP-133): an operator's own word on what new topics and
 * changed configs must look like. Where they are loaded from is the broker's business.
 *
 * A policy is asked last, once everything else about the request is found right, also when a request is only to be
 * validated. What it throws is judged by the name of the error, as its class is in Kafka: PolicyViolationException is
 * POLICY_VIOLATION with its message, any other exception of Kafka's its own error, and whatever else is a fault of the
 * policy, of which clients hear UNKNOWN_SERVER_ERROR.
 */
import { errors, KafkaError, type ErrorName } from '../../protocol/index.ts';
import { errorMessageOf } from '../../runtime/index.ts';

export interface Policy<Metadata> {
  /** Called once, with the properties of the broker as they were written. */
  configure?(configs: Readonly<Record<string, string>>): unknown;
  /** Throws, or rejects, where the request must not be served. */
  validate(request: Metadata): unknown;
  /** The broker stops. */
  close?(): unknown;
}

/** What CreateTopics asks for. Either the counts or the assignments are null, as the client said one or the other. */
interface CreateTopicMetadata {
  readonly topic: string;
  readonly numPartitions: number | null;
  readonly replicationFactor: number | null;
  readonly replicasAssignments: ReadonlyMap<number, readonly number[]> | null;
  readonly configs: ReadonlyMap<string, string>;
}

/** What AlterConfigs or IncrementalAlterConfigs says: its own settings, not what comes out of them. */
interface AlterConfigMetadata {
  readonly resource: { readonly type: 'TOPIC' | 'BROKER'; readonly name: string };
  /** Null: the setting is to be deleted. */
  readonly configs: ReadonlyMap<string, string | null>;
}

export interface Policies {
  readonly createTopic: Policy<CreateTopicMetadata> | null;
  readonly alterConfig: Policy<AlterConfigMetadata> | null;
}

export const NO_POLICIES: Policies = { createTopic: null, alterConfig: null };

/** Throws KafkaError where the policy refuses, and what the policy threw where it has failed. */
export async function askPolicy<Metadata>(policy: Policy<Metadata> | null, request: Metadata): Promise<void> {
  try {
    await policy?.validate(request);
  } catch (error) {
    const name = ERROR_BY_EXCEPTION.get(exceptionNameOf(error));
    if (name === undefined) throw error;
    throw new KafkaError(name, errorMessageOf(error), { cause: error });
  }
}

function exceptionNameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

const ERROR_BY_EXCEPTION: ReadonlyMap<string, ErrorName> = new Map(
  Object.entries(errors)
    .filter(([name]) => name !== 'NONE')
    .map(([name, { exception }]) => [exception, name as ErrorName]),
);
