/** What each broker of a set says lies in its log dirs, as one call. */
import type { TopicPartition } from '../../common/index.ts';
import { errorNameOf, KafkaError, type ErrorName } from '../../protocol/index.ts';
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from '../../protocol/messages/35-describe-log-dirs.ts';
import type { ClusterClient } from './cluster-client.ts';

interface LogDirReplica extends TopicPartition {
  readonly sizeInBytes: number;
  readonly offsetLag: number;
  readonly isFuture: boolean;
}

export interface LogDirOfBroker {
  readonly path: string;
  readonly error: ErrorName;
  readonly replicas: readonly LogDirReplica[];
}

/** In the order of the answer. A broker that refuses fails the call. */
export async function describeLogDirs(
  client: ClusterClient,
  brokerId: number,
): Promise<readonly LogDirOfBroker[]> {
  const api = { request: DescribeLogDirsRequest, response: DescribeLogDirsResponse };
  const answer = await client.retry(() => client.toBroker(brokerId, api, { topics: null }));
  // Before v3 a refusal had no code of its own: it is an answer without dirs.
  if (answer.results.length === 0)
    throw new KafkaError(
      answer.errorCode === 0 ? 'CLUSTER_AUTHORIZATION_FAILED' : errorNameOf(answer.errorCode),
    );
  return answer.results.map(({ logDir, errorCode, topics }) => ({
    path: logDir,
    error: errorNameOf(errorCode),
    replicas: topics.flatMap(({ name, partitions }) =>
      partitions.map((replica) => ({
        topic: name,
        partition: replica.partitionIndex,
        sizeInBytes: replica.partitionSize,
        offsetLag: replica.offsetLag,
        isFuture: replica.isFutureKey,
      })),
    ),
  }));
}
