/**
 * AlterClientQuotas (api key 49): set or remove quotas by user, client id and address (KIP-546).
 *
 * - v1: first flexible version (KIP-482).
 */
import { array, bool, float64, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const AlterClientQuotasRequest = message({
  name: 'AlterClientQuotasRequest',
  apiKey: 49,
  versions: '0-1',
  flexible: '1+',
  fields: {
    entries: array('0+', {
      entity: array('0+', {
        entityType: string('0+'),
        entityName: string('0+', { nullable: '0+' }),
      }),
      ops: array('0+', {
        key: string('0+'),
        value: float64('0+'),
        remove: bool('0+'),
      }),
    }),
    validateOnly: bool('0+'),
  },
});

export const AlterClientQuotasResponse = message({
  name: 'AlterClientQuotasResponse',
  apiKey: 49,
  versions: '0-1',
  flexible: '1+',
  fields: {
    throttleTimeMs: int32('0+'),
    entries: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      entity: array('0+', {
        entityType: string('0+'),
        entityName: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export type AlterClientQuotasRequest = MessageOf<typeof AlterClientQuotasRequest>;
export type AlterClientQuotasResponse = MessageOf<typeof AlterClientQuotasResponse>;
