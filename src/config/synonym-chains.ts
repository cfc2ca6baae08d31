/** Broker keys that name one setting in several units or places, from the strongest to the weakest. */

type Properties = Readonly<Record<string, string>>;

export const SYNONYM_CHAINS: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
];

/** What is set dynamically takes the place of its whole chain: the file's log.retention.hours counts no more beside it. */
export function withDynamicLayer(below: Properties, layer: Properties): Properties {
  const replaced = new Set(
    SYNONYM_CHAINS.filter((chain) => chain.some((key) => Object.hasOwn(layer, key))).flat(),
  );
  const kept = Object.entries(below).filter(([key]) => !replaced.has(key));
  return { ...Object.fromEntries(kept), ...layer };
}
