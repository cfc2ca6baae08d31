/** UpdateFeatures: nothing can be finalized here, and what another kind of broker has left can be deleted (KIP-584). */
import { expect, test } from '@jest/globals';
import type { FeatureUpdate, UpgradeType } from '../../../../src/controller/decide/feature-update.ts';
import { processUpdateFeatures } from '../../../../src/controller/events/update-features.ts';
import { testController } from '../fixtures.ts';

/** A controller that finds feature `old` at level 3, and what it writes. */
function withOldFeature() {
  const { parts, store } = testController();
  const written: (readonly [string, number][])[] = [];
  store.readFeatures = () => Promise.resolve({ enabled: true, maxVersionLevels: new Map([['old', 3]]) });
  store.updateFeatures = ({ maxVersionLevels }) => {
    written.push([...maxVersionLevels]);
    return Promise.resolve();
  };
  return { parts, store, written };
}

const update = (feature: string, versionLevel: number, upgradeType: UpgradeType): FeatureUpdate => ({
  feature,
  versionLevel,
  upgradeType,
});

test('what is there can be deleted, and what is asked beside it is judged by itself', async () => {
  const { parts, written } = withOldFeature();
  const outcomes = await processUpdateFeatures(parts, [
    update('old', 0, 'SAFE_DOWNGRADE'),
    update('new', 1, 'UPGRADE'),
  ]);
  expect(outcomes.get('old')).toBeNull();
  expect(outcomes.get('new')).toMatchObject({ error: 'INVALID_REQUEST' });
  expect(written).toEqual([[]]);
});

test.each<readonly [FeatureUpdate, string]>([
  [update('', 1, 'UPGRADE'), 'Feature name can not be empty.'],
  [update('old', 1, 'UNKNOWN'), 'Received unknown upgrade type.'],
  [update('new', 0, 'UNSAFE_DOWNGRADE'), 'Can not delete non-existing finalized feature.'],
  [update('old', 0, 'UPGRADE'), 'without setting the SAFE downgradeType'],
  [
    update('old', 3, 'UPGRADE'),
    'Can not upgrade a finalized feature from existing versionLevel:3 to the same value.',
  ],
  [update('old', 2, 'UPGRADE'), 'Can not downgrade finalized feature from existing versionLevel:3'],
  [update('old', 4, 'SAFE_DOWNGRADE'), 'can not be greater than existing versionLevel:3.'],
  [update('old', 4, 'UPGRADE'), 'the provided feature is not supported.'],
])('%j is refused and nothing is written', async (asked, message) => {
  const { parts, written } = withOldFeature();
  const outcomes = await processUpdateFeatures(parts, [asked]);
  expect(outcomes.get(asked.feature)?.message).toContain(message);
  expect(written).toEqual([]);
});

test('a write that fails is FEATURE_UPDATE_FAILED for what would have been, and leaves refusals as they are', async () => {
  const { parts, store } = withOldFeature();
  store.updateFeatures = () => Promise.reject(new Error('no ZooKeeper'));
  const outcomes = await processUpdateFeatures(parts, [
    update('old', 0, 'SAFE_DOWNGRADE'),
    update('new', 1, 'UPGRADE'),
  ]);
  expect(outcomes.get('old')).toMatchObject({ error: 'FEATURE_UPDATE_FAILED' });
  expect(outcomes.get('new')).toMatchObject({ error: 'INVALID_REQUEST' });
});
