/**
 * DescribeLogDirs v0-4: what lies in the log dirs of this broker, and how large (KIP-113). v4 tells the size of each
 * dir's file system. Below v3 a refusal is an answer without any dir.
 */
import { PartitionMap } from '../../common/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { DescribedReplica } from '../../replication/index.ts';
import {
  type DescribeLogDirsRequest as Request,
  DescribeLogDirsRequest,
  type DescribeLogDirsResponse as Response,
  DescribeLogDirsResponse,
} from '../../protocol/messages/35-describe-log-dirs.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

export const describeLogDirs = defineHandler({
  request: DescribeLogDirsRequest,
  response: DescribeLogDirsResponse,

  access: () => [{ operation: 'DESCRIBE', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle({ topics }, _context, { replicaManager }) {
    const described = await replicaManager.describeLogDirs(
      topics === null ? undefined : partitionsIn(topics),
    );
    const results = described.map(({ path, error, replicas, totalBytes, usableBytes }) => ({
      errorCode: ErrorCode[error],
      logDir: path,
      topics: byTopic(replicas),
      totalBytes,
      usableBytes,
    }));
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results };
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error], results: [] }),
});

function partitionsIn(topics: NonNullable<Request['topics']>): PartitionMap<true> {
  const wanted = new PartitionMap<true>();
  for (const { topic, partitions } of topics)
    for (const partition of partitions) wanted.set(topic, partition, true);
  return wanted;
}

function byTopic(replicas: readonly DescribedReplica[]): Response['results'][number]['topics'] {
  const topics = new Map<string, Response['results'][number]['topics'][number]>();
  for (const { topic, partition, sizeInBytes, offsetLag, isFuture } of replicas) {
    let answer = topics.get(topic);
    if (answer === undefined) topics.set(topic, (answer = { name: topic, partitions: [] }));
    answer.partitions.push({
      partitionIndex: partition,
      partitionSize: sizeInBytes,
      offsetLag,
      isFutureKey: isFuture,
    });
  }
  return [...topics.values()];
}
