/** Requests about consumer groups, each sent to where it is answered: all brokers, or the group's coordinator. */
import { ConsumerProtocolAssignment, decodeVersioned, KafkaError } from '../../protocol/index.ts';
import type { Fields, StructInput, StructOf } from '../../protocol/index.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/08-offset-commit.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/messages/09-offset-fetch.ts';
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/15-describe-groups.ts';
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/16-list-groups.ts';
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/42-delete-groups.ts';
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/47-offset-delete.ts';
import type { Api } from './broker-connection.ts';
import type { ClusterClient, Node } from './cluster-client.ts';
import { errorIn, throwIf } from './cluster-client.ts';

export interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly state: string;
  readonly type: string;
}

interface GroupMemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface GroupDescription {
  readonly groupId: string;
  /** Stable, Empty, PreparingRebalance, CompletingRebalance or Dead. */
  readonly state: string;
  readonly assignor: string;
  readonly coordinator: Node;
  readonly members: readonly GroupMemberDescription[];
}

/** The groups of all brokers: each lists those it coordinates. */
export async function listGroups(
  client: ClusterClient,
  states: readonly string[] = [],
  types: readonly string[] = [],
): Promise<ListedGroup[]> {
  const nodes = await client.nodes();
  const answers = await Promise.all(
    nodes.map((node) =>
      client.retry(async () => {
        const api = { request: ListGroupsRequest, response: ListGroupsResponse };
        const answer = await client.toBroker(node.id, api, {
          statesFilter: [...states],
          typesFilter: [...types],
        });
        throwIf(answer.errorCode);
        return answer.groups;
      }),
    ),
  );
  return answers.flat().map(({ groupId, protocolType, groupState, groupType }) => ({
    groupId,
    protocolType,
    state: groupState,
    type: groupType,
  }));
}

export async function describeGroup(client: ClusterClient, groupId: string): Promise<GroupDescription> {
  const coordinator = await client.coordinator(groupId);
  const answer = await toCoordinator(
    client,
    groupId,
    { request: DescribeGroupsRequest, response: DescribeGroupsResponse },
    { groups: [groupId], includeAuthorizedOperations: false },
    ({ groups }) => errorIn(groups[0]?.errorCode ?? 0),
  );
  const [group] = answer.groups;
  return {
    groupId,
    state: group?.groupState ?? 'Dead',
    assignor: group?.protocolData ?? '',
    coordinator,
    members: (group?.members ?? []).map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: assignmentOf(member.memberAssignment),
    })),
  };
}

function assignmentOf(bytes: Buffer): GroupMemberDescription['assignment'] {
  if (bytes.length === 0) return [];
  return decodeVersioned(ConsumerProtocolAssignment, bytes, 'readAsNewest').value.assignedPartitions;
}

/** What the group has committed, over all topics. */
export async function committedOffsets(
  client: ClusterClient,
  groupId: string,
): Promise<TopicPartitionOffset[]> {
  const answer = await toCoordinator(
    client,
    groupId,
    { request: OffsetFetchRequest, response: OffsetFetchResponse },
    { groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }], requireStable: false },
    ({ groups }) => errorIn(groups[0]?.errorCode ?? 0),
  );
  return (answer.groups[0]?.topics ?? []).flatMap(({ name, partitions }) =>
    partitions
      .filter(({ committedOffset }) => committedOffset >= 0)
      .map(({ partitionIndex, committedOffset }) => ({
        topic: name,
        partition: partitionIndex,
        offset: committedOffset,
      })),
  );
}

/** Commits for a group without members. */
export async function alterOffsets(
  client: ClusterClient,
  groupId: string,
  offsets: readonly TopicPartitionOffset[],
): Promise<void> {
  if (offsets.length === 0) return;
  const topics = [...new Set(offsets.map((each) => each.topic))];
  await toCoordinator(
    client,
    groupId,
    { request: OffsetCommitRequest, response: OffsetCommitResponse },
    {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      topics: topics.map((name) => ({
        name,
        partitions: offsets
          .filter((each) => each.topic === name)
          .map(({ partition, offset }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedMetadata: '',
          })),
      })),
    },
    (answer) =>
      answer.topics
        .flatMap((topic) => topic.partitions)
        .map(({ errorCode }) => errorIn(errorCode))
        .find((error) => error !== undefined),
  );
}

/** The error of the group, or undefined when it is gone. */
export async function deleteGroup(client: ClusterClient, groupId: string): Promise<KafkaError | undefined> {
  try {
    await toCoordinator(
      client,
      groupId,
      { request: DeleteGroupsRequest, response: DeleteGroupsResponse },
      { groupsNames: [groupId] },
      ({ results }) => errorIn(results[0]?.errorCode ?? 0),
    );
    return undefined;
  } catch (thrown) {
    if (thrown instanceof KafkaError) return thrown;
    throw thrown;
  }
}

export interface DeletedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly error: KafkaError | undefined;
}

export async function deleteOffsets(
  client: ClusterClient,
  groupId: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<DeletedOffset[]> {
  const topics = [...new Set(partitions.map((each) => each.topic))];
  const answer = await toCoordinator(
    client,
    groupId,
    { request: OffsetDeleteRequest, response: OffsetDeleteResponse },
    {
      groupId,
      topics: topics.map((name) => ({
        name,
        partitions: partitions
          .filter((each) => each.topic === name)
          .map(({ partition }) => ({ partitionIndex: partition })),
      })),
    },
    ({ errorCode }) => errorIn(errorCode),
  );
  return answer.topics.flatMap(({ name, partitions: deleted }) =>
    deleted.map(({ partitionIndex, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      error: errorIn(errorCode),
    })),
  );
}

async function toCoordinator<Req extends Fields, Res extends Fields>(
  client: ClusterClient,
  groupId: string,
  api: Api<Req, Res>,
  value: StructInput<Req>,
  errorOf: (answer: StructOf<Res>) => KafkaError | undefined,
): Promise<StructOf<Res>> {
  return client.retry(async () => {
    const { id } = await client.coordinator(groupId);
    const answer = await client.toBroker(id, api, value);
    const error = errorOf(answer);
    if (error !== undefined) throw error;
    return answer;
  });
}
