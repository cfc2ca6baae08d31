/** What is asked of a broker that took over old logs: each question by what it says. */
import { buildBatch } from '../../../src/records/index.ts';
import { buildMessageSet } from '../../../src/records/legacy/message-set.ts';
import type { Asker } from './asker.ts';

type Question = (asker: Asker) => Promise<unknown>;

const TIME = 1_500_000_000_000;
const LARGE = 1_000_000;
/** Of segments, of the middle of a wrapper, of a hole, and of the end. */
const OFFSETS: Readonly<Record<string, readonly number[]>> = {
  'old-v0': [0, 5, 14, 18, 26, 33, 52, 77, 78, 79],
  'old-v1': [0, 5, 14, 18, 25, 31, 37, 63, 74, 100, 110, 111],
  'old-v1-without-conversion': [0, 74],
  'old-mixed': [0, 5, 11, 15, 18, 22, 26, 29, 32, 36, 38],
  'old-torn': [0, 4, 10, 14, 15],
};
/** v0 and v1 know messages of v0, v2 and v3 those of v1, all later ones record batches. */
const VERSIONS = [0, 1, 2, 3, 4, 9, 12] as const;

const FETCHES = Object.entries(OFFSETS).flatMap(([topic, offsets]) =>
  offsets.flatMap((offset) =>
    VERSIONS.flatMap((version) =>
      (version === 0 || version === 2 || version === 12 ? [LARGE, 250] : [LARGE]).map(
        (maxBytes): [string, Question] => [
          `Fetch v${version} of ${topic} from ${offset}, ${maxBytes} bytes`,
          (asker) => asker.fetch(topic, version, offset, maxBytes),
        ],
      ),
    ),
  ),
);

const TIMES: readonly number[] = [
  TIME - 5001,
  TIME - 5000,
  ...[-1, 0, 3, 5, 15, 16, 24, 30, 60, 90].map((delta) => TIME + delta),
  ...[100_000, 100_040, 100_200].map((delta) => TIME + delta),
];

const LOOKUPS = Object.keys(OFFSETS).flatMap((topic) => [
  ...[-3, -2, -1, ...TIMES].map((timestamp): [string, Question] => [
    `ListOffsets v7 of ${topic} at ${timestamp}`,
    (asker) => asker.listOffsets(topic, 7, timestamp),
  ]),
  ...[-2, -1].map((timestamp): [string, Question] => [
    `ListOffsets v0 of ${topic} at ${timestamp}`,
    (asker) => asker.listOffsets(topic, 0, timestamp),
  ]),
  ...[0, 1].map((epoch): [string, Question] => [
    `OffsetForLeaderEpoch of ${topic}, epoch ${epoch}`,
    (asker) => asker.epochEnd(topic, epoch),
  ]),
]);

const record = (offset: number): { offset: number; timestamp: number; key: Buffer; value: Buffer } => ({
  offset,
  timestamp: TIME + 200_000 + offset,
  key: Buffer.from('new'),
  value: Buffer.from(`value ${offset}`),
});

const CONTINUED: [string, Question][] = [
  [
    'A log of v1 is written to, in three formats, and read behind the old messages',
    async (asker) => {
      const topic = 'old-v1-continued';
      const messageSet = { records: [record(0), record(1)], timestampType: 'CreateTime' } as const;
      const written = [
        await asker.produce(topic, 2, buildMessageSet({ ...messageSet, magic: 0, compression: 'none' })),
        await asker.produce(topic, 2, buildMessageSet({ ...messageSet, magic: 1, compression: 'none' })),
        await asker.produce(topic, 7, buildBatch({ records: [record(0), record(1)] })),
      ];
      const fetched = [];
      for (const version of VERSIONS)
        for (const offset of [74, 109, 112, 116]) fetched.push(await asker.fetch(topic, version, offset));
      const found = [];
      for (const delta of [100_090, 200_000, 200_001, 200_002])
        found.push(await asker.listOffsets(topic, 7, TIME + delta));
      return { written, fetched, found, latest: await asker.listOffsets(topic, 7, -3) };
    },
  ],
];

export const QUESTIONS: Readonly<Record<string, Question>> = Object.fromEntries([
  ...FETCHES,
  ...LOOKUPS,
  ...CONTINUED,
]);
