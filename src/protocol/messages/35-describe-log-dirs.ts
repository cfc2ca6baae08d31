/** DescribeLogDirs (api key 35). */
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
