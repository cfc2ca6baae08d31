/** ControlledShutdown (api key 7). */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const ControlledShutdownRequest = message({
  name: 'ControlledShutdownRequest',
  apiKey: 7,
  versions: '0-3',
  flexible: '3+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('2+', { default: -1, ignorable: true }),
  },
});

export const ControlledShutdownResponse = message({
  name: 'ControlledShutdownResponse',
  apiKey: 7,
  versions: '0-3',
  flexible: '3+',
  fields: {
    errorCode: int16('0+'),
    remainingPartitions: array('0+', {
      topicName: string('0+', { entity: 'topicName', mapKey: true }),
      partitionIndex: int32('0+', { mapKey: true }),
    }),
  },
});

export type ControlledShutdownRequest = MessageOf<typeof ControlledShutdownRequest>;
export type ControlledShutdownResponse = MessageOf<typeof ControlledShutdownResponse>;
