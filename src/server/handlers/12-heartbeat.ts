/**
 * Heartbeat v0-4. A heartbeat changes nothing but the member's session deadline; the error code tells the member what
 * to do next:
 *
 *   NONE                    carry on
 *   REBALANCE_IN_PROGRESS   stop consuming, send JoinGroup again
 *   ILLEGAL_GENERATION      the group rebalanced without you; rejoin
 *   UNKNOWN_MEMBER_ID       your session expired; rejoin under a fresh member id
 *   FENCED_INSTANCE_ID      another process took over your group.instance.id; give up
 */
import { ErrorCode } from '../../protocol/index.ts';
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/12-heartbeat.ts';
import { defineHandler } from '../handler.ts';
import { groupMemberAccess } from './group-request.ts';

export const heartbeat = defineHandler({
  request: HeartbeatRequest,
  response: HeartbeatResponse,

  access: groupMemberAccess,

  handle: (request, _context, { groupCoordinator }) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[groupCoordinator.heartbeat(request)],
  }),

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error] }),
});
