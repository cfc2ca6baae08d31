/**
 * AlterPartitionReassignments v0: moves partitions to other replicas, or calls such a move off, at the controller
 * (KIP-455). Answered when the moves have begun; ListPartitionReassignments tells which are still going on.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { ReassignmentOutcome, ReassignmentTarget } from '../../controller/index.ts';
import { ErrorCode, type ErrorName, errors } from '../../protocol/index.ts';
import {
  type AlterPartitionReassignmentsRequest as Request,
  AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse as Response,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/45-alter-partition-reassignments.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

export const alterPartitionReassignments = defineHandler({
  request: AlterPartitionReassignmentsRequest,
  response: AlterPartitionReassignmentsResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle(request, _context, { controller }) {
    const outcomes = await controller.alterPartitionReassignments(targetsIn(request));
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', responses: answers(outcomes) };
  },

  failed: (request, error, message) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage: message,
    responses: error === 'NOT_CONTROLLER' ? [] : answers(allRefused(request, error, message)),
  }),
});

/** Of a partition that is named twice the last wish counts. */
function targetsIn({ topics }: Request): PartitionMap<ReassignmentTarget> {
  const targets = new PartitionMap<ReassignmentTarget>();
  for (const { name, partitions } of topics)
    for (const { partitionIndex, replicas } of partitions) targets.set(name, partitionIndex, replicas);
  return targets;
}

function allRefused(
  request: Request,
  error: ErrorName,
  message: string,
): Iterable<readonly [TopicPartition, ReassignmentOutcome]> {
  return [...targetsIn(request)].map(([of]) => [of, { error, message }]);
}

function answers(outcomes: Iterable<readonly [TopicPartition, ReassignmentOutcome]>): Response['responses'] {
  const topics = new Map<string, Response['responses'][number]>();
  for (const [{ topic: name, partition: partitionIndex }, outcome] of outcomes) {
    let topic = topics.get(name);
    if (topic === undefined) topics.set(name, (topic = { name, partitions: [] }));
    const error = outcome?.error ?? 'NONE';
    const errorMessage = outcome === null ? null : (outcome.message ?? errors[outcome.error].message);
    topic.partitions.push({ partitionIndex, errorCode: ErrorCode[error], errorMessage });
  }
  return [...topics.values()];
}
