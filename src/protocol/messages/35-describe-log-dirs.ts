/**
 * DescribeLogDirs (api key 35): what lies in the log directories of this broker, how large, and how far a
 * replica that is being moved lags behind (KIP-113).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: an error for the whole response (KIP-784).
 * - v4: total and usable bytes of each directory (KIP-827).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeLogDirsRequest = message({
  name: 'DescribeLogDirsRequest',
  apiKey: 35,
  versions: '0-4',
  flexible: '2+',
  fields: {
    topics: array(
      '0+',
      {
        topic: string('0+', { entity: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
  },
});

export const DescribeLogDirsResponse = message({
  name: 'DescribeLogDirsResponse',
  apiKey: 35,
  versions: '0-4',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('3+', { ignorable: true }),
    results: array('0+', {
      errorCode: int16('0+'),
      logDir: string('0+'),
      topics: array('0+', {
        name: string('0+', { entity: 'topicName' }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          partitionSize: int64('0+'),
          offsetLag: int64('0+'),
          isFutureKey: bool('0+'),
        }),
      }),
      totalBytes: int64('4+', { default: -1, ignorable: true }),
      usableBytes: int64('4+', { default: -1, ignorable: true }),
    }),
  },
});

export type DescribeLogDirsRequest = MessageOf<typeof DescribeLogDirsRequest>;
export type DescribeLogDirsResponse = MessageOf<typeof DescribeLogDirsResponse>;
