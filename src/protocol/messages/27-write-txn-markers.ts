/**
 * WriteTxnMarkers (api key 27): the transaction coordinator tells the leaders of a transaction's partitions
 * to append the marker that ends it (KIP-98).
 *
 * - v1: first flexible version (KIP-482).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const WriteTxnMarkersRequest = message({
  name: 'WriteTxnMarkersRequest',
  apiKey: 27,
  versions: '0-1',
  flexible: '1+',
  fields: {
    markers: array('0+', {
      producerId: int64('0+', { entity: 'producerId' }),
      producerEpoch: int16('0+'),
      transactionResult: bool('0+'),
      topics: array('0+', {
        name: string('0+', { entity: 'topicName' }),
        partitionIndexes: array('0+', 'int32'),
      }),
      coordinatorEpoch: int32('0+'),
    }),
  },
});

export const WriteTxnMarkersResponse = message({
  name: 'WriteTxnMarkersResponse',
  apiKey: 27,
  versions: '0-1',
  flexible: '1+',
  fields: {
    markers: array('0+', {
      producerId: int64('0+', { entity: 'producerId' }),
      topics: array('0+', {
        name: string('0+', { entity: 'topicName' }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    }),
  },
});

export type WriteTxnMarkersRequest = MessageOf<typeof WriteTxnMarkersRequest>;
export type WriteTxnMarkersResponse = MessageOf<typeof WriteTxnMarkersResponse>;
