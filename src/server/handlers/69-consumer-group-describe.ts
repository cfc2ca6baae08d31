/**
 * ConsumerGroupDescribe v0: groups of the newer consumer protocol (KIP-848), of which a broker in ZooKeeper mode has
 * none. Kafka offers the API all the same and refuses it for every group: tools then ask with DescribeGroups.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../protocol/messages/69-consumer-group-describe.ts';
import { OPERATIONS_NOT_ASKED } from '../authorized-operations.ts';
import { defineHandler } from '../handler.ts';

export const consumerGroupDescribe = defineHandler({
  request: ConsumerGroupDescribeRequest,
  response: ConsumerGroupDescribeResponse,

  handle() {
    throw new KafkaError('UNSUPPORTED_VERSION');
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    groups: request.groupIds.map((groupId) => ({
      errorCode: ErrorCode[error],
      errorMessage: null,
      groupId,
      groupState: '',
      groupEpoch: 0,
      assignmentEpoch: 0,
      assignorName: '',
      members: [],
      authorizedOperations: OPERATIONS_NOT_ASKED,
    })),
  }),
});
