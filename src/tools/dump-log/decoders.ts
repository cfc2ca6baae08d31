/**
 * What keys and values of a log mean: text by default, and for the two internal topics the records of groups and
 * transactions in the form the original's decoders give them.
 */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  KafkaError,
  OffsetCommitKey,
  OffsetCommitValue,
  peekVersion,
  TransactionLogKey,
  TransactionLogValue,
} from '../../protocol/index.ts';
import type { KafkaRecord } from '../../records/index.ts';

export interface DecodedRecord {
  /** Undefined when the record has none. */
  readonly key: string | undefined;
  readonly payload: string | undefined;
}

export type RecordDecoder = (record: KafkaRecord) => DecodedRecord;

/** Kafka's decoders by class name, old and new packages. */
const TEXTS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  StringDecoder: (bytes) => bytes.toString('utf8'),
  LongDecoder: (bytes) => String(bytes.readBigInt64BE()),
  IntegerDecoder: (bytes) => String(bytes.readInt32BE()),
  DefaultDecoder: (bytes) => bytes.toString('utf8'),
};

export function textDecoder(keyClass: string, valueClass: string): RecordDecoder {
  const key = decoderNamed(keyClass);
  const value = decoderNamed(valueClass);
  return (record) => ({
    key: record.key === null ? undefined : key(record.key),
    payload: record.value === null ? undefined : value(record.value),
  });
}

function decoderNamed(className: string): (bytes: Buffer) => string {
  const decoder = TEXTS[className.replace(/^.*\./, '')];
  if (decoder === undefined)
    throw new KafkaError(
      'INVALID_REQUEST',
      `Class ${className} cannot be loaded: only Kafka's own decoders are built in`,
    );
  return decoder;
}

const DELETED = '<DELETE>';

/** What members asked for and were given is shown in full by kafka-dump-log, as bytes by the console consumer. */
export type OpaqueFields = 'decoded' | 'base64';

/** __consumer_offsets: a commit (key versions 0 and 1) or a group (2). */
export const offsetsDecoder: RecordDecoder = (record) => decodeOffsets(record, 'decoded');

export function decodeOffsets({ key, value }: KafkaRecord, opaque: OpaqueFields): DecodedRecord {
  if (key === null) return { key: undefined, payload: undefined };
  const type = peekVersion(key);
  if (type === 0 || type === 1) {
    const { group, topic, partition } = decodeVersioned(OffsetCommitKey, key).value;
    return {
      key: typed('type', type, { group, topic, partition }),
      payload: value === null ? DELETED : offsetText(value),
    };
  }
  if (type === 2) {
    const { group } = decodeVersioned(GroupMetadataKey, key).value;
    return {
      key: typed('type', type, { group }),
      payload: value === null ? DELETED : groupText(value, opaque),
    };
  }
  return { key: `unknown::version=${type}`, payload: undefined };
}

function typed(name: 'type' | 'version', version: number, data: unknown): string {
  return JSON.stringify({ [name]: String(version), data });
}

/** Fields appear as of the version that was written, as in the original's JSON. */
function offsetText(bytes: Buffer): string {
  const { version, value } = decodeVersioned(OffsetCommitValue, bytes, 'readAsNewest');
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = value;
  return typed('version', version, {
    offset,
    ...(version >= 3 ? { leaderEpoch } : {}),
    metadata,
    commitTimestamp,
    ...(version === 1 ? { expireTimestamp } : {}),
  });
}

function groupText(bytes: Buffer, opaque: OpaqueFields): string {
  const { version, value } = decodeVersioned(GroupMetadataValue, bytes, 'readAsNewest');
  const { protocolType, generation, protocol, leader, currentStateTimestamp } = value;
  const decodes = opaque === 'decoded' && protocolType === 'consumer';
  const members = value.members.map((member) => ({
    memberId: member.memberId,
    ...(version >= 3 ? { groupInstanceId: member.groupInstanceId } : {}),
    clientId: member.clientId,
    clientHost: member.clientHost,
    ...(version >= 1 ? { rebalanceTimeout: member.rebalanceTimeout } : {}),
    sessionTimeout: member.sessionTimeout,
    subscription: decodes ? subscriptionOf(member.subscription) : member.subscription.toString('base64'),
    assignment: decodes ? assignmentOf(member.assignment) : member.assignment.toString('base64'),
  }));
  return typed('version', version, {
    protocolType,
    generation,
    protocol,
    leader,
    ...(version >= 2 ? { currentStateTimestamp } : {}),
    members,
  });
}

function subscriptionOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  const { version, value } = decodeVersioned(ConsumerProtocolSubscription, bytes, 'readAsNewest');
  const { topics, userData, ownedPartitions, generationId, rackId } = value;
  return {
    topics,
    userData: base64(userData),
    ...(version >= 1 ? { ownedPartitions } : {}),
    ...(version >= 2 ? { generationId } : {}),
    ...(version >= 3 ? { rackId } : {}),
  };
}

function assignmentOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  const { assignedPartitions, userData } = decodeVersioned(
    ConsumerProtocolAssignment,
    bytes,
    'readAsNewest',
  ).value;
  return { assignedPartitions, userData: base64(userData) };
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64');
}

const TRANSACTION_STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
];

/** __transaction_state. */
export const transactionLogDecoder: RecordDecoder = ({ key, value }) => {
  if (key === null) return { key: undefined, payload: undefined };
  const type = peekVersion(key);
  if (type !== 0) return { key: `unknown::version=${type}`, payload: undefined };
  const { transactionalId } = decodeVersioned(TransactionLogKey, key).value;
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? DELETED : transactionText(value),
  };
};

function transactionText(bytes: Buffer): string {
  const { value } = decodeVersioned(TransactionLogValue, bytes, 'readAsNewest');
  const partitions = (value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
    partitionIds.map((partition) => `${topic}-${partition}`),
  );
  return [
    `producerId:${value.producerId}`,
    `producerEpoch:${value.producerEpoch}`,
    `state=${TRANSACTION_STATES[value.transactionStatus] ?? String(value.transactionStatus)}`,
    `partitions=[${partitions.join(',')}]`,
    `txnLastUpdateTimestamp=${value.transactionLastUpdateTimestampMs}`,
    `txnTimeoutMs=${value.transactionTimeoutMs}`,
  ].join(',');
}
