/**
 * ConsumerGroupDescribe (api key 69): groups of the new consumer protocol (KIP-848). A ZooKeeper-mode broker
 * offers it and always answers UNSUPPORTED_VERSION.
 */
import {
  array,
  bool,
  int16,
  int32,
  message,
  string,
  struct,
  uuid,
  type MessageOf,
} from '../schema/fields.ts';

export const ConsumerGroupDescribeRequest = message({
  name: 'ConsumerGroupDescribeRequest',
  apiKey: 69,
  versions: '0',
  flexible: '0+',
  fields: {
    groupIds: array('0+', 'string', { entity: 'groupId' }),
    includeAuthorizedOperations: bool('0+'),
  },
});

const topicPartitions = {
  topicId: uuid('0+'),
  topicName: string('0+', { entity: 'topicName' }),
  partitions: array('0+', 'int32'),
};

const assignment = {
  topicPartitions: array('0+', topicPartitions),
};

export const ConsumerGroupDescribeResponse = message({
  name: 'ConsumerGroupDescribeResponse',
  apiKey: 69,
  versions: '0',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
      groupId: string('0+', { entity: 'groupId' }),
      groupState: string('0+'),
      groupEpoch: int32('0+'),
      assignmentEpoch: int32('0+'),
      assignorName: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        instanceId: string('0+', { nullable: '0+', default: null }),
        rackId: string('0+', { nullable: '0+', default: null }),
        memberEpoch: int32('0+'),
        clientId: string('0+'),
        clientHost: string('0+'),
        subscribedTopicNames: array('0+', 'string', { entity: 'topicName' }),
        subscribedTopicRegex: string('0+', { nullable: '0+', default: null }),
        assignment: struct('0+', assignment),
        targetAssignment: struct('0+', assignment),
      }),
      authorizedOperations: int32('0+', { default: -2147483648 }),
    }),
  },
});

export type ConsumerGroupDescribeRequest = MessageOf<typeof ConsumerGroupDescribeRequest>;
export type ConsumerGroupDescribeResponse = MessageOf<typeof ConsumerGroupDescribeResponse>;
