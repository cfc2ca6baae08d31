/**
 * ElectLeaders (api key 43): elect leaders anew, at the controller: the preferred replicas, or any live one
 * at the price of lost records.
 *
 * - v0: preferred leaders only (KIP-183).
 * - v1: unclean election too; an error for the whole request (KIP-460).
 * - v2: first flexible version (KIP-482).
 */
import { array, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const ElectLeadersRequest = message({
  name: 'ElectLeadersRequest',
  apiKey: 43,
  versions: '0-2',
  flexible: '2+',
  fields: {
    electionType: int8('1+'),
    topicPartitions: array(
      '0+',
      {
        topic: string('0+', { entity: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32('0+', { default: 60000 }),
  },
});

export const ElectLeadersResponse = message({
  name: 'ElectLeadersResponse',
  apiKey: 43,
  versions: '0-2',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('1+'),
    replicaElectionResults: array('0+', {
      topic: string('0+', { entity: 'topicName' }),
      partitionResult: array('0+', {
        partitionId: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export type ElectLeadersRequest = MessageOf<typeof ElectLeadersRequest>;
export type ElectLeadersResponse = MessageOf<typeof ElectLeadersResponse>;
