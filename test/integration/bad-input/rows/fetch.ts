/** Fetch, ListOffsets and OffsetForLeaderEpoch (contract section 8.2). */
import { FETCH, LIST_OFFSETS, OFFSET_FOR_LEADER_EPOCH, PRODUCE } from '../apis.ts';
import { buildBatch } from '../../../../src/records/index.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const LEADER = 0;
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAABAQ';

interface ToFetch {
  readonly topic?: string;
  readonly topicId?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly currentLeaderEpoch?: number;
  readonly version?: number;
  readonly replicaId?: number;
  readonly sessionId?: number;
  readonly sessionEpoch?: number;
  readonly lastFetchedEpoch?: number;
  readonly whom?: number;
}

function fetch(world: World, fetched: ToFetch): Promise<unknown> {
  const { topic = 'plain', version = 12, replicaId = -1, sessionId = 0, sessionEpoch = -1 } = fetched;
  const {
    partition = 0,
    offset = 0,
    currentLeaderEpoch = -1,
    lastFetchedEpoch = -1,
    whom = LEADER,
  } = fetched;
  return world.ask(whom, FETCH, version, {
    ...(version < 15 ? { replicaId } : { replicaState: { replicaId, replicaEpoch: -1 } }),
    maxWaitMs: 0,
    minBytes: 0,
    sessionId,
    sessionEpoch,
    topics: [
      {
        topic,
        topicId: fetched.topicId ?? (version < 13 ? UNKNOWN_ID : world.topicId(topic)),
        partitions: [
          {
            partition,
            fetchOffset: offset,
            currentLeaderEpoch,
            lastFetchedEpoch,
            partitionMaxBytes: 1_000_000,
          },
        ],
      },
    ],
    forgottenTopicsData: [],
  });
}

const empty = (world: World, sessionId: number, sessionEpoch: number): Promise<unknown> =>
  world.ask(LEADER, FETCH, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    sessionId,
    sessionEpoch,
    topics: [],
    forgottenTopicsData: [],
  });

function listOffsets(
  world: World,
  timestamp: number,
  { topic = 'plain', partition = 0, currentLeaderEpoch = -1, version = 9, times = 1, replicaId = -1 } = {},
): Promise<unknown> {
  return world.ask(LEADER, LIST_OFFSETS, version, {
    replicaId,
    isolationLevel: 0,
    topics: [
      {
        name: topic,
        partitions: Array.from({ length: times }, () => ({
          partitionIndex: partition,
          currentLeaderEpoch,
          timestamp,
        })),
      },
    ],
  });
}

function epochEnd(
  world: World,
  leaderEpoch: number,
  { topic = 'plain', partition = 0, currentLeaderEpoch = -1 } = {},
): Promise<unknown> {
  return world.ask(LEADER, OFFSET_FOR_LEADER_EPOCH, 4, {
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
  });
}

/** Begins a session and goes on in it as told. */
async function inSession(world: World, epoch: number, version = 12): Promise<unknown> {
  const client = await world.connect(LEADER);
  try {
    const fetchedBy = (
      sessionId: number,
      sessionEpoch: number,
      usedVersion: number,
    ): ReturnType<typeof client.send> =>
      client.send(...FETCH, usedVersion, {
        maxWaitMs: 0,
        minBytes: 0,
        sessionId,
        sessionEpoch,
        topics:
          sessionEpoch === 0
            ? [
                {
                  topic: 'elsewhere',
                  topicId: UNKNOWN_ID,
                  partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }],
                },
              ]
            : [],
        forgottenTopicsData: [],
      });
    const { sessionId } = (await fetchedBy(0, 0, 12)) as { readonly sessionId: number };
    return world.told(await fetchedBy(sessionId, epoch, version));
  } finally {
    client.close();
  }
}

