/**
 * What came about in a run, counted from the facts. A batch of seeds in which one of these never happened proves nothing
 * about it, and fails.
 */
import type { Fact, FactKind, RecordedFact } from '../../../src/observe/index.ts';

export const COUNTED = {
  'controllers elected': 'a broker became the controller',
  'leaders elected': 'the controller chose a leader',
  truncations: 'a follower cut off what its leader does not have',
  'ISR shrinks': 'a leader or the controller put a replica out of the ISR',
  'ISR expansions': 'a replica that caught up came back into the ISR',
  'transactions committed': 'a coordinator completed a commit',
  'transactions aborted': 'a coordinator completed an abort',
  rebalances: 'a group began to rebalance',
  'sessions expired': 'a broker heard that its ZooKeeper session had ended',
  'coordinators loaded': 'a broker read groups or transactions from a log that has records',
  'logs cleaned': 'the cleaner compacted a log',
  'segments deleted': 'retention deleted a segment',
  'logs recovered': 'a log was opened after an end that was not clean',
} as const;

export type Counted = keyof typeof COUNTED;
export type CountsByName = Readonly<Record<Counted, number>>;

type CountedOf<F extends Fact> = (fact: F) => Counted | undefined;

const COUNTED_OF: { readonly [K in FactKind]?: CountedOf<Fact & { readonly kind: K }> } = {
  'controller-elected': () => 'controllers elected',
  'leader-elected': () => 'leaders elected',
  'log-truncated': ({ removedOffsets }) => (removedOffsets > 0 ? 'truncations' : undefined),
  'transaction-state': ({ to }) =>
    to === 'CompleteCommit'
      ? 'transactions committed'
      : to === 'CompleteAbort'
        ? 'transactions aborted'
        : undefined,
  'group-state': ({ to }) => (to === 'PreparingRebalance' ? 'rebalances' : undefined),
  'zookeeper-session': ({ state }) => (state === 'expired' ? 'sessions expired' : undefined),
  'coordinator-loaded': ({ records }) => (records > 0 ? 'coordinators loaded' : undefined),
  'log-cleaned': () => 'logs cleaned',
  'log-segment': ({ action }) => (action === 'deleted' ? 'segments deleted' : undefined),
  'log-recovered': () => 'logs recovered',
};

export class Counts {
  readonly #counts: Record<Counted, number> = { ...none() };
  /** The ISR of each partition as it was heard of last. */
  readonly #isrSizes = new Map<string, number>();

  get byName(): CountsByName {
    return this.#counts;
  }

  see(fact: RecordedFact): void {
    if (fact.kind === 'isr-change' || fact.kind === 'leader-elected') this.#seeIsr(fact);
    const counted = (COUNTED_OF[fact.kind] as CountedOf<Fact> | undefined)?.(fact);
    if (counted !== undefined) this.#counts[counted] += 1;
  }

  #seeIsr({
    topic,
    partition,
    isr,
  }: RecordedFact & { readonly kind: 'isr-change' | 'leader-elected' }): void {
    const name = `${topic}-${partition}`;
    const before = this.#isrSizes.get(name) ?? isr.length;
    this.#isrSizes.set(name, isr.length);
    if (isr.length < before) this.#counts['ISR shrinks'] += 1;
    if (isr.length > before) this.#counts['ISR expansions'] += 1;
  }
}

function none(): CountsByName {
  return Object.fromEntries(Object.keys(COUNTED).map((name) => [name, 0])) as Record<Counted, number>;
}

export function sumOf(all: readonly CountsByName[]): CountsByName {
  const sum: Record<Counted, number> = { ...none() };
  for (const counts of all) for (const name of Object.keys(COUNTED) as Counted[]) sum[name] += counts[name];
  return sum;
}
