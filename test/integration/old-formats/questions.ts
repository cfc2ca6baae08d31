/** What is asked: each question by what it says, with the world to ask. */
import { buildBatch, type RecordToBuild } from '../../../src/records/index.ts';
import { buildMessageSet } from '../../../src/records/legacy/message-set.ts';
import { spoiledSets } from './spoiled-sets.ts';
import type { World } from './world.ts';

type Question = (world: World) => Promise<unknown>;
export type Questions = Readonly<Record<string, Question>>;

const CODECS = ['none', 'gzip', 'snappy', 'lz4'] as const;
const TIME = 1_700_000_000_000;

/** Every format in every version that takes it, and what a log holds afterwards. */
const UP: Questions = Object.fromEntries(
  [0, 1, 2].flatMap((version) =>
    [0, 1, 2].flatMap((magic) =>
      [...CODECS, ...(magic === 2 ? (['zstd'] as const) : [])].map((codec): [string, Question] => [
        `Produce v${version} of a v${magic} ${codec} set`,
        (world) => producedTwice(world, version, world.sample(`set v${magic} ${codec} CreateTime 0`)),
      ]),
    ),
  ),
);

async function producedTwice(
  world: World,
  version: number,
  records: Buffer,
  configs: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const topic = await world.topic(configs);
  const answers = [
    await world.produce(topic, version, records),
    await world.produce(topic, version, records),
  ];
  return { answers, log: await world.fetch(topic, { version: 4 }) };
}

const UP_BY_CONFIG: Questions = Object.fromEntries(
  (
    [
      ['LogAppendTime', { 'message.timestamp.type': 'LogAppendTime' }],
      ['gzip', { 'compression.type': 'gzip' }],
      ['uncompressed', { 'compression.type': 'uncompressed' }],
      ['compact', { 'cleanup.policy': 'compact' }],
      ['a small max.message.bytes', { 'max.message.bytes': '560' }],
      ['a tiny max.message.bytes', { 'max.message.bytes': '150' }],
      ['small segments', { 'segment.bytes': '300' }],
      ['timestamps not too old', { 'message.timestamp.before.max.ms': '60000' }],
    ] as const
  ).flatMap(([kind, configs]) =>
    [
      'v0 none CreateTime',
      'v1 none CreateTime',
      'v1 gzip CreateTime',
      'v1 none LogAppendTime',
      'v1 lz4 LogAppendTime',
    ].map((set): [string, Question] => [
      `Produce v2 of a ${set} set to a topic with ${kind}`,
      (world) => producedTwice(world, 2, world.sample(`set ${set} 0`), configs),
    ]),
  ),
);

const BAD_SETS: Questions = Object.fromEntries(
  Object.entries(spoiledSets).flatMap(([what, make]) =>
    [2, 3].map((version): [string, Question] => [
      `Produce v${version} of ${what}`,
      (world) => producedTwice(world, version, make(world)),
    ]),
  ),
);

const BAD_PRODUCES: Questions = {
  'Produce v0 to an unknown topic': (world) =>
    world.produce('nowhere', 0, world.sample('set v0 none CreateTime 0')),
  'Produce v1 with acks 2': async (world) =>
    world.produce(await world.topic(), 1, world.sample('set v0 none CreateTime 0'), 2),
  'Produce v0 with acks 0 of a wrong checksum': async (world) =>
    world.produce(await world.topic(), 0, world.sample('set v0 none CreateTime 0').fill(1, 12, 16), 0),
};

/** Every codec converted down, from the start of a batch and from its middle. */
const DOWN: Questions = Object.fromEntries(
  [0, 1, 2, 3].flatMap((version) =>
    [...CODECS, 'zstd' as const].flatMap((codec) =>
      [0, 2].flatMap((offset) =>
        ['CreateTime', 'LogAppendTime'].map((type): [string, Question] => [
          `Fetch v${version} of ${codec} batches with ${type} from ${offset}`,
          async (world) => {
            const topic = await world.topic({ 'message.timestamp.type': type });
            await world.produce(topic, 7, world.sample(`set v2 ${codec} CreateTime 0`));
            return world.fetch(topic, { version, offset });
          },
        ]),
      ),
    ),
  ),
);

const plain = (count: number, size = 8): Buffer =>
  buildBatch({
    records: Array.from({ length: count }, (_, index): RecordToBuild => ({
      timestamp: TIME + index,
      value: Buffer.alloc(size, 'x'),
    })),
  });

async function filled(
  world: World,
  batches: readonly Buffer[],
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = await world.topic(configs);
  for (const batch of batches) await world.produce(topic, 7, batch);
  return topic;
}

const ALL_VERSIONS = [0, 2, 3] as const;

function fetches(
  world: World,
  topic: string,
  offset: number,
  maxBytes?: number,
  minBytes?: number,
): Promise<unknown[]> {
  return Promise.all(
    ALL_VERSIONS.map((version) =>
      world.fetch(topic, {
        version,
        offset,
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(minBytes === undefined ? {} : { minBytes }),
      }),
    ),
  );
}

