/**
 * AlterReplicaLogDirs (api key 34): move replicas of this broker to another of its log directories (KIP-113).
 * They are copied in the background and swapped when they have caught up.
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const AlterReplicaLogDirsRequest = message({
  name: 'AlterReplicaLogDirsRequest',
  apiKey: 34,
  versions: '0-2',
  flexible: '2+',
  fields: {
    dirs: array('0+', {
      path: string('0+', { mapKey: true }),
      topics: array('0+', {
        name: string('0+', { entity: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      }),
    }),
  },
});

export const AlterReplicaLogDirsResponse = message({
  name: 'AlterReplicaLogDirsResponse',
  apiKey: 34,
  versions: '0-2',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      topicName: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});

export type AlterReplicaLogDirsRequest = MessageOf<typeof AlterReplicaLogDirsRequest>;
export type AlterReplicaLogDirsResponse = MessageOf<typeof AlterReplicaLogDirsResponse>;
