/**
 * Loads of groups, by the bench's own clients: members join once for all rounds, and what is measured is what they do
 * then. Nothing waits for a timer of a broker, so the number of requests is the same on both sides.
 */
import { severalAtATime } from '../../src/common/index.ts';
import { ClusterClient } from '../../src/tools/client/index.ts';
import type { Answer, Arguments } from './client.ts';
import { BenchMember } from './group-member.ts';

/** Who stands ready to put a load on one side. */
export interface Load {
  run(args: Arguments): Promise<Answer>;
  close(): void;
}

export type StartLoad = (bootstrap: string, topic: string, args: Arguments) => Promise<Load>;

/** Connections that are opened together; not more than a listener's backlog. */
const CONNECTING = 40;

/** `groups` of `members` each: every member rejoins, and has its assignment in the end; that `rebalances` times. */
export const rebalances: StartLoad = async (bootstrap, topic, args) => {
  const groups = await connect(bootstrap, topic, Number(args['groups']), Number(args['members']));
  const members = groups.flat();
  // All of a group join in its first phase, which waits for them.
  await Promise.all(members.map((member) => member.rejoin()));
  return {
    async run({ rebalances: wanted }): Promise<Answer> {
      const count = Number(wanted);
      const startMs = performance.now();
      for (let round = 0; round < count; round++)
        await Promise.all(
          members.map(async (member) => {
            await member.heartbeat();
            await member.rejoin();
          }),
        );
      return { seconds: secondsSince(startMs), count };
    },
    close: () => closeAll(members),
  };
};

/** `groups` of one member each: it commits the offsets of `partitions` partitions, one request after the other. */
export const commits: StartLoad = async (bootstrap, topic, args) => {
  const members = (await connect(bootstrap, topic, Number(args['groups']), 1)).flat();
  await Promise.all(members.map((member) => member.rejoin()));
  const partitions = Array.from({ length: Number(args['partitions']) }, (_, partition) => partition);
  let offset = 0;
  return {
    async run({ commits: wanted }): Promise<Answer> {
      const count = Math.ceil(Number(wanted) / members.length);
      const startMs = performance.now();
      await Promise.all(
        members.map(async (member) => {
          for (let sent = 0; sent < count; sent++) await member.commit(partitions, offset++);
        }),
      );
      return { seconds: secondsSince(startMs), count: count * members.length };
    },
    close: () => closeAll(members),
  };
};

async function connect(
  bootstrap: string,
  topic: string,
  groups: number,
  members: number,
): Promise<readonly (readonly BenchMember[])[]> {
  const client = new ClusterClient({ bootstrapServers: bootstrap.split(',') });
  try {
    const connected: BenchMember[][] = [];
    await severalAtATime(Array.from({ length: groups }).keys(), CONNECTING, async (group) => {
      const groupId = `${topic}-${group}`;
      const coordinator = await client.coordinator(groupId);
      const ofGroup: BenchMember[] = [];
      connected.push(ofGroup);
      for (let member = 0; member < members; member++)
        ofGroup.push(await BenchMember.connect(coordinator, groupId, topic));
    });
    return connected;
  } finally {
    await client.close();
  }
}

function closeAll(members: readonly BenchMember[]): void {
  for (const member of members) member.close();
}

function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}
