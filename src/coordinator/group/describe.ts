/**
 * DescribeGroups and ListGroups: what tools see of groups. Metadata and assignments are shown of Stable groups only;
 * before, they would be those of the generation that is just ending.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';

export interface DescribedGroup {
  readonly error: ErrorName;
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  /** The name of the chosen protocol. */
  readonly protocolData: string;
  readonly members: readonly DescribedMember[];
}

interface DescribedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly metadata: Buffer;
  readonly assignment: Buffer;
}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState: string;
  readonly groupType: string;
}

/** The only type of group a classic coordinator has. */
const CLASSIC_GROUP_TYPE = 'classic';

const NO_BYTES = Buffer.alloc(0);

/** A group nobody ever heard of is described as Dead, without an error. */
export function describeGroup(groupId: string, group: Group | undefined): DescribedGroup {
  const described = { error: 'NONE', groupId, protocolType: '', protocolData: '', members: [] } as const;
  if (group === undefined) return { ...described, groupState: 'Dead' };
  const protocolName = group.state === 'Stable' ? group.protocolName : null;
  return {
    ...described,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: group.members().map((member) => describeMember(member, protocolName)),
  };
}

export function describeError(groupId: string, error: ErrorName): DescribedGroup {
  return { error, groupId, groupState: '', protocolType: '', protocolData: '', members: [] };
}

/** Filters match regardless of case; an empty one lets everything pass. */
export function isListed(
  group: Group,
  statesFilter: readonly string[],
  typesFilter: readonly string[],
): boolean {
  const names = (filter: readonly string[], name: string): boolean =>
    filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === name.toLowerCase());
  return names(statesFilter, group.state) && names(typesFilter, CLASSIC_GROUP_TYPE);
}

export function listGroup({ groupId, protocolType, state }: Group): ListedGroup {
  return {
    groupId,
    protocolType: protocolType ?? '',
    groupState: state,
    groupType: CLASSIC_GROUP_TYPE,
  };
}

function describeMember(member: Member, protocolName: string | null): DescribedMember {
  const { memberId, groupInstanceId, clientId, clientHost } = member;
  return {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    metadata: protocolName === null ? NO_BYTES : member.metadataFor(protocolName),
    assignment: protocolName === null ? NO_BYTES : member.assignment,
  };
}
