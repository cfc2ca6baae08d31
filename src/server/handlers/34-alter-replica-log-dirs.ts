/**
 * AlterReplicaLogDirs v0-2: moves replicas of this broker to other log dirs (KIP-113). Answered when the moves have
 * begun; DescribeLogDirs tells how far they are. A partition that is not here yet will be created in the dir named.
 */
import { PartitionMap } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import {
  type AlterReplicaLogDirsRequest as Request,
  AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse as Response,
  AlterReplicaLogDirsResponse,
} from '../../protocol/messages/34-alter-replica-log-dirs.ts';
import type { LogDirChange } from '../../replication/index.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

export const alterReplicaLogDirs = defineHandler({
  request: AlterReplicaLogDirsRequest,
  response: AlterReplicaLogDirsResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  async handle(request, _context, { replicaManager }) {
    const changes = changesIn(request);
    const outcomes = await replicaManager.alterLogDirs(changes);
    return answer(changes, (index) => outcomes[index] ?? 'UNKNOWN_SERVER_ERROR');
  },

  failed: (request, error) => answer(changesIn(request), () => error),
});

/** Of a partition that is named with several dirs the last counts. */
function changesIn({ dirs }: Request): readonly LogDirChange[] {
  const changes = new PartitionMap<LogDirChange>();
  for (const { path: destination, topics } of dirs)
    for (const { name: topic, partitions } of topics)
      for (const partition of partitions) changes.set(topic, partition, { topic, partition, destination });
  return [...changes.values()];
}

function answer(changes: readonly LogDirChange[], errorOf: (index: number) => ErrorName): Response {
  const topics = new Map<string, Response['results'][number]>();
  for (const [index, { topic, partition }] of changes.entries()) {
    let result = topics.get(topic);
    if (result === undefined) topics.set(topic, (result = { topicName: topic, partitions: [] }));
    result.partitions.push({ partitionIndex: partition, errorCode: ErrorCode[errorOf(index)] });
  }
  return { throttleTimeMs: 0, results: [...topics.values()] };
}
