/**
 * A place in a group that one process after the other takes (KIP-345). Each is replaced by the next without leaving, and
 * goes on as if it had not heard: nothing that it commits is taken from then on. That is asked of commits and not of
 * heartbeats, which a coordinator that was deposed and does not know it may still answer.
 */
import type { Runtime } from '../../../../src/runtime/index.ts';
import { createTopic, GroupMember, type ClusterClient } from '../../../../src/tools/client/index.ts';
import { offsetsOf } from '../../../../src/tools/verify/offsets-of.ts';
import type { SimulatedCluster } from '../../cluster.ts';
import { clientIn, isFailure, livesOf, pause, type SmallWorkload } from './client-lives.ts';
import { ClientMachines } from './client-machines.ts';

export interface StaticPlaceSettings {
  readonly name?: string;
  /** How often the place is taken, a second. */
  readonly rate?: number;
}

const REPLICAS = 3;
const PARTITION = 0;
const SESSION_TIMEOUT_MS = 30_000;
const REBALANCE_TIMEOUT_MS = 4_000;

export async function startStaticPlace(
  cluster: SimulatedCluster,
  settings: StaticPlaceSettings = {},
): Promise<SmallWorkload> {
  const { name = 'place', rate = 0.2 } = settings;
  const { world } = cluster;
  const outside = world.runtimeFor(`${name}-check`);
  const client = clientIn(cluster, outside, `${name}-check`);
  await createTopic(client, {
    name,
    numPartitions: 1,
    replicationFactor: REPLICAS,
    assignments: new Map(),
    configs: {},
  });
  await offsetsOf(client, [name], 'latest', 1);
  await client.close();

  let isOver = false;
  const violations: string[] = [];
  const counts = { taken: 0, committed: 0, refused: 0 };
  const live = async (connection: ClusterClient, runtime: Runtime): Promise<void> => {
    let before: GroupMember | undefined;
    while (!isOver) {
      await pause(runtime, rate);
      const member = takerOf(connection, name);
      await member.join();
      counts.taken += 1;
      if (before !== undefined && (await commits(before, name, counts.taken)))
        violations.push(
          `${name}: ${before.memberId} still commits after ${member.memberId} has taken its place in generation ${member.generationId}`,
        );
      else counts.refused += 1;
      if (await commits(member, name, counts.taken)) counts.committed += 1;
      before = member;
    }
  };
  const machines = new ClientMachines(world, name, [livesOf(cluster, name, () => isOver, live)]);
  return {
    hosts: machines.hosts,
    stop: async () => {
      isOver = true;
      await machines.ended();
      return { violations, counts };
    },
  };
}

function takerOf(client: ClusterClient, name: string): GroupMember {
  return new GroupMember(client, {
    groupId: name,
    groupInstanceId: name,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    topics: () => Promise.resolve([name]),
  });
}

/** Whether the commit is known to have been taken. */
async function commits(member: GroupMember, topic: string, offset: number): Promise<boolean> {
  try {
    return await member.commit([{ topic, partition: PARTITION, offset }]);
  } catch (thrown) {
    if (!isFailure(thrown)) throw thrown;
    return false;
  }
}
