/** What admins and clients ask of a broker in the steps, each as one call that fails on an unexpected answer. */
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../../src/protocol/messages/34-alter-replica-log-dirs.ts';
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from '../../../src/protocol/messages/35-describe-log-dirs.ts';
import {
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
} from '../../../src/protocol/messages/49-alter-client-quotas.ts';
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../../src/protocol/messages/51-alter-user-scram-credentials.ts';
import { buildBatch } from '../../../src/records/index.ts';
import {
  ALTER_CONFIGS,
  ALTER_PARTITION_REASSIGNMENTS,
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  DELETE_RECORDS,
  DELETE_TOPICS,
  ELECT_LEADERS,
  FIND_COORDINATOR,
  INCREMENTAL_ALTER_CONFIGS,
  INIT_PRODUCER_ID,
  METADATA,
  PRODUCE,
  UPDATE_FEATURES,
} from '../bad-input/apis.ts';
import { expectOf, type Layout, type World } from './world.ts';

const ALTER_REPLICA_LOG_DIRS = [AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse] as const;
const DESCRIBE_LOG_DIRS = [DescribeLogDirsRequest, DescribeLogDirsResponse] as const;
const ALTER_CLIENT_QUOTAS = [AlterClientQuotasRequest, AlterClientQuotasResponse] as const;
const ALTER_SCRAM = [AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse] as const;

export const RESOURCE = { topic: 2, broker: 4, brokerLogger: 8 } as const;
const OPERATION = { set: 0, delete: 1 } as const;
const ELECTION = { preferred: 0, unclean: 1 } as const;
const KEY_TYPE = { group: 0, transaction: 1 } as const;
const TIMEOUT_MS = 30_000;

export async function createTopic(
  world: World,
  whom: number,
  name: string,
  layout: Layout | number,
  configs: Readonly<Record<string, string>> = {},
  expected: ErrorName = 'NONE',
): Promise<void> {
  const assignments = typeof layout === 'number' ? [] : assignmentsOf(layout);
  const { topics } = await world.ask(whom, CREATE_TOPICS, 7, {
    topics: [
      {
        name,
        numPartitions: typeof layout === 'number' ? layout : -1,
        replicationFactor: -1,
        assignments,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: TIMEOUT_MS,
  });
  expectOf(topics, expected);
}

const assignmentsOf = (layout: Layout): { partitionIndex: number; brokerIds: number[] }[] =>
  layout.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] }));

export async function createPartitions(
  world: World,
  whom: number,
  name: string,
  count: number,
  layout: Layout,
): Promise<void> {
  const { results } = await world.ask(whom, CREATE_PARTITIONS, 3, {
    topics: [{ name, count, assignments: layout.map((brokerIds) => ({ brokerIds: [...brokerIds] })) }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  });
  expectOf(results);
}

/** `timeoutMs` 0: the answer does not wait for the end of it. */
export async function deleteTopic(
  world: World,
  whom: number,
  name: string,
  expected: ErrorName = 'NONE',
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const { responses } = await world.ask(whom, DELETE_TOPICS, 5, {
    topics: [],
    topicNames: [name],
    timeoutMs,
  });
  expectOf(responses, expected);
}

/** Values null are deleted. */
export async function alterConfigs(
  world: World,
  whom: number,
  resourceType: number,
  resourceName: string,
  changes: Readonly<Record<string, string | null>>,
  expected: ErrorName = 'NONE',
): Promise<void> {
  const configs = Object.entries(changes).map(([name, value]) => ({
    name,
    value,
    configOperation: value === null ? OPERATION.delete : OPERATION.set,
  }));
  const { responses } = await world.ask(whom, INCREMENTAL_ALTER_CONFIGS, 1, {
    resources: [{ resourceType, resourceName, configs }],
    validateOnly: false,
  });
  expectOf(responses, expected);
}

export async function replaceConfigs(
  world: World,
  whom: number,
  resourceType: number,
  resourceName: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const { responses } = await world.ask(whom, ALTER_CONFIGS, 2, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    validateOnly: false,
  });
  expectOf(responses);
}

/** `replicas` null calls a move off. */
export async function reassign(
  world: World,
  whom: number,
  name: string,
  partitionIndex: number,
  replicas: readonly number[] | null,
  expected: ErrorName = 'NONE',
): Promise<void> {
  const { errorCode, errorMessage, responses } = await world.ask(whom, ALTER_PARTITION_REASSIGNMENTS, 0, {
    timeoutMs: TIMEOUT_MS,
    topics: [{ name, partitions: [{ partitionIndex, replicas: replicas === null ? null : [...replicas] }] }],
  });
  expectOf([{ errorCode, errorMessage }]);
  expectOf(
    responses.flatMap(({ partitions }) => partitions),
    expected,
  );
}

/** `topic` null: all there are. */
export async function electLeaders(
  world: World,
  whom: number,
  type: keyof typeof ELECTION,
  topic: string | null,
  expected: ErrorName = 'NONE',
): Promise<void> {
  const { errorCode, replicaElectionResults } = await world.ask(whom, ELECT_LEADERS, 2, {
    electionType: ELECTION[type],
    topicPartitions: topic === null ? null : [{ topic, partitions: [0] }],
    timeoutMs: TIMEOUT_MS,
  });
  expectOf([{ errorCode }]);
  if (topic === null) return;
  expectOf(
    replicaElectionResults.flatMap(({ partitionResult }) => partitionResult),
    expected,
  );
}

