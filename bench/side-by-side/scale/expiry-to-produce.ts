/**
 * A broker that is not the controller is killed. The clock runs from the end of its session, as ZooKeeper wrote it
 * down, until a producer with acks=all that never stops trying has a record accepted on a partition which it led.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { ClusterClient } from '../../../src/tools/client/index.ts';
import { NO_SLOWER, type Step } from './step.ts';
import { endOfSession } from './zookeeper-record.ts';

const PRODUCE = { request: ProduceRequest, response: ProduceResponse };
const POLL_MS = 5;
const PATIENCE_MS = 60_000;

export const expiryToProduce: Step = {
  title: ({ partitions }) =>
    `a broker that leads ${(partitions / 3).toLocaleString('en')} partitions with three replicas is killed`,
  run: async (cluster) => {
    const dead = await cluster.followerOfController();
    const topic = cluster.topics.at(-1) ?? '';
    const partition = [0, 1, 2].find((one) => cluster.firstReplica(topic, one) === dead) ?? 0;
    const session = await cluster.sessionOf(dead);
    const mark = await cluster.record.mark();
    await cluster.broker(dead).end('SIGKILL');
    const acceptedAtMs = await untilAccepted(cluster.addresses([dead]), { topic, partition, dead });
    const expiredAtMs = endOfSession(await cluster.record.since(mark), session);
    await cluster.restart(dead);
    await cluster.whole();
    return [
      {
        name: 'from its expiry until one of them accepts a record with acks=all',
        unit: 'ms',
        target: NO_SLOWER,
        value: acceptedAtMs - expiredAtMs,
      },
    ];
  },
};

async function untilAccepted(
  bootstrapServers: readonly string[],
  { topic, partition, dead }: { readonly topic: string; readonly partition: number; readonly dead: number },
): Promise<number> {
  const client = new ClusterClient({ bootstrapServers });
  const deadline = Date.now() + PATIENCE_MS;
  try {
    while (Date.now() < deadline) {
      const { topics } = await client.metadata([topic]);
      const found = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      const leader = found?.leaderId ?? -1;
      if (leader >= 0 && leader !== dead && (await isAccepted(client, leader, topic, partition)))
        return Date.now();
      await sleep(POLL_MS);
    }
    throw new Error(`no leader of ${topic}-${partition} accepts a record`);
  } finally {
    await client.close();
  }
}

async function isAccepted(
  client: ClusterClient,
  leader: number,
  topic: string,
  partition: number,
): Promise<boolean> {
  const records = buildBatch({ records: [{ timestamp: Date.now(), value: Buffer.from('first') }] });
  const answer = await client.toBroker(leader, PRODUCE, {
    acks: -1,
    timeoutMs: PATIENCE_MS,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
  return answer.responses[0]?.partitionResponses[0]?.errorCode === ErrorCode.NONE;
}
