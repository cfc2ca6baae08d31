/**
 * Rows that need a state no client asks for (contract sections 8.1, 8.2, 8.4): an ISR too small, a leader epoch of the
 * past, a partition without leader, a full group. Topics with a replica on broker 9, which does not exist, give the
 * first; the others are staged with the controller's own requests, sent to broker 0 alone. They speak of topics nobody
 * else asks for and come last, so that no other row meets a broker that was told a story.
 */
import { buildBatch } from '../../../../src/records/index.ts';
import { ErrorCode, type StructInput } from '../../../../src/protocol/index.ts';
import {
  DELETE_RECORDS,
  DESCRIBE_GROUPS,
  FETCH,
  JOIN_GROUP,
  LEADER_AND_ISR,
  LIST_OFFSETS,
  METADATA,
  OFFSET_FOR_LEADER_EPOCH,
  PRODUCE,
  UPDATE_METADATA,
} from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const LEADER = 0;
const NOBODY = 9;
const NO_LEADER = -1;
const ABSENT_ID = 'AAAAAAAAAAAAAAAAAAABAQ';
/** Of a cluster that never changed its controller. */
const CONTROLLER_EPOCH = 1;
const DEBUGGING_CLIENT = -2;

const batch = (): Buffer =>
  buildBatch({ records: [{ key: null, value: Buffer.from('value'), timestamp: Date.now() }] });

const toProduce = (topic: string, acks: number, timeoutMs = 5000) => ({
  acks,
  timeoutMs,
  topicData: [{ name: topic, partitionData: [{ index: 0, records: batch() }] }],
});

const produce = (world: World, topic: string, acks = -1, timeoutMs?: number): Promise<unknown> =>
  world.ask(LEADER, PRODUCE, 11, toProduce(topic, acks, timeoutMs));

const fetch = (
  world: World,
  topic: string,
  { currentLeaderEpoch = -1, version = 12, topicId = ABSENT_ID, offset = 0 } = {},
): Promise<unknown> =>
  world.ask(LEADER, FETCH, version, {
    maxWaitMs: 0,
    minBytes: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic,
        topicId,
        partitions: [{ partition: 0, fetchOffset: offset, currentLeaderEpoch, partitionMaxBytes: 1_000_000 }],
      },
    ],
    forgottenTopicsData: [],
  });

const toList = (topic: string, timestamp: number, currentLeaderEpoch = -1, replicaId = -1) => ({
  replicaId,
  isolationLevel: 0,
  topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch, timestamp }] }],
});

const listOffsets = (
  world: World,
  topic: string,
  timestamp: number,
  { currentLeaderEpoch = -1, version = 9, replicaId = -1 } = {},
): Promise<unknown> =>
  world.ask(LEADER, LIST_OFFSETS, version, toList(topic, timestamp, currentLeaderEpoch, replicaId));

const epochEnd = (world: World, topic: string, currentLeaderEpoch: number): Promise<unknown> =>
  world.ask(LEADER, OFFSET_FOR_LEADER_EPOCH, 4, {
    topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch: 0 }] }],
  });

/** Broker 0 leads the partition in this epoch, as if it had been elected, or hears that another one does. */
async function lead(
  world: World,
  topic: string,
  leaderEpoch: number,
  isr: readonly number[],
  leader = LEADER,
): Promise<void> {
  const state = {
    partitionIndex: 0,
    controllerEpoch: CONTROLLER_EPOCH,
    leader,
    leaderEpoch,
    isr: [...isr],
    partitionEpoch: leaderEpoch,
    replicas: [LEADER, NOBODY],
    addingReplicas: [],
    removingReplicas: [],
  };
  const answer = await world.send(LEADER, LEADER_AND_ISR, 7, {
    controllerId: world.controllerId,
    controllerEpoch: CONTROLLER_EPOCH,
    type: 0,
    ungroupedPartitionStates: [],
    topicStates: [{ topicName: topic, topicId: world.topicId(topic), partitionStates: [state] }],
    liveLeaders: leader === NOBODY ? [{ brokerId: NOBODY, hostName: 'localhost', port: 1 }] : [],
  });
  const errors = [answer.errorCode, answer.topics[0]?.partitionErrors[0]?.errorCode];
  if (errors.some((code) => code !== ErrorCode.NONE))
    throw new Error(`LeaderAndIsr answered ${errors.join()}`);
}

interface ToTell {
  readonly topic: string;
  readonly leader: number;
  readonly replicas: readonly number[];
}

/** Broker 0 hears of a topic by this id, as if it had just been made. */
const tell = (world: World, { topic, leader, replicas }: ToTell): Promise<void> =>
  updateMetadata(world, [
    {
      topicName: topic,
      topicId: ABSENT_ID,
      partitionStates: [
        {
          partitionIndex: 0,
          controllerEpoch: CONTROLLER_EPOCH,
          leader,
          leaderEpoch: 0,
          isr: replicas.slice(0, 1),
          zkVersion: 0,
          replicas: [...replicas],
          offlineReplicas: [],
        },
      ],
    },
  ]);

