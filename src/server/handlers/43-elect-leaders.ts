/**
 * ElectLeaders v0-2: elects the preferred replicas, or in an unclean election any live one, at the controller
 * (KIP-460). Answered when this broker's own metadata shows the new leaders, so that a client that asks for metadata
 * next finds them there; a leader that does not show in time is REQUEST_TIMED_OUT.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { ElectionOutcome, ElectionType } from '../../controller/index.ts';
import type { MetadataCache } from '../../metadata/index.ts';
import { ErrorCode, KafkaError, type ErrorName, errors } from '../../protocol/index.ts';
import {
  type ElectLeadersRequest as Request,
  ElectLeadersRequest,
  type ElectLeadersResponse as Response,
  ElectLeadersResponse,
} from '../../protocol/messages/43-elect-leaders.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';

type Results = Response['replicaElectionResults'];
/** Null: elected. */
type Refusal = { readonly error: ErrorName; readonly message: string | null } | null;

const ELECTION_TYPES: readonly ElectionType[] = ['PREFERRED', 'UNCLEAN'];
const FIRST_VERSION_WITH_TYPES_AND_ERROR = 1;

export const electLeaders = defineHandler({
  request: ElectLeadersRequest,
  response: ElectLeadersResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle(request, context, { controller, metadataCache, delayedElections, runtime }) {
    const deadlineMs = runtime.clock.monotonicMs() + request.timeoutMs;
    const type = electionTypeOf(request, context);
    const outcomes = await controller.electLeaders(askedFor(request, metadataCache), type);
    const elected = [...outcomes].flatMap(([of, outcome]) =>
      outcome.kind === 'elected' ? [{ of, leader: outcome.leader }] : [],
    );
    const isKnown = ({ of, leader }: (typeof elected)[number]): boolean =>
      metadataCache.partition(of.topic, of.partition)?.leader === leader;
    await delayedElections.until(
      () => elected.every(isKnown),
      Math.max(0, deadlineMs - runtime.clock.monotonicMs()),
    );
    const late = new PartitionMap<true>();
    for (const row of elected) if (!isKnown(row)) late.set(row.of.topic, row.of.partition, true);
    const results = [...outcomes].map(([of, outcome]): [TopicPartition, Refusal] => [
      of,
      refusalOf(outcome, late.has(of.topic, of.partition)),
    ]);
    // Who asks about all partitions hears of those where something was to be done.
    const told =
      request.topicPartitions === null
        ? results.filter(([, refusal]) => refusal?.error !== 'ELECTION_NOT_NEEDED')
        : results;
    return { throttleTimeMs: 0, errorCode: 0, replicaElectionResults: byTopic(told) };
  },

  failed: (request, error, message, { apiVersion }) => ({
    throttleTimeMs: 0,
    // Before there was an error for the whole request, each partition tells it.
    errorCode: apiVersion < FIRST_VERSION_WITH_TYPES_AND_ERROR ? 0 : ErrorCode[error],
    replicaElectionResults: byTopic(
      namedIn(request).map((of) => [
        of,
        { error, message: error === 'UNKNOWN_SERVER_ERROR' ? null : message },
      ]),
    ),
  }),
});

function electionTypeOf({ electionType }: Request, { apiVersion }: RequestContext): ElectionType {
  if (apiVersion < FIRST_VERSION_WITH_TYPES_AND_ERROR) return 'PREFERRED';
  const type = ELECTION_TYPES[electionType];
  if (type === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR');
  return type;
}

function namedIn({ topicPartitions }: Request): TopicPartition[] {
  const named = new PartitionMap<true>();
  for (const { topic, partitions } of topicPartitions ?? [])
    for (const partition of partitions) named.set(topic, partition, true);
  return [...named].map(([of]) => of);
}

function askedFor(request: Request, metadataCache: MetadataCache): TopicPartition[] {
  if (request.topicPartitions !== null) return namedIn(request);
  return metadataCache
    .topics()
    .flatMap((topic) =>
      [...metadataCache.partitionsOf(topic).keys()].map((partition) => ({ topic, partition })),
    );
}

function refusalOf(outcome: ElectionOutcome, isLate: boolean): Refusal {
  if (outcome.kind === 'elected') return isLate ? { error: 'REQUEST_TIMED_OUT', message: null } : null;
  const { error, message } = outcome;
  if (error === 'NOT_CONTROLLER') return { error, message: null };
  return { error, message: message ?? errors[error].message };
}

function byTopic(rows: readonly (readonly [TopicPartition, Refusal])[]): Results {
  const topics = new Map<string, Results[number]>();
  for (const [{ topic: name, partition: partitionId }, refusal] of rows) {
    let topic = topics.get(name);
    if (topic === undefined) topics.set(name, (topic = { topic: name, partitionResult: [] }));
    topic.partitionResult.push({
      partitionId,
      errorCode: ErrorCode[refusal?.error ?? 'NONE'],
      errorMessage: refusal?.message ?? null,
    });
  }
  return [...topics.values()];
}
