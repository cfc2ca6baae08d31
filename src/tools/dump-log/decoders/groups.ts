/**
 * Records of __consumer_offsets: commits (key versions 0 and 1) and groups (2) as a cluster with ZooKeeper writes them,
 * and those of the groups of KIP-848 (3 to 8), which it does not.
 */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../../../protocol/index.ts';
import { ByteBuffer } from '../java/byte-buffer.ts';
import { JavaException, runtimeException } from '../java/exception.ts';
import { jsonText, type Json, type JsonObject } from '../java/json.ts';
import { messageOfThrown, readMessage } from '../java/message.ts';
import { shapeOf, shapesIn, type MessageShape } from '../java/message-shape.ts';
import type { DecodedRecord, RecordDecoder, RecordToDecode } from './decoded-record.ts';

const GROUP_METADATA = 2;
const DELETED = '<DELETE>';

const NEW_GROUPS = shapesIn(`
  ConsumerGroupMetadataKey 3 3 plain: groupId string

  ConsumerGroupMetadataValue 3 0: epoch int32

  ConsumerGroupPartitionMetadataKey 4 4 plain: groupId string

  ConsumerGroupPartitionMetadataValue 4 0: topics []{topicId uuid, topicName string, numPartitions int32,
    partitionMetadata []{partition int32, racks []string}}

  ConsumerGroupMemberMetadataKey 5 5 plain: groupId string, memberId string

  ConsumerGroupMemberMetadataValue 5 0: instanceId string?, rackId string?, clientId string, clientHost string,
    subscribedTopicNames []string, subscribedTopicRegex string?, rebalanceTimeoutMs int32, serverAssignor string?,
    classicMemberMetadata {sessionTimeoutMs int32, supportedProtocols []{name string, metadata bytes}}? tag 0

  ConsumerGroupTargetAssignmentMetadataKey 6 6 plain: groupId string

  ConsumerGroupTargetAssignmentMetadataValue 6 0: assignmentEpoch int32

  ConsumerGroupTargetAssignmentMemberKey 7 7 plain: groupId string, memberId string

  ConsumerGroupTargetAssignmentMemberValue 7 0: topicPartitions []{topicId uuid, partitions []int32}

  ConsumerGroupCurrentMemberAssignmentKey 8 8 plain: groupId string, memberId string

  ConsumerGroupCurrentMemberAssignmentValue 8 0: memberEpoch int32, previousMemberEpoch int32, state int8,
    assignedPartitions []{topicId uuid, partitions []int32}, partitionsPendingRevocation []{topicId uuid, partitions []int32}
`);

interface Kind {
  readonly key: MessageShape;
  readonly value: MessageShape;
}

const COMMIT: Kind = { key: shapeOf(OffsetCommitKey), value: shapeOf(OffsetCommitValue) };

/** By the version of the key. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [0, COMMIT],
  [1, COMMIT],
  [GROUP_METADATA, { key: shapeOf(GroupMetadataKey), value: shapeOf(GroupMetadataValue) }],
  ...NEW_GROUPS.filter(({ name }) => name.endsWith('Key')).map((key): [number, Kind] => [
    key.number,
    { key, value: NEW_GROUPS.find(({ number, name }) => number === key.number && name.endsWith('Value'))! },
  ]),
]);

const SUBSCRIPTION = shapeOf(ConsumerProtocolSubscription);
const ASSIGNMENT = shapeOf(ConsumerProtocolAssignment);

/** What members asked for and were given is shown in full by kafka-dump-log, as bytes by the console consumer. */
export type OpaqueFields = 'decoded' | 'base64';

/** Without a key there is nothing to go by, and the dump ends. */
export const offsetsDecoder: RecordDecoder = (record) => {
  if (record.key === null)
    throw runtimeException(
      `Failed to decode message at offset ${record.offset} using offset topic decoder (message had a missing key)`,
    );
  return decodeOffsets({ ...record, key: record.key }, 'decoded');
};

export function decodeOffsets(
  { offset, key, value }: RecordToDecode & { readonly key: Buffer },
  opaque: OpaqueFields,
): DecodedRecord {
  try {
    const keyBuffer = new ByteBuffer(key);
    const type = versionIn(keyBuffer, 'key');
    const kind = KINDS.get(type);
    if (kind === undefined)
      return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, payload: undefined };
    const keyJson = read(kind.key, type, keyBuffer, 'key');
    const payload = value === null ? DELETED : valueText(kind.value, type, value, opaque);
    return { key: versioned('type', type, keyJson), payload };
  } catch (thrown) {
    return { key: `Error at offset ${offset}, skipping. ${messageOfThrown(thrown)}`, payload: undefined };
  }
}

function versionIn(buffer: ByteBuffer, name: string): number {
  if (buffer.remaining < 2) throw runtimeException(`Could not read version from ${name}'s buffer.`);
  return buffer.short();
}

function read(shape: MessageShape, version: number, buffer: ByteBuffer, name: string): JsonObject {
  try {
    return readMessage(shape, version, buffer);
  } catch (thrown) {
    throw runtimeException(
      `Could not read record with version ${version} from ${name}'s buffer due to: ${messageOfThrown(thrown)}.`,
    );
  }
}

function valueText(shape: MessageShape, type: number, bytes: Buffer, opaque: OpaqueFields): string {
  const buffer = new ByteBuffer(bytes);
  const version = versionIn(buffer, 'value');
  const json = read(shape, version, buffer, 'value');
  if (type === GROUP_METADATA && opaque === 'decoded') decodeMembers(json);
  return versioned('version', version, json);
}

function versioned(name: 'type' | 'version', version: number, data: JsonObject): string {
  return jsonText(
    new Map<string, Json>([
      [name, String(version)],
      ['data', data],
    ]),
  );
}

function decodeMembers(group: JsonObject): void {
  const members = group.get('members');
  if (group.get('protocolType') !== 'consumer' || !Array.isArray(members)) return;
  for (const member of members) {
    if (!(member instanceof Map)) continue;
    decodeField(member, 'subscription', SUBSCRIPTION);
    decodeField(member, 'assignment', ASSIGNMENT);
  }
}

/** Bytes that are none stay as they are. */
function decodeField(member: JsonObject, name: string, shape: MessageShape): void {
  const text = member.get(name);
  if (typeof text !== 'string') return;
  const buffer = new ByteBuffer(Buffer.from(text, 'base64'));
  try {
    const version = buffer.short();
    member.set(name, readMessage(shape, version, buffer));
  } catch (thrown) {
    if (!(thrown instanceof JavaException)) throw thrown;
  }
}