const DOWN_SPECIAL: Questions = {
  'Fetch of small records, which grow': async (world) =>
    fetches(world, await filled(world, [plain(30), plain(30)]), 0),
  'Fetch of many batches': async (world) =>
    fetches(
      world,
      await filled(
        world,
        Array.from({ length: 9 }, () => plain(1, 100)),
      ),
      3,
    ),
  'Fetch with less room than one batch takes': async (world) =>
    fetches(world, await filled(world, [plain(1, 500), plain(1, 500)]), 0, 200),
  'Fetch with room for one batch and a half': async (world) =>
    fetches(world, await filled(world, [plain(1, 500), plain(1, 500)]), 0, 850),
  'Fetch at the end': async (world) => fetches(world, await filled(world, [plain(1)]), 1),
  'Fetch at the end of an empty log': async (world) => fetches(world, await filled(world, []), 0),
  'Fetch beyond the end': async (world) => fetches(world, await filled(world, [plain(1)]), 9),
  'Fetch of a topic without down-conversion': async (world) =>
    fetches(world, await filled(world, [plain(1)], { 'message.downconversion.enable': 'false' }), 0),
  'Fetch at the end of a topic without down-conversion': async (world) =>
    fetches(world, await filled(world, [plain(1)], { 'message.downconversion.enable': 'false' }), 1),
  'Fetch beyond the end of a topic without down-conversion': async (world) =>
    fetches(world, await filled(world, [plain(1)], { 'message.downconversion.enable': 'false' }), 9),
  'Fetch by no replica there is, of a topic without down-conversion': async (world) => {
    const topic = await filled(world, [plain(1)], { 'message.downconversion.enable': 'false' });
    return world.fetch(topic, { version: 2, replicaId: 99 });
  },
  'Fetch by a debugging replica': async (world) =>
    world.fetch(await filled(world, [plain(1)]), { version: 2, replicaId: -2 }),
  'Fetch of a topic whose codec is zstd': async (world) => {
    const topic = await filled(world, [plain(1)], { 'compression.type': 'zstd' });
    return Promise.all([2, 4, 9].map((version) => world.fetch(topic, { version })));
  },
  'Fetch v9 of zstd batches in a topic of any codec': async (world) =>
    world.fetch(await filled(world, [world.sample('set v2 zstd CreateTime 0')]), { version: 9 }),
  'Fetch where zstd comes second': async (world) =>
    fetches(world, await filled(world, [plain(1), world.sample('set v2 zstd CreateTime 0')]), 0),
  'Fetch where zstd comes third': async (world) =>
    fetches(world, await filled(world, [plain(1), plain(1), world.sample('set v2 zstd CreateTime 0')]), 0),
  'Fetch of a large gzip batch': async (world) => {
    const records = Array.from({ length: 300 }, (_, index) => ({
      timestamp: TIME + index,
      value: Buffer.from('0123456789'),
    }));
    const topic = await filled(world, [buildBatch({ records, compression: 'gzip' })]);
    const set = buildMessageSet({
      magic: 1,
      compression: 'gzip',
      timestampType: 'CreateTime',
      records: records.map((record, offset) => ({ ...record, key: null, offset })),
    });
    return {
      produced: await world.produce(topic, 2, set),
      fetched: await world.fetch(topic, { version: 2, offset: 298 }),
    };
  },
};

const LIST_OFFSETS: Questions = {
  'ListOffsets v0 of an empty log': async (world) => listings(world, await filled(world, [])),
  'ListOffsets v0 of one segment': async (world) => listings(world, await filled(world, [plain(3)])),
  'ListOffsets v0 of several segments': async (world) =>
    listings(
      world,
      await filled(world, [plain(2, 100), plain(2, 100), plain(2, 100), plain(2, 100)], {
        'segment.bytes': '300',
      }),
    ),
  'ListOffsets v0 of an unknown topic': (world) => world.listOffsets('nowhere', -1, 1),
};

function listings(world: World, topic: string): Promise<unknown[]> {
  const asked: [number, number, number?][] = [
    [-1, 1],
    [-2, 1],
    [-1, 10],
    [-2, 10],
    [-1, 2],
    [-1, 0],
    [-3, 10],
    [0, 10],
    [4_000_000_000_000, 10],
    [-1, 10, -2],
    [-1, 10, 7],
  ];
  return Promise.all(asked.map(([time, most, replica]) => world.listOffsets(topic, time, most, replica)));
}

export const QUESTIONS: Questions = {
  ...UP,
  ...UP_BY_CONFIG,
  ...BAD_SETS,
  ...BAD_PRODUCES,
  ...DOWN,
  ...DOWN_SPECIAL,
  ...LIST_OFFSETS,
};

export async function answersOf(world: World): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const [says, ask] of Object.entries(QUESTIONS))
    answers[says] = await ask(world).catch(
      (error: unknown) => `the question itself failed: ${String(error)}`,
    );
  return answers;
}
