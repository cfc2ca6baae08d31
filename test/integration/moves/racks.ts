/**
 * Proposals of kafka-reassign-partitions for brokers in racks: what is asked of the original (record-racks.ts) and of ours
 * (test/unit/tools/reassign-racks.test.ts). A proposal begins at a random broker with a random distance, so what there is to
 * compare is everything that can come out.
 */

/** Racks of different sizes, in another order than their brokers; one broker has none. */
export const RACKS: readonly (string | null)[] = ['r2', 'r1', 'r1', 'r2', 'r3', null];

export const LAYOUTS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  twofold: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 0],
    [0, 2],
  ],
  threefold: [
    [0, 1, 2],
    [1, 2, 3],
    [2, 3, 4],
  ],
};

export interface Case {
  readonly topic: string;
  readonly brokers: string;
  readonly rackAware: boolean;
}

export const CASES: Readonly<Record<string, Case>> = {
  'two replicas, three racks': { topic: 'twofold', brokers: '0,1,2,3,4', rackAware: true },
  'three replicas, three racks': { topic: 'threefold', brokers: '4,3,2,1,0', rackAware: true },
  'two replicas, two racks': { topic: 'twofold', brokers: '3,0,1', rackAware: true },
  'more replicas than racks': { topic: 'threefold', brokers: '0,1,2,3', rackAware: true },
  'all brokers in one rack': { topic: 'twofold', brokers: '1,2', rackAware: true },
  'racks that are not looked at': { topic: 'twofold', brokers: '0,1,2,3', rackAware: false },
  'a broker without a rack, and racks that are not looked at': {
    topic: 'threefold',
    brokers: '0,5,1,2',
    rackAware: false,
  },
  'a broker without a rack alone': { topic: 'twofold', brokers: '5,9', rackAware: true },
  'a broker without a rack among others': { topic: 'twofold', brokers: '0,5', rackAware: true },
};

export const topicsToMove = (topic: string): string => JSON.stringify({ topics: [{ topic }], version: 1 });

export interface RecordedCase {
  /** Of what was printed, everything but the replicas proposed. */
  readonly printed: string;
  readonly exitCode: number;
  /** All proposals that came: of each partition its replicas. */
  readonly proposals: readonly string[];
}

const PROPOSED = /(Proposed partition reassignment configuration\n)(.*)\n/;

/** What was printed, apart from the proposal and from a stack trace, and the proposal. */
export function takenApart(printed: string): {
  readonly printed: string;
  readonly proposal: string | undefined;
} {
  const json = PROPOSED.exec(printed)?.[2];
  if (json === undefined)
    return { printed: printed.replace(/^(Error: .*)\n[^]*/m, '$1'), proposal: undefined };
  const { partitions } = JSON.parse(json) as { partitions: { replicas: number[] }[] };
  // In order of topic and partition, as everything else of the line.
  let next = 0;
  const marked = json.replace(/"replicas":\[[\d,]*\]/g, () => `"replicas":<${next++}>`);
  return {
    printed: printed.replace(PROPOSED, (_all, head: string) => `${head}${marked}\n`),
    proposal: partitions.map(({ replicas }) => replicas.join()).join(' '),
  };
}
