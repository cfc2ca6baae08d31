/** What is sent, and to topics of which configs: each question by what it says. */
import { buildBatch, COMPRESSION_TYPES, prepareCompression } from '../../../src/records/index.ts';
import { batch, record, TIME, varint } from './batch-parts.ts';
import { BATCHES, COMPRESSED, UNKNOWN_CODECS } from './batches.ts';
import type { World } from './world.ts';

await prepareCompression();

type Question = (world: World) => Promise<unknown>;
type Configs = Readonly<Record<string, string>>;

const asked =
  (records: Buffer, configs: Configs = {}, version = 9): Question =>
  (world) =>
    world.produce(records, configs, version);

const JUDGED = COMPRESSION_TYPES.flatMap((codec) =>
  Object.entries({ ...BATCHES, ...(codec === 'none' ? {} : COMPRESSED) }).map(
    ([says, make]): [string, Question] => [`${codec}: ${says}`, asked(make(codec))],
  ),
);

/** The batch is made anew there, record by record. */
const REMADE = Object.entries({ ...BATCHES, ...COMPRESSED }).map(([says, make]): [string, Question] => [
  `gzip, made zstd: ${says}`,
  asked(make('gzip'), { 'compression.type': 'zstd' }),
]);

/** The broker's time is stamped into the header. */
const STAMPED = (['none', 'gzip', 'zstd'] as const).flatMap((codec) =>
  Object.entries(BATCHES).map(([says, make]): [string, Question] => [
    `${codec}, with LogAppendTime: ${says}`,
    asked(make(codec), { 'message.timestamp.type': 'LogAppendTime' }),
  ]),
);
const STAMPED_ANEW: readonly [string, Question] = [
  "gzip, made zstd, with LogAppendTime: the producer says that the time is the broker's",
  asked(BATCHES["the producer says that the time is the broker's"]!('gzip'), {
    'message.timestamp.type': 'LogAppendTime',
    'compression.type': 'zstd',
  }),
];

const UNKNOWN = Object.entries(UNKNOWN_CODECS).map(([says, records]): [string, Question] => [
  says,
  asked(records),
]);

/** Every codec to every setting, with all that a batch says of its producer and its records. */
const SETTINGS = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', 'producer'];
const RECOMPRESSED = COMPRESSION_TYPES.flatMap((codec) =>
  SETTINGS.flatMap((setting) =>
    ['CreateTime', 'LogAppendTime'].map((type): [string, Question] => [
      `${codec} to a topic of ${setting} with ${type}`,
      asked(
        buildBatch({
          records: Array.from({ length: 20 }, (_, index) => ({
            key: index % 3 === 0 ? null : Buffer.from(`key ${index}`),
            value: index % 5 === 4 ? null : Buffer.from(`value ${index} `.repeat(20)),
            headers:
              index % 4 === 1
                ? [
                    { key: 'h', value: null },
                    { key: '', value: Buffer.from('v') },
                  ]
                : [],
            timestamp: TIME + ((index * 7) % 20),
          })),
          compression: codec,
          producerId: 4000,
          producerEpoch: 3,
          baseSequence: 0,
        }),
        { 'compression.type': setting, 'message.timestamp.type': type },
      ),
    ]),
  ),
);

const LEVELS: readonly [string, Configs][] = [
  ['gzip', { 'compression.gzip.level': '1' }],
  ['gzip', { 'compression.gzip.level': '9' }],
  ['gzip', { 'compression.gzip.level': '-1' }],
  ['lz4', { 'compression.lz4.level': '1' }],
  ['lz4', { 'compression.lz4.level': '17' }],
  ['zstd', { 'compression.zstd.level': '-131072' }],
  ['zstd', { 'compression.zstd.level': '22' }],
];
const LEVELLED = LEVELS.map(([setting, level]): [string, Question] => [
  `none to a topic of ${setting} with ${Object.entries(level).join()}`,
  asked(batch({ records: [record(0), record(1)] }), { 'compression.type': setting, ...level }),
]);

const large = (): Buffer =>
  buildBatch({ records: [{ value: Buffer.alloc(3000, 'x'), timestamp: TIME }], compression: 'gzip' });
