/**
 * SyncGroup v0-5: members fetch their assignment; the leader's request carries everybody's. The answer waits until the
 * leader's has come and is stored.
 *
 * v3 static members (KIP-345). v5 names the protocol the client believes the group agreed on; a v5 request without it
 * is refused (KIP-559).
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/messages/14-sync-group.ts';
import { defineHandler } from '../handler.ts';
import { groupMemberAccess } from './group-request.ts';

const PROTOCOL_REQUIRED_SINCE_VERSION = 5;

export const syncGroup = defineHandler({
  request: SyncGroupRequest,
  response: SyncGroupResponse,

  // Kafka looks at the protocol before it asks for permission.
  access(request, { apiVersion }) {
    const { protocolType, protocolName } = request;
    const lacksProtocol = protocolType === null || protocolName === null;
    if (apiVersion >= PROTOCOL_REQUIRED_SINCE_VERSION && lacksProtocol)
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    return groupMemberAccess(request);
  },

  async handle(request, _context, { groupCoordinator }) {
    const assignments = new Map(
      request.assignments.map(({ memberId, assignment }) => [memberId, assignment]),
    );
    const { error, protocolType, protocolName, assignment } = await groupCoordinator.syncGroup({
      ...request,
      assignments,
    });
    return { throttleTimeMs: 0, errorCode: ErrorCode[error], protocolType, protocolName, assignment };
  },

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    protocolType: null,
    protocolName: null,
    assignment: Buffer.alloc(0),
  }),
});
