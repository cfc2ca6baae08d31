/**
 * Each config of a topic is changed while the broker runs, and its effect is seen without a restart; taken back, it is
 * gone again. Then the same by the default of all brokers, for topics that do not set it themselves.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isDynamic, topicSynonyms, topicTable, type TopicKey } from '../../../src/config/index.ts';
import { EFFECTS, type Effect } from './effects.ts';
import { ownDefaults, untilTold, World, type Topic } from './world.ts';

jest.setTimeout(120_000);

const SYNONYMS: Partial<Record<TopicKey, string>> = topicSynonyms;
const KEYS = Object.keys(EFFECTS) as TopicKey[];

interface Case extends Effect {
  readonly key: TopicKey;
}

const withEffect = KEYS.flatMap((key): Case[] => {
  const row = EFFECTS[key];
  return 'probe' in row ? [{ key, ...row }] : [];
});
/** What the default of all brokers may change while they run. */
const ofBrokers = withEffect.filter(({ key }) => isDynamic(SYNONYMS[key] ?? ''));

const lostName = (by: string): string => `lost-${by}`;
const nameOf = (key: string, by: string): string => `${key}-${by}`;

let world: World;
/** All that disturb nobody, at once. */
const stories = new Map<string, Promise<void>>();

beforeAll(async () => {
  world = await World.create([lostName('topic'), lostName('default')]);
  begin('topic', withEffect, changeOfTopic);
  begin('default', ofBrokers, changeOfDefault);
});
afterAll(() => world.close());

type Change = (topic: Topic, key: TopicKey, value: string | null) => Promise<string>;

const changeOfTopic: Change = (topic, key, value) => topic.set(key, value);
const changeOfDefault: Change = (topic, key, value) => world.changeDefault(topic, SYNONYMS[key]!, value);

function begin(by: string, cases: readonly Case[], change: Change): void {
  for (const row of cases) {
    if (row.isLost === true) continue;
    const told = tell(row, by, change);
    // Its test tells of the failure.
    told.catch(() => undefined);
    stories.set(nameOf(row.key, by), told);
  }
}

async function tell(row: Case, by: string, change: Change): Promise<void> {
  const { key, value, probe, unset, set, configs = {}, replicas } = row;
  const { [key]: own, ...others } = ownDefaults();
  expect(own).toBeDefined();
  const topic =
    row.isLost === true
      ? await world.lostTopic(lostName(by))
      : await world.createTopic(nameOf(key, by), { ...others, ...configs }, replicas);
  await untilTold(() => probe(topic), unset);
  expect(await change(topic, key, value)).toBe('NONE');
  await untilTold(() => probe(topic), set);
  expect(await topic.told(key)).toBe(value);
  expect(await change(topic, key, null)).toBe('NONE');
  if (row.isLost === true) await topic.loseAgain();
  await untilTold(() => probe(topic), unset);
}

test('no config is left out', () => {
  expect(KEYS.sort()).toEqual(Object.keys(topicTable).sort());
});

describe('on a topic', () => {
  test.each(withEffect)('$key: $unset, with $value $set', async (row) => {
    await (stories.get(nameOf(row.key, 'topic')) ?? tell(row, 'topic', changeOfTopic));
  });

  test('what has no effect is taken and told, and what there is not is refused', async () => {
    const topic = await world.createTopic('told-only', {});
    for (const key of KEYS) {
      const row = EFFECTS[key];
      if ('probe' in row) continue;
      const answer = await topic.set(key, row.value);
      if ('refused' in row) expect(answer).toContain(row.refused);
      else expect([key, answer, await topic.told(key)]).toEqual([key, 'NONE', row.value]);
    }
  });
});

describe('by the default of all brokers', () => {
  test.each(ofBrokers)('$key: $unset, with $value $set', async (row) => {
    await (stories.get(nameOf(row.key, 'default')) ?? tell(row, 'default', changeOfDefault));
  });

  test('a folder of a deleted partition waits for the delay of now', async () => {
    const topic = await world.createTopic('deleted-topic', {});
    await topic.produce();
    await topic.delete();
    await untilTold(() => topic.foldersAside(), '1 aside');
    expect(await world.changeDefault(topic, 'log.segment.delete.delay.ms', '0')).toBe('NONE');
    await untilTold(() => topic.foldersAside(), '0 aside');
    expect(await world.changeDefault(topic, 'log.segment.delete.delay.ms', null)).toBe('NONE');
  });
});
