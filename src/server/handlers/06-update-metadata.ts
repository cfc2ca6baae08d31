/**
 * UpdateMetadata v0-8: the controller tells every broker of live brokers and of partitions' leaders and ISRs. It
 * fills the metadata cache; offsets that groups keep for deleted partitions go with them.
 */
import { ErrorCode } from '../../protocol/index.ts';
import { UpdateMetadataRequest, UpdateMetadataResponse } from '../../protocol/messages/06-update-metadata.ts';
import { defineHandler } from '../handler.ts';
import { CLUSTER_ACTION, refuseStaleBrokerEpoch } from './control-request.ts';

export const updateMetadata = defineHandler({
  request: UpdateMetadataRequest,
  response: UpdateMetadataResponse,

  access: () => CLUSTER_ACTION,

  handle(request, _context, services) {
    refuseStaleBrokerEpoch(request.brokerEpoch, services);
    const { error, deletedPartitions } = services.replicaManager.maybeUpdateMetadataCache(request);
    if (deletedPartitions.length > 0) services.groupCoordinator.onPartitionsDeleted(deletedPartitions);
    return { errorCode: ErrorCode[error] };
  },

  failed: (_request, error) => ({ errorCode: ErrorCode[error] }),
});
