/**
 * TxnOffsetCommit (api key 28): offsets committed as part of a transaction, at the group coordinator: nobody
 * sees them until the marker comes (KIP-98).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: leader epoch of the committed offset (KIP-320).
 * - v3: first flexible version (KIP-482); membership, to fence members of an earlier generation (KIP-447).
 * - v4: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const TxnOffsetCommitRequest = message({
  name: 'TxnOffsetCommitRequest',
  apiKey: 28,
  versions: '0-4',
  flexible: '3+',
  fields: {
    transactionalId: string('0+', { entity: 'transactionalId' }),
    groupId: string('0+', { entity: 'groupId' }),
    producerId: int64('0+', { entity: 'producerId' }),
    producerEpoch: int16('0+'),
    generationId: int32('3+', { default: -1 }),
    memberId: string('3+', { default: '' }),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
        committedMetadata: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export const TxnOffsetCommitResponse = message({
  name: 'TxnOffsetCommitResponse',
  apiKey: 28,
  versions: '0-4',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});

export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>;
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>;
