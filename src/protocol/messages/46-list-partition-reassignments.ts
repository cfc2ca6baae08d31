/**
 * ListPartitionReassignments (api key 46): the moves of partitions that are under way, at the controller
 * (KIP-455).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const ListPartitionReassignmentsRequest = message({
  name: 'ListPartitionReassignmentsRequest',
  apiKey: 46,
  versions: '0',
  flexible: '0+',
  fields: {
    timeoutMs: int32('0+', { default: 60000 }),
    topics: array(
      '0+',
      {
        name: string('0+', { entity: 'topicName' }),
        partitionIndexes: array('0+', 'int32'),
      },
      { nullable: '0+', default: null },
    ),
  },
});

export const ListPartitionReassignmentsResponse = message({
  name: 'ListPartitionReassignmentsResponse',
  apiKey: 46,
  versions: '0',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', 'int32', { entity: 'brokerId' }),
        addingReplicas: array('0+', 'int32', { entity: 'brokerId' }),
        removingReplicas: array('0+', 'int32', { entity: 'brokerId' }),
      }),
    }),
  },
});

export type ListPartitionReassignmentsRequest = MessageOf<typeof ListPartitionReassignmentsRequest>;
export type ListPartitionReassignmentsResponse = MessageOf<typeof ListPartitionReassignmentsResponse>;
