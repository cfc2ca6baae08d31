/**
 * What an administrator was told about its topics. A creation or deletion without an answer may come about much later: what
 * waited in a broken connection arrives when it is mended. So a name in doubt is never used again, and nothing is
 * promised of it that an answer did not say.
 */
import type { Random } from '../../../../src/runtime/index.ts';

export interface KnownTopic {
  readonly name: string;
  /** How often the name was used: what an older topic of the name held must not show again. */
  generation: number;
  state: 'exists' | 'is gone' | 'in doubt';
  /** Its deletion was asked for; it may be gone, or be deleted at any time. */
  isUnwanted: boolean;
  /** Undefined: an expansion is in doubt. */
  partitions: number | undefined;
  /**
   * Replicas, as "partition/broker", that moves may have taken from a broker. One that was away just then never hears of
   * it, in the original too, and keeps its folder for good.
   */
  readonly movedFrom: Set<string>;
  /** Records that were acknowledged. */
  readonly values: { readonly partition: number; readonly offset: number; readonly value: string }[];
}

export class TopicLedger {
  readonly topics: KnownTopic[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Those that one can do something with. */
  get usable(): KnownTopic[] {
    return this.topics.filter(({ state, isUnwanted }) => state === 'exists' && !isUnwanted);
  }

  /** Those that are to be deleted (again). */
  get unwanted(): KnownTopic[] {
    return this.topics.filter(({ state, isUnwanted }) => isUnwanted && state !== 'is gone');
  }

  /** A name for a new topic: one that was used and is free again, or a new one. In doubt until it is told. */
  next(random: Random, isFree: (name: string) => boolean): KnownTopic {
    const free = this.topics.filter(
      ({ name, state, isUnwanted }) => state === 'is gone' && !isUnwanted && isFree(name),
    );
    const found = random.below(2) === 0 ? free[random.below(Math.max(1, free.length))] : undefined;
    const topic: KnownTopic = found ?? {
      name: `${this.#prefix}-${this.topics.length}`,
      generation: 0,
      state: 'in doubt',
      isUnwanted: false,
      partitions: undefined,
      movedFrom: new Set(),
      values: [],
    };
    if (found === undefined) this.topics.push(topic);
    topic.generation += 1;
    topic.state = 'in doubt';
    topic.isUnwanted = true;
    topic.values.length = 0;
    return topic;
  }

  /** A creation was refused. */
  wasNotMade(topic: KnownTopic): void {
    topic.state = 'is gone';
    topic.isUnwanted = false;
  }

  mayBeLeft(name: string, partition: number, broker: number): boolean {
    const topic = this.topics.find((each) => each.name === name);
    return topic?.movedFrom.has(`${partition}/${broker}`) === true;
  }

  /** Against the topics that there are: name and number of partitions. */
  violations(found: ReadonlyMap<string, number>): string[] {
    const expected = new Set(this.topics.map(({ name }) => name));
    const unknown = [...found.keys()].filter(
      (name) => name.startsWith(`${this.#prefix}-`) && !expected.has(name),
    );
    return [
      ...unknown.map((name) => `topics: ${name} exists and was never made`),
      ...this.topics.flatMap(({ name, state, isUnwanted, partitions }) => {
        const count = found.get(name);
        if (state === 'is gone' && count !== undefined) return [`topics: ${name} exists and was deleted`];
        if (state !== 'exists' || isUnwanted) return [];
        if (count === undefined) return [`topics: ${name} does not exist and was made`];
        return partitions === undefined || partitions === count
          ? []
          : [`topics: ${name} has ${count} partitions, ${partitions} were made`];
      }),
    ];
  }
}