const SIZES: readonly [string, Question][] = [
  [
    'a batch that is too large once it is unpacked',
    asked(large(), { 'compression.type': 'uncompressed', 'max.message.bytes': '2000' }),
  ],
  [
    'a batch that is small enough once it is packed',
    asked(batch({ records: [record(0, { value: Buffer.alloc(3000, 'x') })] }), {
      'compression.type': 'zstd',
      'max.message.bytes': '2000',
    }),
  ],
  [
    'a batch larger than a segment once it is unpacked',
    asked(large(), { 'compression.type': 'uncompressed', 'segment.bytes': '2000' }),
  ],
];

const COMPACT: Configs = { 'cleanup.policy': 'compact' };
const VERSIONS = [3, 7, 8, 9];
/** Of five records, which have no key, and how far each is from now. */
function five(
  codec: (typeof COMPRESSION_TYPES)[number],
  keyless: readonly number[],
  hours: readonly number[],
): Buffer {
  const nowMs = Date.now();
  const times = hours.map((hour) => hour * 3_600_000);
  const records = times.map((time, index) =>
    record(index, { timestampDelta: varint(time), ...(keyless.includes(index) && { key: null }) }),
  );
  return batch({ codec, records, baseTimestamp: nowMs, maxTimestamp: nowMs + Math.max(...times) });
}

const NOW = [0, 0, 0, 0, 0];
const KEYS = COMPRESSION_TYPES.flatMap((codec) =>
  [[], [2], [0, 1, 2, 3, 4]].flatMap((keyless) =>
    (codec === 'none' ? VERSIONS : [9]).map((version): [string, Question] => [
      `${codec}: records ${keyless.join()} without a key to a compacted topic, version ${version}`,
      (world) => world.produce(five(codec, keyless, NOW), COMPACT, codec === 'zstd' ? 9 : version),
    ]),
  ),
);

const BOUNDS: Readonly<Record<string, Configs>> = {
  'bounds of two hours': {
    'message.timestamp.before.max.ms': '7200000',
    'message.timestamp.after.max.ms': '7200000',
  },
  'a bound of two hours before': { 'message.timestamp.before.max.ms': '7200000' },
  'a bound of two hours after': { 'message.timestamp.after.max.ms': '7200000' },
  'a difference of two hours': { 'message.timestamp.difference.max.ms': '7200000' },
  'a difference of two hours and a bound of a day before': {
    'message.timestamp.difference.max.ms': '7200000',
    'message.timestamp.before.max.ms': '86400000',
  },
  'bounds of two hours and LogAppendTime': {
    'message.timestamp.before.max.ms': '7200000',
    'message.timestamp.after.max.ms': '7200000',
    'message.timestamp.type': 'LogAppendTime',
  },
};
const TIMES: Readonly<Record<string, readonly number[]>> = {
  'within them': [0, -1, 1, 0, 0],
  'one too old': [0, -3, 0, 1, 0],
  'one too new': [0, 0, 3, 0, -1],
  'all wrong': [-30, -3, 3, 30, -25],
};
const BOUNDED = Object.entries(BOUNDS).flatMap(([topic, configs]) =>
  Object.entries(TIMES).flatMap(([says, hours]) =>
    (['none', 'lz4'] as const).map((codec): [string, Question] => [
      `${codec}: ${says}, ${topic}`,
      (world) => world.produce(five(codec, [], hours), configs, 9),
    ]),
  ),
);
const BOTH: readonly [string, Question] = [
  'records without keys and records too old to a compacted topic with bounds',
  (world) =>
    world.produce(
      five('none', [0, 1], [0, -3, -3, 0, 0]),
      { ...COMPACT, ...BOUNDS['bounds of two hours'] },
      9,
    ),
];
const NO_TIME: readonly [string, Question] = [
  'a record without a time to a topic with bounds',
  asked(
    batch({
      records: [record(0, { timestampDelta: varint(0) })],
      baseTimestamp: -1,
      maxTimestamp: -1,
    }),
    BOUNDS['bounds of two hours'],
  ),
];

export const QUESTIONS: Readonly<Record<string, Question>> = Object.fromEntries([
  ...JUDGED,
  ...REMADE,
  ...STAMPED,
  STAMPED_ANEW,
  ...UNKNOWN,
  ...RECOMPRESSED,
  ...LEVELLED,
  ...SIZES,
  ...KEYS,
  ...BOUNDED,
  BOTH,
  NO_TIME,
]);