/** Broker 0 hears that broker 9 came to life. It hears the truth again with the next word about anything. */
const tellOfBroker9 = (world: World): Promise<void> =>
  updateMetadata(world, [], [...world.liveBrokers, { id: NOBODY, host: 'localhost', port: 1 }]);

type ToldTopics = StructInput<(typeof UPDATE_METADATA)[0]['fields']>['topicStates'];

async function updateMetadata(
  world: World,
  topicStates: ToldTopics,
  liveBrokers: World['liveBrokers'] = world.liveBrokers,
): Promise<void> {
  await world.send(LEADER, UPDATE_METADATA, 8, {
    controllerId: world.controllerId,
    controllerEpoch: CONTROLLER_EPOCH,
    ungroupedPartitionStates: [],
    topicStates,
    liveBrokers: liveBrokers.map(({ id, host, port }) => ({
      id,
      endpoints: [{ port, host, listener: 'PLAINTEXT', securityProtocol: 0 }],
      rack: null,
    })),
  });
}

const ISR_ROWS = rowsOf('8.1', {
  'Produce with an ISR below min.insync.replicas': (world) => produce(world, 'lonely'),
  'Produce with an ISR below min.insync.replicas, acks 1': (world) => produce(world, 'lonely', 1),
  'Produce that a replica of the ISR does not take in time': async (world) => {
    await lead(world, 'awaiting', 5, [LEADER, NOBODY]);
    return produce(world, 'awaiting', -1, 100);
  },
  'Produce waiting for a replica while the ISR shrinks below min.insync.replicas': async (world) => {
    await lead(world, 'awaiting', 6, [LEADER, NOBODY]);
    const before = await logEnd(world, 'awaiting');
    const answer = produce(world, 'awaiting', -1, 2000);
    await world.until('the append', async () => (await logEnd(world, 'awaiting')) > before);
    await lead(world, 'awaiting', 7, [LEADER]);
    return answer;
  },
});

async function logEnd(world: World, topic: string): Promise<number> {
  const answer = await world.send(LEADER, LIST_OFFSETS, 9, toList(topic, -1, -1, DEBUGGING_CLIENT));
  return answer.topics[0]?.partitions[0]?.offset ?? -1;
}

/** The leader's high watermark is where the last epoch left it, below what it has of its own epoch. */
async function newLeaderBehind(world: World): Promise<void> {
  await lead(world, 'behind', 5, [LEADER, NOBODY]);
  await produce(world, 'behind', 1);
  await lead(world, 'behind', 6, [LEADER, NOBODY]);
}

const EPOCH_ROWS = rowsOf('8.2', {
  'Fetch with a leader epoch of the past': async (world) => {
    await lead(world, 'reelected', 5, [LEADER]);
    return fetch(world, 'reelected', { currentLeaderEpoch: 4 });
  },
  'ListOffsets with a leader epoch of the past': (world) =>
    listOffsets(world, 'reelected', -1, { currentLeaderEpoch: 4 }),
  'OffsetForLeaderEpoch with a leader epoch of the past': (world) => epochEnd(world, 'reelected', 4),
  'Fetch with the present leader epoch': (world) => fetch(world, 'reelected', { currentLeaderEpoch: 5 }),
  'ListOffsets, latest, of a new leader that does not know what is committed': async (world) => {
    await newLeaderBehind(world);
    return listOffsets(world, 'behind', -1);
  },
  'ListOffsets, latest, of such a leader, version 4': (world) =>
    listOffsets(world, 'behind', -1, { version: 4 }),
  'ListOffsets, by time, of such a leader': (world) => listOffsets(world, 'behind', 1),
  'ListOffsets, by time, of such a leader, version 4': (world) =>
    listOffsets(world, 'behind', 1, { version: 4 }),
  'ListOffsets, earliest, of such a leader': (world) => listOffsets(world, 'behind', -2),
  'ListOffsets, latest, of such a leader by a debugging client': (world) =>
    listOffsets(world, 'behind', -1, { replicaId: DEBUGGING_CLIENT }),
  'Fetch beyond what such a leader knows to be committed': (world) => fetch(world, 'behind', { offset: 1 }),
  'Fetch by an id the log does not have': async (world) => {
    // It was deleted and made again, and the log is late.
    await tell(world, { topic: 'renamed', leader: LEADER, replicas: [LEADER, NOBODY] });
    return fetch(world, 'renamed', { version: 13, topicId: ABSENT_ID });
  },
  'Fetch by the id the log has and nobody else': (world) =>
    fetch(world, 'renamed', { version: 13, topicId: world.topicId('renamed') }),
});

