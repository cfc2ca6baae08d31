/** Records for each decoder: what internal topics hold, in every version, and what is no such record. */
import {
  encodeVersioned,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  TransactionLogKey,
  TransactionLogValue,
} from '../../../src/protocol/index.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { batchOf, FIRST, samplesOf, TIMESTAMP, type Files } from './made.ts';

/** Keys and values for the decoders of text and numbers. */
export function texts(): Files {
  const number = (bytes: number, value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
    else buffer.writeInt32BE(value);
    return buffer;
  };
  const batch = (...pairs: readonly (readonly [Buffer | null, Buffer | null])[]): Buffer =>
    buildBatch({
      partitionLeaderEpoch: 0,
      records: pairs.map(([key, value]) => ({ key, value, timestamp: TIMESTAMP })),
    });
  return {
    [`text/longs/${FIRST}.log`]: batch([number(8, 42), number(8, -1)], [number(8, 2 ** 53 + 2), null], [null, number(8, 7)]),
    [`text/integers/${FIRST}.log`]: batch([number(4, 42), number(4, -1)], [null, number(4, 2 ** 31 - 1)]),
    [`text/long-longs/${FIRST}.log`]: batch([Buffer.alloc(12, 1), Buffer.alloc(9, 2)]),
  };
}

const asLog = (records: readonly (readonly [Buffer | null, Buffer | null])[]): Buffer =>
  buildBatch({
    partitionLeaderEpoch: 0,
    records: records.map(([key, value]) => ({ key, value, timestamp: TIMESTAMP })),
  });

export function groupRecords(): Files {
  const offsetKey = encodeVersioned(OffsetCommitKey, 1, { group: 'gruppe "ä"', topic: 'orders', partition: 3 });
  const groupKey = encodeVersioned(GroupMetadataKey, 2, { group: 'readers' });
  const offset = {
    offset: 2 ** 40,
    leaderEpoch: 5,
    metadata: 'quoted " and \u0001 and \u007f and ü \u2028',
    commitTimestamp: TIMESTAMP,
    expireTimestamp: TIMESTAMP + 1,
  };
  const subscription = (version: number): Buffer =>
    encodeVersioned(ConsumerProtocolSubscription, version, {
      topics: ['orders', 'payments'],
      userData: version % 2 === 0 ? null : Buffer.from('user data'),
      ownedPartitions: [{ topic: 'orders', partitions: [0, 1] }],
      generationId: 4,
      rackId: 'rack',
    });
  const assignment = (version: number): Buffer =>
    encodeVersioned(ConsumerProtocolAssignment, version, {
      assignedPartitions: [{ topic: 'orders', partitions: [2] }],
      userData: version % 2 === 0 ? Buffer.from('user data') : null,
    });
  const group = (protocolType: string, members: readonly (readonly [Buffer, Buffer])[]) => ({
    protocolType,
    generation: 7,
    protocol: members.length === 0 ? null : 'range',
    leader: members.length === 0 ? null : 'member-0',
    currentStateTimestamp: TIMESTAMP,
    members: members.map(([subscribed, assigned], index) => ({
      memberId: `member-${index}`,
      groupInstanceId: index % 2 === 0 ? null : 'static',
      clientId: 'client',
      clientHost: '/127.0.0.1',
      rebalanceTimeout: 300_000,
      sessionTimeout: 45_000,
      subscription: subscribed,
      assignment: assigned,
    })),
  });
  const members = [0, 1, 2, 3].map((version): [Buffer, Buffer] => [subscription(version), assignment(version)]);
  const oddMembers: [Buffer, Buffer][] = [
    [Buffer.alloc(0), Buffer.alloc(0)],
    [Buffer.from([0]), Buffer.from('not an assignment')],
    [withVersion(subscription(3), 4), withVersion(assignment(3), 9)],
    [Buffer.concat([subscription(0), Buffer.from('more')]), Buffer.concat([assignment(1), Buffer.from('more')])],
    [withVersion(subscription(0), -1), withVersion(assignment(0), -1)],
  ];
  const pairs: [Buffer | null, Buffer | null][] = [
    ...[0, 1, 2, 3, 4].map((version): [Buffer, Buffer] => [
      encodeVersioned(OffsetCommitKey, version % 2, { group: `v${version}`, topic: 'orders', partition: version }),
      encodeVersioned(OffsetCommitValue, version, offset),
    ]),
    [offsetKey, null],
    ...[0, 1, 2, 3, 4].map((version): [Buffer, Buffer] => [
      groupKey,
      encodeVersioned(GroupMetadataValue, version, group('consumer', members)),
    ]),
    [groupKey, encodeVersioned(GroupMetadataValue, 3, group('consumer', []))],
    [groupKey, encodeVersioned(GroupMetadataValue, 3, group('connect', members))],
    [groupKey, encodeVersioned(GroupMetadataValue, 3, group('consumer', oddMembers))],
    [groupKey, encodeVersioned(GroupMetadataValue, 3, group('', []))],
    [groupKey, null],
    ...keyedSamples(),
    // What is no such record, in part or in whole.
    [withVersion(offsetKey, 77), Buffer.from('anything')],
    [withVersion(offsetKey, -1), null],
    [Buffer.alloc(0), null],
    [Buffer.from([0]), null],
    [offsetKey.subarray(0, 9), null],
    [offsetKey.subarray(0, offsetKey.length - 2), encodeVersioned(OffsetCommitValue, 3, offset)],
    [Buffer.concat([offsetKey, Buffer.from('more')]), Buffer.concat([encodeVersioned(OffsetCommitValue, 3, offset), Buffer.from('more')])],
    [offsetKey, Buffer.alloc(0)],
    [offsetKey, Buffer.from([0])],
    [offsetKey, encodeVersioned(OffsetCommitValue, 3, offset).subarray(0, 12)],
    [offsetKey, encodeVersioned(OffsetCommitValue, 3, offset).subarray(0, 20)],
    [offsetKey, withVersion(encodeVersioned(OffsetCommitValue, 3, offset), 5)],
    [offsetKey, withVersion(encodeVersioned(OffsetCommitValue, 3, offset), 4)],
    [offsetKey, withVersion(encodeVersioned(OffsetCommitValue, 3, offset), -1)],
    [groupKey, withVersion(encodeVersioned(GroupMetadataValue, 3, group('consumer', members)), 5)],
    [groupKey, encodeVersioned(GroupMetadataValue, 3, group('consumer', members)).subarray(0, 40)],
    [groupKey, Buffer.concat([Buffer.from('0003ffff', 'hex')])],
    [Buffer.from('0001ffff', 'hex'), null],
    [Buffer.from('00010003616263', 'hex'), null],
  ];
  return {
    [`groups/all/${FIRST}.log`]: asLog(pairs),
    [`groups/no-key/${FIRST}.log`]: asLog([[offsetKey, null], [null, Buffer.from('value')], [groupKey, null]]),
    [`groups/plain/${FIRST}.log`]: batchOf(['plain', 'text']),
  };
}

