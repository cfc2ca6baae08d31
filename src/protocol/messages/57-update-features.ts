/**
 * UpdateFeatures (api key 57): raise or lower finalized feature levels, at the controller (KIP-584).
 *
 * - v1: kinds of change, safe or not, and a mere check (KIP-778).
 */
import { array, bool, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const UpdateFeaturesRequest = message({
  name: 'UpdateFeaturesRequest',
  apiKey: 57,
  versions: '0-1',
  flexible: '0+',
  fields: {
    timeoutMs: int32('0+', { default: 60000 }),
    featureUpdates: array('0+', {
      feature: string('0+', { mapKey: true }),
      maxVersionLevel: int16('0+'),
      allowDowngrade: bool('0'),
      upgradeType: int8('1+', { default: 1 }),
    }),
    validateOnly: bool('1+', { default: false }),
  },
});

export const UpdateFeaturesResponse = message({
  name: 'UpdateFeaturesResponse',
  apiKey: 57,
  versions: '0-1',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    results: array('0+', {
      feature: string('0+', { mapKey: true }),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
    }),
  },
});

export type UpdateFeaturesRequest = MessageOf<typeof UpdateFeaturesRequest>;
export type UpdateFeaturesResponse = MessageOf<typeof UpdateFeaturesResponse>;