const LEADERLESS_ROWS = rowsOf('8.2', {
  'Metadata of a partition without leader': async (world) => {
    await tell(world, { topic: 'leaderless', leader: NO_LEADER, replicas: [NOBODY] });
    return world.ask(LEADER, METADATA, 9, {
      topics: [{ name: 'leaderless' }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    });
  },
  'Produce to a partition without leader': (world) => produce(world, 'leaderless'),
  'Fetch from a partition without leader': (world) => fetch(world, 'leaderless'),
  'ListOffsets of a partition without leader': (world) => listOffsets(world, 'leaderless', -1),
  'OffsetForLeaderEpoch of a partition without leader': (world) => epochEnd(world, 'leaderless', -1),
});

const deleteRecords = (world: World, topic: string, offset: number, timeoutMs: number): Promise<unknown> =>
  world.ask(LEADER, DELETE_RECORDS, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs,
  });

/** A replica that is alive and fetches nothing holds DeleteRecords up, also one that is not in the ISR. */
const STUCK_ROWS = rowsOf('8.6', {
  'DeleteRecords that a replica does not follow in time': async (world) => {
    for (let times = 0; times < 4; times++) await produce(world, 'stuck');
    await tellOfBroker9(world);
    return [await deleteRecords(world, 'stuck', 1, 100), await listOffsets(world, 'stuck', -2)];
  },
  'DeleteRecords with such a replica, waiting no time': (world) => deleteRecords(world, 'stuck', 2, 0),
  'DeleteRecords with such a replica and a negative timeout': (world) => deleteRecords(world, 'stuck', 2, -1),
  'DeleteRecords with such a replica, of what is gone already': (world) =>
    deleteRecords(world, 'stuck', 0, 100),
  'DeleteRecords with such a replica, refused': (world) => deleteRecords(world, 'stuck', 9, 30_000),
  'DeleteRecords with such a replica, which dies meanwhile': async (world) => {
    const answer = deleteRecords(world, 'stuck', 3, 15_000);
    await world.until('the deletion on the leader', async () => (await logStart(world, 'stuck')) === 3);
    await updateMetadata(world, []);
    await produce(world, 'stuck');
    return answer;
  },
  'DeleteRecords with such a replica, when another leader is elected': async (world) => {
    await tellOfBroker9(world);
    const answer = deleteRecords(world, 'stuck', 4, 1500);
    await world.until('the deletion on the leader', async () => (await logStart(world, 'stuck')) === 4);
    await lead(world, 'stuck', 5, [NOBODY], NOBODY);
    return answer;
  },
  'DeleteRecords at a broker that leads no more': (world) => deleteRecords(world, 'stuck', 4, 100),
  'DeleteRecords of a partition without leader': (world) => deleteRecords(world, 'leaderless', 0, 100),
});

async function logStart(world: World, topic: string): Promise<number> {
  const answer = await world.send(LEADER, LIST_OFFSETS, 9, toList(topic, -2, -1, DEBUGGING_CLIENT));
  return answer.topics[0]?.partitions[0]?.offset ?? -1;
}

const rebalancing = (world: World, group: string): Promise<void> =>
  world.until('a rebalance', async () => {
    const { groups } = await world.send({ coordinatorOf: group }, DESCRIBE_GROUPS, 5, {
      groups: [group],
      includeAuthorizedOperations: false,
    });
    return groups[0]?.groupState === 'PreparingRebalance';
  });

/** Two members, as many as `group.max.size` allows. */
async function fill(world: World, group: string): Promise<void> {
  const first = await world.stableMember(group);
  const arrival = world.join(group, { memberId: '' }, 3);
  await rebalancing(world, group);
  const again = await world.join(group, { memberId: first.memberId }, 3);
  const second = await arrival;
  await Promise.all([
    world.sync(group, again, [first.memberId, second.memberId]),
    world.sync(group, second, []),
  ]);
}

const join = (world: World, group: string, version: number, memberId = ''): Promise<unknown> =>
  world.ask({ coordinatorOf: group }, JOIN_GROUP, version, {
    groupId: group,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 5000,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(10) }],
  });

const FULL_GROUP_ROWS = rowsOf('8.4', {
  'JoinGroup of a full group': async (world) => {
    await fill(world, 'full');
    return join(world, 'full', 3);
  },
  'JoinGroup of a full group, version 9': (world) => join(world, 'full', 9),
  'JoinGroup of a full group by an unknown member': (world) => join(world, 'full', 9, 'nobody'),
});

export const STAGED_ROWS = [
  ...ISR_ROWS,
  ...EPOCH_ROWS,
  ...LEADERLESS_ROWS,
  ...STUCK_ROWS,
  ...FULL_GROUP_ROWS,
];
