/** AlterConfigs (api key 33). */
import { array, bool, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const AlterConfigsRequest = message({
  name: 'AlterConfigsRequest',
  apiKey: 33,
  versions: '0-2',
  flexible: '2+',
  fields: {
    resources: array('0+', {
      resourceType: int8('0+', { mapKey: true }),
      resourceName: string('0+', { mapKey: true }),
      configs: array('0+', {
        name: string('0+', { mapKey: true }),
        value: string('0+', { nullable: '0+' }),
      }),
    }),
    validateOnly: bool('0+'),
  },
});

export const AlterConfigsResponse = message({
  name: 'AlterConfigsResponse',
  apiKey: 33,
  versions: '0-2',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    responses: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      resourceType: int8('0+'),
      resourceName: string('0+'),
    }),
  },
});

export type AlterConfigsRequest = MessageOf<typeof AlterConfigsRequest>;
export type AlterConfigsResponse = MessageOf<typeof AlterConfigsResponse>;
