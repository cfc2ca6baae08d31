/**
 * ControlledShutdown (api key 7): a broker about to stop asks the controller to move its leaderships away
 * first, and may go when no partition remains. Otherwise it tries again, and gives up after some attempts.
 *
 * - v0: the only request whose header has no client id.
 * - v1: the usual header.
 * - v2: broker epoch (KIP-380).
 * - v3: first flexible version (KIP-482).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const ControlledShutdownRequest = message({
  name: 'ControlledShutdownRequest',
  apiKey: 7,
  versions: '0-3',
  flexible: '3+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('2+', {
      default: -1,
      ignorable: true,
      about: 'The czxid of its registration, so that a late request cannot stop a later life of the broker.',
    }),
  },
});

export const ControlledShutdownResponse = message({
  name: 'ControlledShutdownResponse',
  apiKey: 7,
  versions: '0-3',
  flexible: '3+',
  fields: {
    errorCode: int16('0+'),
    remainingPartitions: array(
      '0+',
      {
        topicName: string('0+', { entity: 'topicName', mapKey: true }),
        partitionIndex: int32('0+', { mapKey: true }),
      },
      { about: 'Those it still leads; when none is left it may stop.' },
    ),
  },
});

export type ControlledShutdownRequest = MessageOf<typeof ControlledShutdownRequest>;
export type ControlledShutdownResponse = MessageOf<typeof ControlledShutdownResponse>;
