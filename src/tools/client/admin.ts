/**
 * The admin requests tools make, each as one call that gives values and throws the first error of the answer. What a
 * tool prints of it is the tool's business.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/19-create-topics.ts';
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/20-delete-topics.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../protocol/messages/32-describe-configs.ts';
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from '../../protocol/messages/37-create-partitions.ts';
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/46-list-partition-reassignments.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/messages/02-list-offsets.ts';
import type { ClusterClient } from './cluster-client.ts';
import { errorIn, throwIf } from './cluster-client.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/** The resource types of DescribeConfigs. */
const CONFIG_RESOURCE = { topic: 2, broker: 4, brokerLogger: 8 } as const;

export interface NewTopic {
  readonly name: string;
  /** -1 leaves it to the broker. */
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: ReadonlyMap<number, readonly number[]>;
  readonly configs: Readonly<Record<string, string>>;
}

export async function createTopic(client: ClusterClient, topic: NewTopic): Promise<void> {
  const api = { request: CreateTopicsRequest, response: CreateTopicsResponse };
  const request = {
    topics: [
      {
        name: topic.name,
        numPartitions: topic.numPartitions,
        replicationFactor: topic.replicationFactor,
        assignments: [...topic.assignments].map(([partitionIndex, brokerIds]) => ({
          partitionIndex,
          brokerIds,
        })),
        configs: Object.entries(topic.configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: REQUEST_TIMEOUT_MS,
  };
  await client.toController(api, request, (answer) => firstError(answer.topics));
}

export async function deleteTopics(client: ClusterClient, names: readonly string[]): Promise<void> {
  const api = { request: DeleteTopicsRequest, response: DeleteTopicsResponse };
  const request = { topics: names.map((name) => ({ name, topicId: NO_ID })), timeoutMs: REQUEST_TIMEOUT_MS };
  await client.toController(api, request, (answer) => firstError(answer.responses));
}

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** `assignments` are those of the new partitions only; null leaves them to the controller. */
export async function createPartitions(
  client: ClusterClient,
  topics: readonly {
    readonly name: string;
    readonly count: number;
    readonly assignments: readonly (readonly number[])[] | null;
  }[],
): Promise<void> {
  const api = { request: CreatePartitionsRequest, response: CreatePartitionsResponse };
  const request = {
    topics: topics.map(({ name, count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
    })),
    timeoutMs: REQUEST_TIMEOUT_MS,
    validateOnly: false,
  };
  await client.toController(api, request, (answer) => firstError(answer.results));
}

export type DescribedConfigs = DescribeConfigsResponse['results'][number]['configs'];

/** Configs of each topic; a topic that cannot be described throws. */
export async function describeTopicConfigs(
  client: ClusterClient,
  topics: readonly string[],
): Promise<ReadonlyMap<string, DescribedConfigs>> {
  if (topics.length === 0) return new Map();
  const answer = await client.toAny(
    { request: DescribeConfigsRequest, response: DescribeConfigsResponse },
    {
      resources: topics.map((resourceName) => ({
        resourceType: CONFIG_RESOURCE.topic,
        resourceName,
        configurationKeys: null,
      })),
    },
  );
  return new Map(
    answer.results.map((result) => {
      throwIf(result.errorCode, result.errorMessage);
      return [result.resourceName, result.configs];
    }),
  );
}

export type Reassignments = ListPartitionReassignmentsResponse['topics'];

/** Moves under way; none where a broker does not tell or the user may not know, which is no reason to fail. */
export async function listReassignments(
  client: ClusterClient,
  topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[],
): Promise<Reassignments> {
  try {
    return await currentReassignments(client, topics);
  } catch (thrown) {
    const untold: readonly ErrorName[] = ['UNSUPPORTED_VERSION', 'CLUSTER_AUTHORIZATION_FAILED'];
    if (thrown instanceof KafkaError && untold.includes(thrown.error)) return [];
    throw thrown;
  }
}

/** `topics` null: all moves under way. */
export async function currentReassignments(
  client: ClusterClient,
  topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null,
): Promise<Reassignments> {
  const answer = await client.toController(
    { request: ListPartitionReassignmentsRequest, response: ListPartitionReassignmentsResponse },
    {
      topics:
        topics?.map(({ name, partitionIndexes }) => ({ name, partitionIndexes: [...partitionIndexes] })) ??
        null,
    },
    ({ errorCode, errorMessage }) => errorIn(errorCode, errorMessage),
  );
  return answer.topics;
}

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/** The special timestamps of ListOffsets. */
export const OFFSET_SPEC = {
  latest: -1,
  earliest: -2,
  'max-timestamp': -3,
  'earliest-local': -4,
  'latest-tiered': -5,
} as const;

/**
 * Offsets of partitions at a timestamp or special point, asked of their leaders. A partition's error makes a
 * KafkaError in its place.
 */
export async function listOffsets(
  client: ClusterClient,
  wanted: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly leader: number;
    readonly timestamp: number;
  }[],
  isolationLevel = 0,
): Promise<(PartitionOffset | KafkaError)[]> {
  const leaders = [...new Set(wanted.map((each) => each.leader))];
  const answers = await Promise.all(
    leaders.map(async (leader) => {
      const here = wanted.filter((each) => each.leader === leader);
      const answer = await client.toBroker(
        leader,
        { request: ListOffsetsRequest, response: ListOffsetsResponse },
        {
          replicaId: -1,
          isolationLevel,
          topics: [...new Set(here.map((each) => each.topic))].map((name) => ({
            name,
            partitions: here
              .filter((each) => each.topic === name)
              .map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp })),
          })),
        },
      );
      return answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(
          ({ partitionIndex, errorCode, offset, timestamp }) =>
            errorIn(errorCode) ?? { topic: name, partition: partitionIndex, offset, timestamp },
        ),
      );
    }),
  );
  return answers.flat();
}

function firstError(
  results: readonly { readonly errorCode: number; readonly errorMessage: string | null }[],
): KafkaError | undefined {
  return results.map((each) => errorIn(each.errorCode, each.errorMessage)).find((each) => each !== undefined);
}
