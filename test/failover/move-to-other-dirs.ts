/** Sends the partitions of a topic that a broker has to the next of its log dirs. */
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../src/protocol/messages/34-alter-replica-log-dirs.ts';
import { errorNameOf } from '../../src/protocol/index.ts';
import { describeLogDirs, type ClusterClient } from '../../src/tools/client/index.ts';

const ALTER = { request: AlterReplicaLogDirsRequest, response: AlterReplicaLogDirsResponse };

export async function moveToOtherDirs(client: ClusterClient, brokerId: number, topic: string): Promise<void> {
  const dirs = await client.retry(() => describeLogDirs(client, brokerId));
  const moves = dirs.map(({ replicas }, index) => ({
    path: dirs[(index + 1) % dirs.length]?.path ?? '',
    topics: [
      {
        name: topic,
        partitions: replicas
          .filter((replica) => replica.topic === topic && !replica.isFuture)
          .map(({ partition }) => partition),
      },
    ],
  }));
  const { results } = await client.toBroker(brokerId, ALTER, { dirs: moves });
  for (const { partitions } of results)
    for (const { partitionIndex, errorCode } of partitions)
      if (errorCode !== 0) throw new Error(`${topic}-${partitionIndex} stays: ${errorNameOf(errorCode)}`);
}
