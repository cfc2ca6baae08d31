/**
 * Plays the history on the original with raw requests and keeps what it wrote (`npm run record:group-history`, by hand):
 * BOOTSTRAP names a fresh broker 0 of Kafka 3.9.1 in ZooKeeper mode with `offsets.topic.num.partitions=1` and
 * `group.initial.rebalance.delay.ms=0`, LOG_DIR its log dir.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorNameOf } from '../../../../src/protocol/index.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from '../../../../src/protocol/messages/08-offset-commit.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../../../src/protocol/messages/11-join-group.ts';
import { LeaveGroupRequest, LeaveGroupResponse } from '../../../../src/protocol/messages/13-leave-group.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../../../src/protocol/messages/14-sync-group.ts';
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../../../src/protocol/messages/42-delete-groups.ts';
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../../../src/protocol/messages/47-offset-delete.ts';
import { createNodeRuntime } from '../../../../src/runtime/node/index.ts';
import { BrokerConnection, ClusterClient, createTopic, describeGroup } from '../../../../src/tools/client/index.ts';
import { GROUP, PARTITIONS, playHistory, TOPIC, type Player, type Recorded } from './story.ts';
import { writtenIn } from './written.ts';

const FIXTURE = new URL('kafka-3.9.1.json', import.meta.url);
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WAIT_MS = 30_000;

class WirePlayer implements Player {
  readonly memberIds: string[] = [];
  readonly #client: ClusterClient;
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  readonly #runtime = createNodeRuntime();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  async join({ client, memberId, groupInstanceId, protocols }: Parameters<Player['join']>[0]) {
    const version = groupInstanceId === null ? 3 : 9;
    const api = { request: JoinGroupRequest, response: JoinGroupResponse };
    const answer = await (
      await this.#of(client)
    ).call(
      api,
      {
        groupId: GROUP,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 60_000,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocols: [...protocols],
      },
      version,
    );
    const [id] = UUID.exec(answer.memberId) ?? [];
    if (id !== undefined && !this.memberIds.includes(id)) this.memberIds.push(id);
    return {
      error: errorNameOf(answer.errorCode),
      memberId: answer.memberId,
      generationId: answer.generationId,
      leaderId: answer.leader,
      protocolName: answer.protocolName,
      skipAssignment: answer.skipAssignment,
      members: answer.members.map((each) => each.memberId),
    };
  }

  async sync(place: Parameters<Player['sync']>[0], assignments: ReadonlyMap<string, Buffer>) {
    const { client, memberId, groupInstanceId, generationId } = place;
    const api = { request: SyncGroupRequest, response: SyncGroupResponse };
    const { errorCode } = await (
      await this.#of(client)
    ).call(
      api,
      {
        groupId: GROUP,
        generationId,
        memberId,
        groupInstanceId,
        assignments: [...assignments].map(([id, assignment]) => ({ memberId: id, assignment })),
      },
      4,
    );
    return errorNameOf(errorCode);
  }

  async leave({ client, memberId, groupInstanceId }: Parameters<Player['leave']>[0]) {
    const api = { request: LeaveGroupRequest, response: LeaveGroupResponse };
    const answer = await (
      await this.#of(client)
    ).call(api, { groupId: GROUP, members: [{ memberId, groupInstanceId }] });
    return errorNameOf(answer.members[0]?.errorCode ?? answer.errorCode);
  }

  async commit(...[group, place, partitions, retentionMs]: Parameters<Player['commit']>) {
    const api = { request: OffsetCommitRequest, response: OffsetCommitResponse };
    await (
      await this.#of(place?.client ?? 'nobody')
    ).call(
      api,
      {
        groupId: group,
        generationIdOrMemberEpoch: place?.generationId ?? -1,
        memberId: place?.memberId ?? '',
        groupInstanceId: place?.groupInstanceId ?? null,
        ...(retentionMs === undefined ? {} : { retentionTimeMs: retentionMs }),
        topics: [
          {
            name: TOPIC,
            partitions: partitions.map((partition) => ({
              partitionIndex: partition,
              committedOffset: 100 + partition,
              committedMetadata: `as far as ${partition}`,
            })),
          },
        ],
      },
      retentionMs === undefined ? undefined : 2,
    );
  }

  async deleteOffsets(group: string, partitions: readonly number[]) {
    const api = { request: OffsetDeleteRequest, response: OffsetDeleteResponse };
    await (
      await this.#of('nobody')
    ).call(api, {
      groupId: group,
      topics: [
        { name: TOPIC, partitions: partitions.map((partition) => ({ partitionIndex: partition })) },
      ],
    });
  }

  async deleteGroup(group: string) {
    const api = { request: DeleteGroupsRequest, response: DeleteGroupsResponse };
    await (await this.#of('nobody')).call(api, { groupsNames: [group] });
  }

  async reached(state: string, members: number) {
    const deadlineMs = performance.now() + WAIT_MS;
    for (;;) {
      const found = await describeGroup(this.#client, GROUP);
      if (found.state === state && found.members.length === members) return;
      if (performance.now() > deadlineMs) throw new Error(`${state} was not reached, but ${found.state}`);
      await sleep(5);
    }
  }

  #of(client: string): Promise<BrokerConnection> {
    let connection = this.#connections.get(client);
    if (connection === undefined) {
      const [host = '', port] = (process.env['BOOTSTRAP'] ?? '').split(':');
      connection = BrokerConnection.open(
        this.#runtime,
        { host, port: Number(port) },
        client,
        WAIT_MS,
      );
      this.#connections.set(client, connection);
    }
    return connection;
  }
}

const { BOOTSTRAP: bootstrap, LOG_DIR: logDir } = process.env;
if (bootstrap === undefined || logDir === undefined)
  throw new Error('BOOTSTRAP=host:port and LOG_DIR=path say where the original is');
const client = new ClusterClient({ bootstrapServers: [bootstrap] });
await createTopic(client, {
  name: TOPIC,
  numPartitions: PARTITIONS,
  replicationFactor: 1,
  assignments: new Map<number, readonly number[]>(),
  configs: {},
});
await client.coordinator(GROUP);
const player = new WirePlayer(client);
await player.reached('Dead', 0);
const segment = join(logDir, '__consumer_offsets-0', '00000000000000000000.log');
const before = writtenIn(await readFile(segment)).length;
const told = await playHistory(player);
const recorded: Recorded = {
  memberIds: player.memberIds,
  told,
  batches: writtenIn(await readFile(segment)).slice(before),
};
const provenance = {
  writtenBy: 'Apache Kafka 3.9.1, one broker in ZooKeeper mode',
  recordedBy: 'npm run record:group-history',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, ...recorded }, null, 1)}\n`);
console.log(`${recorded.batches.length} batches recorded`);
process.exit(0);
