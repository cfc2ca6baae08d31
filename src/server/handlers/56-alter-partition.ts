/**
 * AlterPartition v0-3: a leader asks the controller to change its partition's ISR (KIP-497). Only the active
 * controller decides; the order of its checks is in the controller's own file.
 */
import { ErrorCode } from '../../protocol/index.ts';
import { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/56-alter-partition.ts';
import { defineHandler } from '../handler.ts';
import { CLUSTER_ACTION } from './control-request.ts';

export const alterPartition = defineHandler({
  request: AlterPartitionRequest,
  response: AlterPartitionResponse,

  access: () => CLUSTER_ACTION,

  handle: (request, context, { controller }) => controller.alterPartition(request, context.apiVersion),

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error], topics: [] }),
});