/** The answer may be that there is none yet; asking is what makes the topic. */
export async function findCoordinator(
  world: World,
  whom: number,
  type: keyof typeof KEY_TYPE,
  key: string,
): Promise<ErrorName> {
  const { coordinators } = await world.ask(whom, FIND_COORDINATOR, 4, {
    keyType: KEY_TYPE[type],
    coordinatorKeys: [key],
  });
  return errorNameOf(coordinators[0]?.errorCode ?? -1);
}

export async function askForTopic(world: World, whom: number, name: string): Promise<void> {
  await world.ask(whom, METADATA, 9, {
    topics: [{ name }],
    allowAutoTopicCreation: true,
    includeTopicAuthorizedOperations: false,
  });
}

/** Asked again until the broker has ids. */
export async function initProducerId(
  world: World,
  whom: number,
  transactionalId: string | null,
): Promise<void> {
  await world.until(`broker ${whom} gives a producer id`, async () => {
    const { errorCode } = await world.ask(whom, INIT_PRODUCER_ID, 4, {
      transactionalId,
      transactionTimeoutMs: TIMEOUT_MS,
    });
    return errorCode === 0;
  });
}

/** One record to partition 0. */
export async function produce(world: World, whom: number, name: string): Promise<ErrorName> {
  const records = buildBatch({
    records: [{ key: null, value: Buffer.alloc(100), timestamp: Date.now() }],
  });
  const { responses } = await world.ask(whom, PRODUCE, 9, {
    acks: -1,
    timeoutMs: TIMEOUT_MS,
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  });
  return errorNameOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
}

export async function deleteRecords(world: World, whom: number, name: string, offset: number): Promise<void> {
  const { topics } = await world.ask(whom, DELETE_RECORDS, 2, {
    topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: TIMEOUT_MS,
  });
  expectOf(topics.flatMap(({ partitions }) => partitions));
}

/** Where a broker keeps partition 0. */
export async function logDirOf(world: World, whom: number, topic: string): Promise<string> {
  const { results } = await world.ask(whom, DESCRIBE_LOG_DIRS, 4, {
    topics: [{ topic, partitions: [0] }],
  });
  const found = results.find(({ topics }) => topics.some(({ partitions }) => partitions.length > 0));
  if (found === undefined) throw new Error(`broker ${whom} has no ${topic}-0`);
  return found.logDir;
}

export async function moveToLogDir(world: World, whom: number, name: string, path: string): Promise<void> {
  const { results } = await world.ask(whom, ALTER_REPLICA_LOG_DIRS, 2, {
    dirs: [{ path, topics: [{ name, partitions: [0] }] }],
  });
  expectOf(results.flatMap(({ partitions }) => partitions));
}

export async function updateFeature(
  world: World,
  whom: number,
  feature: string,
  maxVersionLevel: number,
): Promise<ErrorName> {
  const { errorCode, results } = await world.ask(whom, UPDATE_FEATURES, 1, {
    timeoutMs: TIMEOUT_MS,
    featureUpdates: [{ feature, maxVersionLevel, upgradeType: 1 }],
  });
  return errorNameOf(errorCode === 0 ? (results[0]?.errorCode ?? 0) : errorCode);
}

/** An entity is of one or two types; the name null is the default of all. */
export async function alterQuotas(
  world: World,
  whom: number,
  entity: Readonly<Record<string, string | null>>,
  quotas: Readonly<Record<string, number | null>>,
): Promise<void> {
  const { entries } = await world.ask(whom, ALTER_CLIENT_QUOTAS, 1, {
    entries: [
      {
        entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
        ops: Object.entries(quotas).map(([key, value]) => ({
          key,
          value: value ?? 0,
          remove: value === null,
        })),
      },
    ],
    validateOnly: false,
  });
  expectOf(entries);
}

const SCRAM_SHA_256 = 1;
const SCRAM_SHA_512 = 2;

export async function upsertScram(world: World, whom: number, name: string): Promise<void> {
  const upsertions = [
    { mechanism: SCRAM_SHA_256, bytes: 32 },
    { mechanism: SCRAM_SHA_512, bytes: 64 },
  ].map(({ mechanism, bytes }) => ({
    name,
    mechanism,
    iterations: 4096,
    salt: Buffer.alloc(16, mechanism),
    saltedPassword: Buffer.alloc(bytes, mechanism),
  }));
  const { results } = await world.ask(whom, ALTER_SCRAM, 0, { deletions: [], upsertions });
  expectOf(results);
}

export async function deleteScram(world: World, whom: number, name: string): Promise<void> {
  const deletions = [SCRAM_SHA_256, SCRAM_SHA_512].map((mechanism) => ({ name, mechanism }));
  const { results } = await world.ask(whom, ALTER_SCRAM, 0, { deletions, upsertions: [] });
  expectOf(results);
}
