/** The requests that move partitions and leaders. What becomes of single partitions are values. */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { KafkaError } from '../../protocol/index.ts';
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../protocol/messages/34-alter-replica-log-dirs.ts';
import { ElectLeadersRequest, ElectLeadersResponse } from '../../protocol/messages/43-elect-leaders.ts';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/45-alter-partition-reassignments.ts';
import { errorIn, type ClusterClient } from './cluster-client.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/** Replicas null call a move off. Returns what was refused. */
export async function alterReassignments(
  client: ClusterClient,
  targets: PartitionMap<readonly number[] | null>,
): Promise<PartitionMap<KafkaError>> {
  const answer = await client.toController(
    { request: AlterPartitionReassignmentsRequest, response: AlterPartitionReassignmentsResponse },
    {
      timeoutMs: REQUEST_TIMEOUT_MS,
      topics: [...targets.topics()].map((name) => ({
        name,
        partitions: [...targets.partitionsOf(name)].map(([partitionIndex, replicas]) => ({
          partitionIndex,
          replicas: replicas === null ? null : [...replicas],
        })),
      })),
    },
    ({ errorCode, errorMessage }) => errorIn(errorCode, errorMessage),
  );
  const refused = new PartitionMap<KafkaError>();
  for (const { name, partitions } of answer.responses)
    for (const { partitionIndex, errorCode, errorMessage } of partitions) {
      const error = errorIn(errorCode, errorMessage);
      if (error !== undefined) refused.set(name, partitionIndex, error);
    }
  return refused;
}

export const ELECTION_TYPE = { PREFERRED: 0, UNCLEAN: 1 } as const;

/** `partitions` null: all. Undefined: elected. */
export async function electLeaders(
  client: ClusterClient,
  type: keyof typeof ELECTION_TYPE,
  partitions: readonly TopicPartition[] | null,
): Promise<PartitionMap<KafkaError | undefined>> {
  const byTopic = new PartitionMap<true>();
  for (const { topic, partition } of partitions ?? []) byTopic.set(topic, partition, true);
  const outcomes = new PartitionMap<KafkaError | undefined>();
  await client.toController(
    { request: ElectLeadersRequest, response: ElectLeadersResponse },
    {
      electionType: ELECTION_TYPE[type],
      topicPartitions:
        partitions === null
          ? null
          : [...byTopic.topics()].map((topic) => ({
              topic,
              partitions: [...byTopic.partitionsOf(topic).keys()],
            })),
      timeoutMs: REQUEST_TIMEOUT_MS,
    },
    ({ errorCode, replicaElectionResults }) => {
      if (errorCode !== 0) return errorIn(errorCode);
      outcomes.clear();
      for (const { topic, partitionResult } of replicaElectionResults)
        for (const row of partitionResult)
          outcomes.set(topic, row.partitionId, errorIn(row.errorCode, row.errorMessage));
      // Whoever is asked by mistake says so for each partition.
      return [...outcomes.values()].find((error) => error?.error === 'NOT_CONTROLLER');
    },
  );
  return outcomes;
}

export interface ReplicaMove extends TopicPartition {
  readonly brokerId: number;
  readonly logDir: string;
}

/** All moves of one broker. In the order of the moves; undefined: begun. */
export async function alterReplicaLogDirs(
  client: ClusterClient,
  brokerId: number,
  moves: readonly ReplicaMove[],
): Promise<(KafkaError | undefined)[]> {
  const dirs = [...new Set(moves.map(({ logDir }) => logDir))];
  const answer = await client.toBroker(
    brokerId,
    { request: AlterReplicaLogDirsRequest, response: AlterReplicaLogDirsResponse },
    {
      dirs: dirs.map((path) => ({
        path,
        topics: moves
          .filter(({ logDir }) => logDir === path)
          .map(({ topic, partition }) => ({ name: topic, partitions: [partition] })),
      })),
    },
  );
  const codes = new PartitionMap<number>();
  for (const { topicName, partitions } of answer.results)
    for (const { partitionIndex, errorCode } of partitions) codes.set(topicName, partitionIndex, errorCode);
  return moves.map(({ topic, partition }) => errorIn(codes.get(topic, partition) ?? 0));
}
