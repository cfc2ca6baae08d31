/** UpdateFeatures: what of it may be done is written to /feature, whose new version every broker sees (KIP-584). */
import type { ControllerParts } from '../controller-parts.ts';
import { decideFeatureUpdate, type FeatureUpdate } from '../decide/feature-update.ts';
import type { FeatureOutcomes, Refusal } from '../outcomes.ts';

export async function processUpdateFeatures(
  { store, logger }: ControllerParts,
  updates: readonly FeatureUpdate[],
): Promise<FeatureOutcomes> {
  const found = await store.readFeatures();
  const finalized = found?.maxVersionLevels ?? new Map<string, number>();
  const left = new Map(finalized);
  const outcomes = new Map<string, Refusal | null>();
  for (const update of updates) {
    const decision = decideFeatureUpdate(update, finalized.get(update.feature));
    if (decision.kind === 'delete') left.delete(update.feature);
    outcomes.set(
      update.feature,
      decision.kind === 'delete' ? null : { error: 'INVALID_REQUEST', message: decision.message },
    );
  }
  if (left.size === finalized.size) return outcomes;
  try {
    await store.updateFeatures({ ...found, enabled: true, maxVersionLevels: left });
  } catch (error) {
    logger.warn('Processing of feature updates failed', { error });
    for (const [feature, outcome] of outcomes)
      if (outcome === null) outcomes.set(feature, { error: 'FEATURE_UPDATE_FAILED' });
  }
  return outcomes;
}
