/** A member of a group as workers have one: with the reader that reads what the group gives it. */
import { GroupMember, type ClusterClient, type PartitionReader } from '../client/index.ts';
import { positionsByName, type WorkloadWorld } from './workload-world.ts';

const SESSION_TIMEOUT_MS = 10_000;
/** Below the time a request may take: JoinGroup waits as long for the other members. */
const REBALANCE_TIMEOUT_MS = 4_000;

export interface Membership {
  readonly member: GroupMember;
  readonly reader: PartitionReader;
  readonly groupId: string;
}

export function groupMember(client: ClusterClient, groupId: string, topics: readonly string[]): GroupMember {
  return new GroupMember(client, {
    groupId,
    groupInstanceId: null,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    topics: () => Promise.resolve(topics),
  });
}

/** What the group has not committed anything of is read from its first offset. */
export async function join(
  world: WorkloadWorld,
  process: string,
  { member, reader, groupId }: Membership,
): Promise<void> {
  await world.recorded(process, async (actions) => {
    const given = (await member.join()).map((each) => ({ ...each, offset: each.offset ?? 0 }));
    await reader.assign(given);
    const positions = positionsByName(given);
    actions.push({ kind: 'assign', group: groupId, generation: member.generationId, positions });
  });
}
