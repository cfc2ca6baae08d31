/**
 * DescribeCluster v0-1: the cluster's id, its brokers and its controller (KIP-700). v1 added the endpoint type; in
 * ZooKeeper mode only brokers (type 1) can be asked for.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from '../../protocol/messages/60-describe-cluster.ts';
import { CLUSTER } from '../../security/index.ts';
import { OPERATIONS_NOT_ASKED, authorizedOperations } from '../authorized-operations.ts';
import { defineHandler } from '../handler.ts';

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = defineHandler({
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,

  handle(request, context, { metadataCache, clusterId }) {
    if (request.endpointType === CONTROLLERS)
      throw new KafkaError(
        'MISMATCHED_ENDPOINT_TYPE',
        'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
      );
    if (request.endpointType !== BROKERS)
      throw new KafkaError('UNSUPPORTED_ENDPOINT_TYPE', `Unsupported endpoint type ${request.endpointType}`);
    const controllerId = metadataCache.controllerId;
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      endpointType: BROKERS,
      clusterId,
      controllerId: metadataCache.isBrokerAlive(controllerId) ? controllerId : -1,
      brokers: metadataCache
        .aliveBrokers(context.listenerName)
        .map(({ id, host, port, rack }) => ({ brokerId: id, host, port, rack })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? authorizedOperations(context, CLUSTER)
        : OPERATIONS_NOT_ASKED,
    };
  },

  failed: (_request, error, message) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage: message,
    endpointType: BROKERS,
    clusterId: '',
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }),
});