export const FETCH_ROWS = rowsOf('8.2', {
  'Fetch past the end': (world) => fetch(world, { offset: 1_000_000 }),
  'Fetch from a negative offset': (world) => fetch(world, { offset: -5 }),
  'Fetch with a leader epoch to come': (world) => fetch(world, { currentLeaderEpoch: 99 }),
  'Fetch from an unknown topic': (world) => fetch(world, { topic: 'nowhere' }),
  'Fetch from an unknown partition': (world) => fetch(world, { partition: 9 }),
  'Fetch from an unknown topic id': (world) => fetch(world, { version: 13, topicId: UNKNOWN_ID }),
  'Fetch from an unknown topic id, version 17': (world) => fetch(world, { version: 17, topicId: UNKNOWN_ID }),
  'Fetch from an unknown partition, version 13': (world) => fetch(world, { version: 13, partition: 9 }),
  'Fetch from a broker without a replica': (world) => fetch(world, { topic: 'elsewhere' }),
  'Fetch from a follower, version 10': (world) => fetch(world, { partition: 1, version: 10 }),
  'Fetch by a replica that is not assigned': (world) => fetch(world, { replicaId: 7 }),
  'Fetch by a replica that is not assigned, with a leader epoch': (world) =>
    fetch(world, { replicaId: 7, currentLeaderEpoch: 0 }),
  'Fetch by a broker from where it has no replica': (world) =>
    fetch(world, { topic: 'elsewhere', replicaId: 0, whom: 1 }),
  'Fetch in a session that is unknown': (world) => empty(world, 123_456, 1),
  'Fetch in a session with a wrong epoch': (world) => inSession(world, 5),
  'Fetch in a session of topic names, by ids': (world) => inSession(world, 1, 13),
  'Fetch in session 0 with epoch 5': (world) => empty(world, 0, 5),
  'Fetch nothing without a session': (world) => empty(world, 0, -1),
  'Fetch closing a session that is unknown': (world) => empty(world, 123_456, -1),
  'Fetch from a diverging epoch': (world) => fetch(world, { offset: 0, lastFetchedEpoch: 50 }),
  'ListOffsets, latest': (world) => listOffsets(world, -1, { topic: 'elsewhere' }),
  'ListOffsets, latest by a tiered storage mark': (world) => listOffsets(world, -5, { topic: 'compacted' }),
  'ListOffsets, earliest local': (world) => listOffsets(world, -4, { topic: 'compacted' }),
  'ListOffsets, the greatest timestamp of nothing': (world) => listOffsets(world, -3, { topic: 'compacted' }),
  'ListOffsets by an unknown mark': (world) => listOffsets(world, -6),
  'ListOffsets by another unknown mark': (world) => listOffsets(world, -100),
  'ListOffsets, the greatest timestamp in version 6': (world) => listOffsets(world, -3, { version: 6 }),
  'ListOffsets, earliest local in version 7': (world) => listOffsets(world, -4, { version: 7 }),
  'ListOffsets of a time to come': (world) => listOffsets(world, 9_000_000_000_000),
  'ListOffsets of one partition twice': (world) => listOffsets(world, -1, { times: 2 }),
  'ListOffsets of an unknown topic': (world) => listOffsets(world, -1, { topic: 'nowhere' }),
  'ListOffsets of an unknown partition': (world) => listOffsets(world, -1, { partition: 9 }),
  'ListOffsets at a follower': (world) => listOffsets(world, -1, { partition: 1 }),
  'ListOffsets with a leader epoch to come': (world) => listOffsets(world, -1, { currentLeaderEpoch: 99 }),
  'ListOffsets by a debugging client': (world) => listOffsets(world, -2, { replicaId: -2, partition: 1 }),
  'OffsetForLeaderEpoch of an unknown topic': (world) => epochEnd(world, 0, { topic: 'nowhere' }),
  'OffsetForLeaderEpoch of an unknown partition': (world) => epochEnd(world, 0, { partition: 9 }),
  'OffsetForLeaderEpoch at a follower': (world) => epochEnd(world, 0, { partition: 1 }),
  'OffsetForLeaderEpoch at a broker without a replica': (world) => epochEnd(world, 0, { topic: 'elsewhere' }),
  'OffsetForLeaderEpoch with a leader epoch to come': (world) =>
    epochEnd(world, 0, { currentLeaderEpoch: 99 }),
  'OffsetForLeaderEpoch of an epoch to come': (world) => epochEnd(world, 99, { topic: 'compacted' }),
  'OffsetForLeaderEpoch of a negative epoch': (world) => epochEnd(world, -1, { topic: 'compacted' }),
  'A first batch larger than all limits is fetched whole': async (world) => {
    const records = buildBatch({ records: [{ value: Buffer.alloc(5000), timestamp: 1_700_000_000_000 }] });
    const produced = await world.send(LEADER, PRODUCE, 11, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: 'dotted.name', partitionData: [{ index: 0, records }] }],
    });
    const offset = produced.responses[0]?.partitionResponses[0]?.baseOffset ?? -1;
    return world.ask(LEADER, FETCH, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 10,
      topics: [
        {
          topic: 'dotted.name',
          topicId: UNKNOWN_ID,
          partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 10 }],
        },
      ],
      forgottenTopicsData: [],
    });
  },
});
