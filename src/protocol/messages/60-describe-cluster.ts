/**
 * DescribeCluster (api key 60): brokers, controller and cluster id, without topics (KIP-700).
 *
 * - v1: whether brokers or controllers are asked for (KIP-919).
 */
import { array, bool, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeClusterRequest = message({
  name: 'DescribeClusterRequest',
  apiKey: 60,
  versions: '0-1',
  flexible: '0+',
  fields: {
    includeClusterAuthorizedOperations: bool('0+'),
    endpointType: int8('1+', { default: 1 }),
  },
});

export const DescribeClusterResponse = message({
  name: 'DescribeClusterResponse',
  apiKey: 60,
  versions: '0-1',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    endpointType: int8('1+', { default: 1 }),
    clusterId: string('0+'),
    controllerId: int32('0+', { default: -1, entity: 'brokerId' }),
    brokers: array('0+', {
      brokerId: int32('0+', { entity: 'brokerId', mapKey: true }),
      host: string('0+'),
      port: int32('0+'),
      rack: string('0+', { nullable: '0+', default: null }),
    }),
    clusterAuthorizedOperations: int32('0+', { default: -2147483648 }),
  },
});

export type DescribeClusterRequest = MessageOf<typeof DescribeClusterRequest>;
export type DescribeClusterResponse = MessageOf<typeof DescribeClusterResponse>;
