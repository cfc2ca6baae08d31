/**
 * The records of `__consumer_offsets`: groups and offsets to bytes and back. Written in the versions Kafka 3.9 writes,
 * the newest that are not flexible, so that brokers of a cluster in the middle of an upgrade read them; flexible ones
 * are read (contract 5.1). Keys of a version above 2 belong to newer group protocols and are none of ours.
 */
import {
  decodeVersioned,
  encodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  peekVersion,
} from '../../protocol/index.ts';
import type { CoordinatorRecord } from '../runtime/coordinator-runtime.ts';
import type { OffsetAndMetadata } from './group-offsets.ts';
import type { Group, GroupSnapshot } from './group.ts';
import { Member } from './member.ts';

const OFFSET_COMMIT_KEY_VERSION = 1;
const GROUP_METADATA_KEY_VERSION = 2;
const OFFSET_COMMIT_VALUE_VERSION = 3;
/** The last version that can say when an offset expires. */
const OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY = 1;
const GROUP_METADATA_VALUE_VERSION = 3;
const NO_TIMESTAMP = -1;

export type GroupRecord =
  | {
      readonly kind: 'offset-commit';
      readonly groupId: string;
      readonly topic: string;
      readonly partition: number;
      readonly value: OffsetAndMetadata | null;
    }
  | { readonly kind: 'group-metadata'; readonly groupId: string; readonly snapshot: GroupSnapshot | null }
  | { readonly kind: 'unknown'; readonly keyVersion: number };

export function offsetCommitRecord(
  groupId: string,
  topic: string,
  partition: number,
  value: OffsetAndMetadata | null,
): CoordinatorRecord {
  const key = { group: groupId, topic, partition };
  return {
    key: encodeVersioned(OffsetCommitKey, OFFSET_COMMIT_KEY_VERSION, key),
    value: value && encodeOffsetCommitValue(value),
  };
}

function encodeOffsetCommitValue(value: OffsetAndMetadata): Buffer {
  const version =
    value.expireTimestampMs === null ? OFFSET_COMMIT_VALUE_VERSION : OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY;
  return encodeVersioned(OffsetCommitValue, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs ?? NO_TIMESTAMP,
  });
}

/** The group as it is now, with these assignments by member id. */
export function groupMetadataRecord(
  group: Group,
  assignments: ReadonlyMap<string, Buffer>,
): CoordinatorRecord {
  const { protocolName } = group;
  const value = encodeVersioned(GroupMetadataValue, GROUP_METADATA_VALUE_VERSION, {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateTimestampMs ?? NO_TIMESTAMP,
    members: group.members().map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.settings.rebalanceTimeoutMs,
      sessionTimeout: member.settings.sessionTimeoutMs,
      subscription: protocolName === null ? NO_BYTES : member.metadataFor(protocolName),
      assignment: assignments.get(member.memberId) ?? NO_BYTES,
    })),
  });
  return { key: groupMetadataKey(group.groupId), value };
}

export function groupMetadataTombstone(groupId: string): CoordinatorRecord {
  return { key: groupMetadataKey(groupId), value: null };
}

/** Throws on a value of an unknown version: skipping it would lose a group or an offset in silence. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord {
  const keyVersion = peekVersion(key);
  if (keyVersion === GROUP_METADATA_KEY_VERSION) {
    const { group } = decodeVersioned(GroupMetadataKey, key).value;
    return { kind: 'group-metadata', groupId: group, snapshot: value && decodeGroupMetadata(value) };
  }
  if (keyVersion >= 0 && keyVersion <= OFFSET_COMMIT_KEY_VERSION) {
    const { group, topic, partition } = decodeVersioned(OffsetCommitKey, key).value;
    return { kind: 'offset-commit', groupId: group, topic, partition, value: value && decodeOffset(value) };
  }
  return { kind: 'unknown', keyVersion };
}

const NO_BYTES = Buffer.alloc(0);

function groupMetadataKey(group: string): Buffer {
  return encodeVersioned(GroupMetadataKey, GROUP_METADATA_KEY_VERSION, { group });
}

function decodeOffset(buffer: Buffer): OffsetAndMetadata {
  const { value } = decodeVersioned(OffsetCommitValue, buffer);
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp === NO_TIMESTAMP ? null : value.expireTimestamp,
  };
}

function decodeGroupMetadata(buffer: Buffer): GroupSnapshot {
  const { version, value } = decodeVersioned(GroupMetadataValue, buffer);
  return {
    generationId: value.generation,
    protocolType: value.protocolType === '' ? null : value.protocolType,
    protocolName: value.protocol,
    leaderId: value.leader,
    stateTimestampMs: value.currentStateTimestamp === NO_TIMESTAMP ? null : value.currentStateTimestamp,
    members: value.members.map((member) => restoreMember(member, value, version)),
  };
}

/** The bytes are copied: a slice would keep the whole chunk of log it was read from alive. */
function restoreMember(
  member: GroupMetadataValue['members'][number],
  group: GroupMetadataValue,
  version: number,
): Member {
  const metadata = Buffer.from(member.subscription);
  return new Member(
    member,
    group.protocolType,
    {
      rebalanceTimeoutMs: version === 0 ? member.sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      protocols: [{ name: group.protocol ?? '', metadata }],
    },
    Buffer.from(member.assignment),
  );
}
