/**
 * ConsumerGroupHeartbeat v0: membership in a group of the newer consumer protocol (KIP-848), which needs another kind of
 * coordinator than ZooKeeper mode has. Kafka offers the API all the same and refuses every request.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/68-consumer-group-heartbeat.ts';
import { defineHandler } from '../handler.ts';

export const consumerGroupHeartbeat = defineHandler({
  request: ConsumerGroupHeartbeatRequest,
  response: ConsumerGroupHeartbeatResponse,

  handle() {
    throw new KafkaError('UNSUPPORTED_VERSION');
  },

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage: null,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }),
});
