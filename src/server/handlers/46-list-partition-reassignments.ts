/**
 * ListPartitionReassignments v0: the moves of partitions that are under way, at the controller (KIP-455). A partition
 * that does not move, or does not exist, is left out.
 */
import { ErrorCode } from '../../protocol/index.ts';
import {
  ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse as Response,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/46-list-partition-reassignments.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

type Topics = Response['topics'];

export const listPartitionReassignments = defineHandler({
  request: ListPartitionReassignmentsRequest,
  response: ListPartitionReassignmentsResponse,

  access: () => [{ operation: 'DESCRIBE', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle({ topics }, _context, { controller }) {
    const asked = topics?.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((partition) => ({ topic: name, partition })),
    );
    const moving = await controller.listPartitionReassignments(asked ?? null);
    const answer: Topics = [...moving.topics()].map((name) => ({
      name,
      partitions: [...moving.partitionsOf(name)].map(([partitionIndex, assignment]) => ({
        partitionIndex,
        replicas: [...assignment.replicas],
        addingReplicas: [...assignment.addingReplicas],
        removingReplicas: [...assignment.removingReplicas],
      })),
    }));
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', topics: answer };
  },

  failed: (request, error, message) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage: message,
    topics: error === 'NOT_CONTROLLER' ? [] : echo(request),
  }),
});

function echo({ topics }: ListPartitionReassignmentsRequest): Topics {
  return (topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      replicas: [],
      addingReplicas: [],
      removingReplicas: [],
    })),
  }));
}
