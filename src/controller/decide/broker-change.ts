/**
 * BrokerChange: the children of /brokers/ids differ from what we remember. A broker that came back between two looks
 * has the same id and a later registration (a greater czxid): it bounced, and is treated as dead and then as new,
 * because whatever it was told before it restarted is gone.
 */
export interface BrokerChanges {
  readonly added: readonly number[];
  readonly bounced: readonly number[];
  readonly died: readonly number[];
}

/** Both maps: broker id to broker epoch. Each list comes out sorted. */
export function decideBrokerChange(
  known: ReadonlyMap<number, number>,
  registered: ReadonlyMap<number, number>,
): BrokerChanges {
  const sorted = (ids: number[]): number[] => ids.sort((a, b) => a - b);
  const present = [...registered.keys()];
  return {
    added: sorted(present.filter((id) => !known.has(id))),
    bounced: sorted(present.filter((id) => (registered.get(id) ?? 0) > (known.get(id) ?? Infinity))),
    died: sorted([...known.keys()].filter((id) => !registered.has(id))),
  };
}
