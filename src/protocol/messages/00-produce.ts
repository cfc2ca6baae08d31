/**
 * Produce (api key 0): a producer hands record batches to the leaders of their partitions. The batches are
 * opaque here: they go to disk as they came, and src/records says what they look like. With acks=0 there is
 * no response at all.
 *
 * - v1: throttle time in the response (KIP-13).
 * - v2: the time of appending in the response; message format v1 (KIP-32).
 * - v3: transactional id; from here on every batch must be of format v2 (KIP-98).
 * - v4: may answer KAFKA_STORAGE_ERROR (KIP-112).
 * - v5: log start offset in the response, so that a producer can tell lost records from deleted ones.
 * - v6: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v7: batches may be compressed with zstd (KIP-110).
 * - v8: which records made a batch unacceptable (KIP-467).
 * - v9: first flexible version (KIP-482).
 * - v10: the new leader and where to reach it, when leadership moved (KIP-951).
 * - v11: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import {
  array,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  type MessageOf,
} from '../schema/fields.ts';

export const ProduceRequest = message({
  name: 'ProduceRequest',
  apiKey: 0,
  versions: '0-11',
  flexible: '9+',
  fields: {
    transactionalId: string('3+', {
      nullable: '3+',
      default: null,
      entity: 'transactionalId',
      about: 'Set if the batches belong to a transaction.',
    }),
    acks: int16('0+', { about: '0: no answer; 1: when the leader has it; -1: when the whole ISR has it.' }),
    timeoutMs: int32('0+', { about: 'How long the leader may wait for the ISR.' }),
    topicData: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      partitionData: array('0+', {
        index: int32('0+'),
        records: records('0+', { nullable: '0+', about: 'One batch; up to v2 a message set.' }),
      }),
    }),
  },
});

export const ProduceResponse = message({
  name: 'ProduceResponse',
  apiKey: 0,
  versions: '0-11',
  flexible: '9+',
  fields: {
    responses: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      partitionResponses: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        baseOffset: int64('0+', { about: 'The offset of the first record, -1 with an error.' }),
        logAppendTimeMs: int64('2+', {
          default: -1,
          ignorable: true,
          about: "The broker's time, if the topic uses LogAppendTime; else -1.",
        }),
        logStartOffset: int64('5+', {
          default: -1,
          ignorable: true,
          about: 'The first offset still in the log.',
        }),
        recordErrors: array(
          '8+',
          {
            batchIndex: int32('8+', { about: 'The place of the record in its batch.' }),
            batchIndexErrorMessage: string('8+', { nullable: '8+', default: null }),
          },
          { ignorable: true, about: 'The records for which the whole batch was refused.' },
        ),
        errorMessage: string('8+', { nullable: '8+', default: null, ignorable: true }),
        currentLeader: struct(
          '10+',
          {
            leaderId: int32('10+', { default: -1, entity: 'brokerId' }),
            leaderEpoch: int32('10+', { default: -1 }),
          },
          { tag: 0, about: 'Sent with NOT_LEADER_OR_FOLLOWER.' },
        ),
      }),
    }),
    throttleTimeMs: int32('1+', {
      default: 0,
      ignorable: true,
      about: 'How long the client should pause, having exceeded its quota.',
    }),
    nodeEndpoints: array(
      '10+',
      {
        nodeId: int32('10+', { entity: 'brokerId', mapKey: true }),
        host: string('10+'),
        port: int32('10+'),
        rack: string('10+', { nullable: '10+', default: null }),
      },
      { tag: 0, about: 'Where to reach the leaders named above.' },
    ),
  },
});

export type ProduceRequest = MessageOf<typeof ProduceRequest>;
export type ProduceResponse = MessageOf<typeof ProduceResponse>;
