/**
 * DescribeConfigs (api key 32): settings of topics, brokers and loggers, with where each value comes from
 * (KIP-133).
 *
 * - v1: synonyms: all the places a value could come from, in order (KIP-226).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: type and documentation of each setting (KIP-569).
 * - v4: first flexible version (KIP-482).
 */
import { array, bool, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeConfigsRequest = message({
  name: 'DescribeConfigsRequest',
  apiKey: 32,
  versions: '0-4',
  flexible: '4+',
  fields: {
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configurationKeys: array('0+', 'string', { nullable: '0+' }),
    }),
    includeSynonyms: bool('1+', { default: false }),
    includeDocumentation: bool('3+', { default: false }),
  },
});

export const DescribeConfigsResponse = message({
  name: 'DescribeConfigsResponse',
  apiKey: 32,
  versions: '0-4',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configs: array('0+', {
        name: string('0+'),
        value: string('0+', { nullable: '0+' }),
        readOnly: bool('0+'),
        isDefault: bool('0'),
        configSource: int8('1+', { default: -1, ignorable: true }),
        isSensitive: bool('0+'),
        synonyms: array(
          '1+',
          {
            name: string('1+'),
            value: string('1+', { nullable: '0+' }),
            source: int8('1+'),
          },
          { ignorable: true },
        ),
        configType: int8('3+', { default: 0, ignorable: true }),
        documentation: string('3+', { nullable: '0+', ignorable: true }),
      }),
    }),
  },
});

export type DescribeConfigsRequest = MessageOf<typeof DescribeConfigsRequest>;
export type DescribeConfigsResponse = MessageOf<typeof DescribeConfigsResponse>;
