/** UpdateFeatures v0-1: raises, lowers or deletes finalized feature levels, at the controller (KIP-584). */
import type { FeatureUpdate, UpgradeType } from '../../controller/index.ts';
import { ErrorCode, errors } from '../../protocol/index.ts';
import {
  type UpdateFeaturesRequest as Request,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../../protocol/messages/57-update-features.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

/** By their numbers; there is no 0. */
const UPGRADE_TYPES: readonly UpgradeType[] = ['UNKNOWN', 'UPGRADE', 'SAFE_DOWNGRADE', 'UNSAFE_DOWNGRADE'];
const FIRST_VERSION_WITH_TYPES = 1;

export const updateFeatures = defineHandler({
  request: UpdateFeaturesRequest,
  response: UpdateFeaturesResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle(request, { apiVersion }, { controller }) {
    const outcomes = await controller.updateFeatures(updatesIn(request, apiVersion));
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      results: [...outcomes].map(([feature, outcome]) => ({
        feature,
        errorCode: ErrorCode[outcome?.error ?? 'NONE'],
        errorMessage: outcome === null ? null : (outcome.message ?? errors[outcome.error].message),
      })),
    };
  },

  failed: (_request, error, errorMessage) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage,
    results: [],
  }),
});

function updatesIn({ featureUpdates }: Request, version: number): FeatureUpdate[] {
  return featureUpdates.map(({ feature, maxVersionLevel, allowDowngrade, upgradeType }) => {
    const inOldWords = allowDowngrade ? 'SAFE_DOWNGRADE' : 'UPGRADE';
    return {
      feature,
      versionLevel: maxVersionLevel,
      upgradeType:
        version < FIRST_VERSION_WITH_TYPES ? inOldWords : (UPGRADE_TYPES[upgradeType] ?? 'UNKNOWN'),
    };
  });
}
