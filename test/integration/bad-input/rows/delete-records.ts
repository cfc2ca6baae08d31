/** DeleteRecords (KIP-107, contract section 8.6). The rows share a topic, and each begins where the one before left it. */
import { buildBatch } from '../../../../src/records/index.ts';
import { DELETE_RECORDS, LIST_OFFSETS, PRODUCE } from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const TOPIC = 'shortened';
const LEADER = 0;
const FOLLOWER = 1;
const HIGH_WATERMARK = -1;

type Deletions = readonly (readonly [topic: string, ...partitions: (readonly [number, number])[]])[];

const deleteRecords = (
  world: World,
  deletions: Deletions,
  { whom = LEADER, version = 2, timeoutMs = 10_000 } = {},
): Promise<unknown> =>
  world.ask(whom, DELETE_RECORDS, version, {
    topics: deletions.map(([name, ...partitions]) => ({
      name,
      partitions: partitions.map(([partitionIndex, offset]) => ({ partitionIndex, offset })),
    })),
    timeoutMs,
  });

const deleteUpTo = (world: World, offset: number, version?: number): Promise<unknown> =>
  deleteRecords(world, [[TOPIC, [0, offset]]], version === undefined ? {} : { version });

/** One batch of as many records. */
const produce = (world: World, records: number): Promise<unknown> =>
  world.send(LEADER, PRODUCE, 11, {
    acks: -1,
    timeoutMs: 10_000,
    topicData: [
      {
        name: TOPIC,
        partitionData: [
          {
            index: 0,
            records: buildBatch({
              records: Array.from({ length: records }, () => ({
                key: null,
                value: Buffer.from('value'),
                timestamp: Date.now(),
              })),
            }),
          },
        ],
      },
    ],
  });

const earliest = (world: World): Promise<unknown> =>
  world.ask(LEADER, LIST_OFFSETS, 9, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -2 }] }],
  });

export const DELETE_RECORDS_ROWS = rowsOf('8.6', {
  'DeleteRecords of a log that is empty': (world) => deleteUpTo(world, HIGH_WATERMARK),
  'DeleteRecords up to the middle of a batch': async (world) => {
    await produce(world, 10);
    return [await deleteUpTo(world, 3), await earliest(world)];
  },
  'DeleteRecords up to where the log starts': (world) => deleteUpTo(world, 3),
  'DeleteRecords up to before the log starts': async (world) => [
    await deleteUpTo(world, 1),
    await earliest(world),
  ],
  'DeleteRecords, version 0': (world) => deleteUpTo(world, 4, 0),
  'DeleteRecords, version 1': (world) => deleteUpTo(world, 5, 1),
  'DeleteRecords beyond the high watermark': async (world) => [
    await deleteUpTo(world, 11),
    await earliest(world),
  ],
  'DeleteRecords up to a negative offset': (world) => deleteUpTo(world, -2),
  'DeleteRecords of a partition twice': (world) =>
    deleteRecords(world, [
      [TOPIC, [0, 11], [0, 6]],
      [TOPIC, [0, 7]],
    ]),
  'DeleteRecords of a partition twice, the last time beyond its end': async (world) => [
    await deleteRecords(world, [[TOPIC, [0, 8], [0, 11]]]),
    await earliest(world),
  ],
  'DeleteRecords up to the high watermark': async (world) => [
    await deleteUpTo(world, HIGH_WATERMARK),
    await earliest(world),
  ],
  'DeleteRecords of nothing': (world) => deleteRecords(world, []),
  'DeleteRecords of a topic without partitions': (world) => deleteRecords(world, [[TOPIC]]),
  'DeleteRecords of an unknown topic, an unknown partition and one that is there': (world) =>
    deleteRecords(world, [
      ['nowhere', [0, 0]],
      [TOPIC, [-1, 0], [0, 0], [9, 0]],
    ]),
  'DeleteRecords of an unknown topic whose name is none': (world) =>
    deleteRecords(world, [
      ['', [0, 0]],
      ['a b', [0, 0]],
    ]),
  'DeleteRecords at a follower': (world) => deleteRecords(world, [[TOPIC, [0, 0]]], { whom: FOLLOWER }),
  'DeleteRecords at a broker without a replica': (world) => deleteRecords(world, [['elsewhere', [0, 0]]]),
  'DeleteRecords of an internal topic': (world) => deleteRecords(world, [['__consumer_offsets', [0, 0]]]),
  'DeleteRecords of an internal topic that is not there': (world) =>
    deleteRecords(world, [['__transaction_state', [0, 0]]]),
  'DeleteRecords of a topic that is compacted only': (world) => deleteRecords(world, [['compacted', [0, 0]]]),
  'DeleteRecords of a topic that is compacted only, beyond its end': (world) =>
    deleteRecords(world, [['compacted', [0, 1000]]]),
});
