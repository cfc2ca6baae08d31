/**
 * Fetch (api key 1): read record batches from the leader of each partition, or from a follower close by
 * (KIP-392). Consumers and followers use the same request: a replica id tells them apart, and what a follower
 * asks for next tells its leader what it has. It may wait at the broker until there is enough to send.
 *
 * - v1: throttle time in the response (KIP-13).
 * - v2: the requester reads message format v1 (KIP-32).
 * - v3: a limit for the whole response, and the order of partitions matters (KIP-74).
 * - v4: isolation level and aborted transactions; the requester reads format v2 (KIP-98).
 * - v5: log start offset (KIP-107).
 * - v6: may answer KAFKA_STORAGE_ERROR (KIP-112).
 * - v7: fetch sessions: only what changed is asked for and answered (KIP-227).
 * - v8: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v9: the leader epoch the requester knows, for fencing (KIP-320).
 * - v10: batches may be compressed with zstd (KIP-110).
 * - v11: rack of the consumer and a preferred replica to read from (KIP-392).
 * - v12: first flexible version (KIP-482); the epoch last fetched, by which a follower learns where it
 *   diverged (KIP-595).
 * - v13: topic ids instead of names (KIP-516).
 * - v14: may answer OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405).
 * - v15: replica id and broker epoch together in a tagged field (KIP-903).
 * - v16: where to reach the new leaders (KIP-951).
 * - v17: directory id of a KRaft voter (KIP-853), of no use here.
 */
import {
  array,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uuid,
  type MessageOf,
} from '../schema/fields.ts';

export const FetchRequest = message({
  name: 'FetchRequest',
  apiKey: 1,
  versions: '0-17',
  flexible: '12+',
  fields: {
    clusterId: string('12+', {
      nullable: '12+',
      default: null,
      tag: 0,
      ignorable: true,
      about: 'Of KRaft; unused.',
    }),
    replicaId: int32('0-14', {
      default: -1,
      entity: 'brokerId',
      about: 'The broker id of a follower, -1 for a consumer.',
    }),
    replicaState: struct(
      '15+',
      {
        replicaId: int32('15+', { default: -1, entity: 'brokerId' }),
        replicaEpoch: int64('15+', { default: -1, about: 'The broker epoch of the follower.' }),
      },
      { tag: 1, about: 'The same from v15 on, with the epoch.' },
    ),
    maxWaitMs: int32('0+', { about: 'How long to wait for minBytes.' }),
    minBytes: int32('0+', { about: 'Answer as soon as there is this much.' }),
    maxBytes: int32('3+', {
      default: 2147483647,
      ignorable: true,
      about: 'For the whole response; the first batch goes through even if it is larger.',
    }),
    isolationLevel: int8('4+', {
      default: 0,
      ignorable: true,
      about: '0 read_uncommitted, 1 read_committed.',
    }),
    sessionId: int32('7+', { default: 0, ignorable: true, about: '0 to do without a session or begin one.' }),
    sessionEpoch: int32('7+', {
      default: -1,
      ignorable: true,
      about: '-1 without a session, 0 to begin one, then counting up.',
    }),
    topics: array(
      '0+',
      {
        topic: string('0-12', { ignorable: true, entity: 'topicName' }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array('0+', {
          partition: int32('0+'),
          currentLeaderEpoch: int32('9+', {
            default: -1,
            ignorable: true,
            about: 'The leader epoch the requester knows, -1 if none.',
          }),
          fetchOffset: int64('0+', { about: 'For a follower this is its log end offset.' }),
          lastFetchedEpoch: int32('12+', {
            default: -1,
            about: 'The leader epoch of its last record; the leader compares it with its own history.',
          }),
          logStartOffset: int64('5+', {
            default: -1,
            ignorable: true,
            about: 'Of the follower; -1 from consumers.',
          }),
          partitionMaxBytes: int32('0+'),
          replicaDirectoryId: uuid('17+', { tag: 0, ignorable: true, about: 'Of KRaft; unused.' }),
        }),
      },
      { about: 'All partitions, or within a session those that are new or changed.' },
    ),
    forgottenTopicsData: array(
      '7+',
      {
        topic: string('7-12', { ignorable: true, entity: 'topicName' }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array('7+', 'int32'),
      },
      { about: 'Partitions to take out of the session.' },
    ),
    rackId: string('11+', {
      default: '',
      ignorable: true,
      about: 'Where the consumer is, to find a replica close by.',
    }),
  },
});

export const FetchResponse = message({
  name: 'FetchResponse',
  apiKey: 1,
  versions: '0-17',
  flexible: '12+',
  fields: {
    throttleTimeMs: int32('1+', {
      ignorable: true,
      about: 'How long the client should pause, having exceeded its quota.',
    }),
    errorCode: int16('7+', {
      ignorable: true,
      about: 'About the session, such as FETCH_SESSION_ID_NOT_FOUND.',
    }),
    sessionId: int32('7+', { default: 0, about: 'The session, 0 if there is none.' }),
    responses: array('0+', {
      topic: string('0-12', { ignorable: true, entity: 'topicName' }),
      topicId: uuid('13+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        highWatermark: int64('0+', { about: 'Consumers may read up to here; -1 with an error.' }),
        lastStableOffset: int64('4+', {
          default: -1,
          ignorable: true,
          about: 'Where the first open transaction begins, or the high watermark.',
        }),
        logStartOffset: int64('5+', { default: -1, ignorable: true }),
        divergingEpoch: struct(
          '12+',
          {
            epoch: int32('12+', { default: -1 }),
            endOffset: int64('12+', { default: -1 }),
          },
          { tag: 0, about: 'Sent to a follower whose log parts from that of the leader: truncate to here.' },
        ),
        currentLeader: struct(
          '12+',
          {
            leaderId: int32('12+', { default: -1, entity: 'brokerId' }),
            leaderEpoch: int32('12+', { default: -1 }),
          },
          { tag: 1, about: 'Sent when leadership moved.' },
        ),
        snapshotId: struct(
          '12+',
          {
            endOffset: int64('0+', { default: -1 }),
            epoch: int32('0+', { default: -1 }),
          },
          { tag: 2, about: 'Of KRaft; unused.' },
        ),
        abortedTransactions: array(
          '4+',
          {
            producerId: int64('4+', { entity: 'producerId' }),
            firstOffset: int64('4+', { about: 'Where the transaction begins in this partition.' }),
          },
          {
            nullable: '4+',
            ignorable: true,
            about: 'What a read_committed consumer must skip; null for others.',
          },
        ),
        preferredReadReplica: int32('11+', {
          default: -1,
          entity: 'brokerId',
          about: 'Where the consumer should rather read from, -1 for here.',
        }),
        records: records('0+', {
          nullable: '0+',
          about: 'Batches as they stand on disk; the last may be cut off.',
        }),
      }),
    }),
    nodeEndpoints: array(
      '16+',
      {
        nodeId: int32('16+', { entity: 'brokerId', mapKey: true }),
        host: string('16+'),
        port: int32('16+'),
        rack: string('16+', { nullable: '16+', default: null }),
      },
      { tag: 0, about: 'Where to reach the leaders named above.' },
    ),
  },
});

export type FetchRequest = MessageOf<typeof FetchRequest>;
export type FetchResponse = MessageOf<typeof FetchResponse>;
