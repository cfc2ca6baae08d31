/**
 * What a broker with a failed log dir answers (KAFKA_STORAGE_ERROR, contract section 8.1). One broker has two log dirs
 * and a topic with a partition in each. The folder of partition 0 is taken away behind its back, so that the next
 * segment cannot be made; from then on its dir is offline, with everything in it, and the other one goes on serving.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBatch } from '../../../src/records/index.ts';
import {
  CREATE_TOPICS,
  DELETE_RECORDS,
  FETCH,
  LEADER_AND_ISR,
  LIST_OFFSETS,
  METADATA,
  OFFSET_FOR_LEADER_EPOCH,
  PRODUCE,
  STOP_REPLICA,
} from './apis.ts';
import { World } from './world.ts';

const BROKER = 0;
const TOPIC = 'torn';
const TORN = 0;
const WHOLE = 1;
const ABSENT_ID = 'AAAAAAAAAAAAAAAAAAABAQ';
const NO_LEADER = -1;
const CONTROLLER_EPOCH = 1;
const MORE_SEGMENTS = 20;

const produce = (world: World, partition: number, acks = -1): Promise<unknown> =>
  world.ask(BROKER, PRODUCE, 11, {
    acks,
    timeoutMs: 5000,
    topicData: [
      {
        name: TOPIC,
        partitionData: [
          {
            index: partition,
            records: buildBatch({
              records: [{ key: null, value: Buffer.alloc(100), timestamp: Date.now() }],
            }),
          },
        ],
      },
    ],
  });

const fetch = (world: World, partition: number): Promise<unknown> =>
  world.ask(BROKER, FETCH, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic: TOPIC,
        topicId: ABSENT_ID,
        partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1000 }],
      },
    ],
    forgottenTopicsData: [],
  });

const listOffsets = (world: World, partition: number, timestamp = -1): Promise<unknown> =>
  world.ask(BROKER, LIST_OFFSETS, 9, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }] }],
  });

const deleteRecords = (world: World, partition: number): Promise<unknown> =>
  world.ask(BROKER, DELETE_RECORDS, 2, {
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: partition, offset: 1 }] }],
    timeoutMs: 5000,
  });

/** Leader epochs far ahead, so that nothing but the disk can be the reason of a refusal. */
const lead = (world: World, partition: number): Promise<unknown> =>
  world.ask(BROKER, LEADER_AND_ISR, 4, {
    controllerId: world.controllerId,
    controllerEpoch: CONTROLLER_EPOCH,
    type: 0,
    ungroupedPartitionStates: [],
    topicStates: [
      {
        topicName: TOPIC,
        topicId: ABSENT_ID,
        partitionStates: [
          {
            partitionIndex: partition,
            controllerEpoch: CONTROLLER_EPOCH,
            leader: BROKER,
            leaderEpoch: 99,
            isr: [BROKER],
            partitionEpoch: 99,
            replicas: [BROKER],
            addingReplicas: [],
            removingReplicas: [],
          },
        ],
      },
    ],
    liveLeaders: [],
  });

const stop = (world: World, partition: number): Promise<unknown> =>
  world.ask(BROKER, STOP_REPLICA, 4, {
    controllerId: world.controllerId,
    controllerEpoch: CONTROLLER_EPOCH,
    ungroupedPartitions: [],
    topics: [],
    topicStates: [
      {
        topicName: TOPIC,
        partitionStates: [{ partitionIndex: partition, leaderEpoch: 99, deletePartition: false }],
      },
    ],
  });

const metadata = { topics: [{ name: TOPIC }], includeTopicAuthorizedOperations: false };

async function makeTopic(world: World): Promise<void> {
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [
      {
        name: TOPIC,
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: 'segment.bytes', value: '200' }],
      },
    ],
    timeoutMs: 10_000,
  });
}

async function tear(logDirs: readonly string[]): Promise<void> {
  const folders = logDirs.map((dir) => join(dir, `${TOPIC}-${TORN}`));
  const folder = folders.find((path) => existsSync(path));
  if (folder === undefined) throw new Error(`none of ${folders.join(', ')} is there`);
  await rm(folder, { recursive: true });
}

/** What is asked when, and the answers by what each question says. */
export async function answersOfFailedLogDir(
  bootstrap: string,
  logDirs: readonly string[],
): Promise<Record<string, unknown>> {
  const world = await World.open(bootstrap, 1);
  await makeTopic(world);
  const answers: Record<string, unknown> = {};
  answers['Produce before'] = await produce(world, TORN);
  answers['Produce to the other dir before'] = await produce(world, WHOLE);
  await tear(logDirs);
  answers['Produce that finds the dir failed'] = await produce(world, TORN);
  answers['Produce'] = await produce(world, TORN);
  answers['Produce, acks 1'] = await produce(world, TORN, 1);
  answers['Fetch'] = await fetch(world, TORN);
  answers['ListOffsets, latest'] = await listOffsets(world, TORN);
  answers['ListOffsets, earliest'] = await listOffsets(world, TORN, -2);
  answers['OffsetForLeaderEpoch'] = await world.ask(BROKER, OFFSET_FOR_LEADER_EPOCH, 4, {
    topics: [{ topic: TOPIC, partitions: [{ partition: TORN, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  });
  answers['DeleteRecords'] = await deleteRecords(world, TORN);
  await world.until('a partition without leader', async () => {
    const { topics } = await world.send(BROKER, METADATA, 9, metadata);
    return (
      topics[0]?.partitions.some(
        ({ partitionIndex, leaderId }) => partitionIndex === TORN && leaderId === NO_LEADER,
      ) ?? false
    );
  });
  answers['Metadata'] = await world.ask(BROKER, METADATA, 9, metadata);
  answers['Produce once the controller knows'] = await produce(world, TORN);
  answers['LeaderAndIsr'] = await lead(world, TORN);
  answers['StopReplica'] = await stop(world, TORN);
  for (let again = 0; again < MORE_SEGMENTS; again++) await produce(world, WHOLE);
  answers['Produce to the other dir'] = await produce(world, WHOLE);
  answers['ListOffsets of the other dir'] = await listOffsets(world, WHOLE);
  answers['DeleteRecords from the other dir'] = await deleteRecords(world, WHOLE);
  answers['CreateTopics'] = await world.ask('controller', CREATE_TOPICS, 7, {
    topics: [{ name: 'later', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  return answers;
}
