/**
 * May a feature be finalized at this level, or no longer be (KIP-584)? Brokers of 3.9 in ZooKeeper mode support no
 * feature at all, so none can be; what a cluster's /feature still holds from elsewhere can only be deleted.
 */

/** Of v0: `UPGRADE`, or `SAFE_DOWNGRADE` where downgrading was allowed. */
export type UpgradeType = 'UPGRADE' | 'SAFE_DOWNGRADE' | 'UNSAFE_DOWNGRADE' | 'UNKNOWN';

export interface FeatureUpdate {
  readonly feature: string;
  /** Below 1 in a downgrade: delete. */
  readonly versionLevel: number;
  readonly upgradeType: UpgradeType;
}

/** `message` goes with INVALID_REQUEST. */
export type FeatureDecision =
  { readonly kind: 'delete' } | { readonly kind: 'invalid'; readonly message: string };

const NOT_SUPPORTED =
  'Could not apply finalized feature update because the provided feature is not supported.';

export function decideFeatureUpdate(
  { feature, versionLevel, upgradeType }: FeatureUpdate,
  finalizedLevel: number | undefined,
): FeatureDecision {
  if (feature === '') return invalid('Feature name can not be empty.');
  if (upgradeType === 'UNKNOWN') return invalid('Received unknown upgrade type.');
  if (versionLevel < 1 && upgradeType !== 'UPGRADE')
    return finalizedLevel === undefined
      ? invalid('Can not delete non-existing finalized feature.')
      : { kind: 'delete' };
  if (versionLevel < 1)
    return invalid(
      `Can not provide versionLevel: ${versionLevel} less than 1 without setting the SAFE downgradeType in the ` +
        'request.',
    );
  if (finalizedLevel === undefined) return invalid(NOT_SUPPORTED);
  return invalid(levelRefusal(versionLevel, finalizedLevel, upgradeType) ?? NOT_SUPPORTED);
}

function levelRefusal(wanted: number, finalized: number, upgradeType: UpgradeType): string | null {
  const isSafe = upgradeType === 'SAFE_DOWNGRADE';
  if (wanted === finalized)
    return (
      `Can not ${isSafe ? 'downgrade' : 'upgrade'} a finalized feature from existing versionLevel:${finalized} ` +
      'to the same value.'
    );
  if (wanted < finalized && !isSafe)
    return (
      `Can not downgrade finalized feature from existing versionLevel:${finalized} to provided ` +
      `versionLevel:${wanted} without setting the downgradeType to SAFE in the request.`
    );
  if (wanted > finalized && upgradeType !== 'UPGRADE')
    return (
      `When the downgradeType is set to SAFE in the request, the provided versionLevel:${wanted} can not be greater ` +
      `than existing versionLevel:${finalized}.`
    );
  return null;
}

function invalid(message: string): FeatureDecision {
  return { kind: 'invalid', message };
}