function withVersion(bytes: Buffer, version: number): Buffer {
  const other = Buffer.from(bytes);
  other.writeInt16BE(version, 0);
  return other;
}

/** Records of the groups of KIP-848, which a ZooKeeper cluster has none of. */
function keyedSamples(): [Buffer, Buffer | null][] {
  const samples = samplesOf('group');
  const pairs: [Buffer, Buffer | null][] = [];
  for (const { name, filled, bytes } of samples) {
    if (!name.endsWith('Key')) continue;
    const value = samples.find((one) => one.name === name.replace(/Key$/, 'Value') && one.filled === filled);
    pairs.push([bytes, value?.bytes ?? null]);
    if (filled) pairs.push([bytes, null], [bytes, value?.bytes.subarray(0, 3) ?? null]);
  }
  return pairs;
}

export function transactionRecords(): Files {
  const key = encodeVersioned(TransactionLogKey, 0, { transactionalId: 'transfer "1"' });
  const value = (status: number, version = 0, partitions: readonly (readonly [string, readonly number[]])[] | null = []) =>
    encodeVersioned(TransactionLogValue, version, {
      producerId: 2 ** 40,
      producerEpoch: 17,
      transactionTimeoutMs: 60_000,
      transactionStatus: status,
      transactionPartitions:
        partitions?.map(([topic, partitionIds]) => ({ topic, partitionIds: [...partitionIds] })) ?? null,
      transactionLastUpdateTimestampMs: TIMESTAMP,
      transactionStartTimestampMs: TIMESTAMP - 1,
    });
  const many = Array.from({ length: 40 }, (_, index) => index);
  const logs: Readonly<Record<string, readonly (readonly [Buffer | null, Buffer | null])[]>> = {
    all: [
      [key, value(0, 0, null)],
      ...[1, 2, 3, 4, 5, 6, 7].map((status): [Buffer, Buffer] => [key, value(status, 0, [['orders', [0, 1]]])]),
      [key, value(1, 1, [['orders', [2]], ['payments', [0]], ['audit', [5, 4, 3]]])],
      [key, value(1, 0, [['orders', many]])],
      [key, value(1, 0, [['orders', many.slice(0, 5)], ['payments', many.slice(0, 4)], ['audit', many.slice(0, 3)]])],
      [key, value(1, 0, [['orders', many.slice(0, 11)]])],
      [key, value(1, 0, [['orders', [3, 2, 1]], ['audit', [9]]])],
      [key, value(0, 0, [['orders', [0]]])],
      [key, null],
      [withVersion(key, 9), null],
      [withVersion(key, -1), value(0)],
      [Buffer.concat([key, Buffer.from('more')]), Buffer.concat([value(1), Buffer.from('more')])],
    ],
    'no-partitions': [[key, value(1, 0, null)]],
    'unknown-state': [[key, value(9)]],
    'later-version': [[key, withVersion(value(1), 2)]],
    'cut-off': [[key, value(1).subarray(0, 12)]],
    'key-cut-off': [[key.subarray(0, 5), value(1)]],
    'no-key': [[key, value(1)], [null, value(1)]],
  };
  return Object.fromEntries(
    Object.entries(logs).map(([name, records]) => [`transactions/${name}/${FIRST}.log`, asLog(records)]),
  );
}

/** Records of KRaft and of tiered storage, which a ZooKeeper cluster has none of. */
export function otherRecords(): Files {
  const cluster = samplesOf('cluster').map(({ bytes }) => bytes);
  const remote = samplesOf('remote').map(({ bytes }) => bytes);
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const damaged = [
    Buffer.alloc(0),
    hex('00'),
    hex('02'),
    hex('01'),
    hex('0101'),
    hex('014d00'),
    hex('010063'),
    hex('80808008'),
    hex('ffffffffffff'),
    cluster[4]!.subarray(0, 8),
    Buffer.concat([cluster[10]!, Buffer.from('more')]),
    remote[0]!.subarray(0, 12),
    Buffer.from('plain text'),
  ];
  const logOf = (values: readonly (Buffer | null)[]): Buffer => asLog(values.map((value) => [null, value]));
  return {
    [`metadata/cluster/${FIRST}.log`]: logOf([...cluster, ...damaged, null]),
    [`metadata/remote/${FIRST}.log`]: logOf([...remote, ...damaged, null]),
  };
}
