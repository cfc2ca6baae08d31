/**
 * OffsetForLeaderEpoch v0-4: where a leader epoch ended in this leader's log. Followers of older Kafka versions and
 * consumers that suspect a truncation find with it the point where their history left the leader's (KIP-101, KIP-320).
 */
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/messages/23-offset-for-leader-epoch.ts';
import { defineHandler } from '../handler.ts';

type AnsweredPartition = OffsetForLeaderEpochResponse['topics'][number]['partitions'][number];

export const offsetForLeaderEpoch = defineHandler({
  request: OffsetForLeaderEpochRequest,
  response: OffsetForLeaderEpochResponse,

  handle(request, context, { replicaManager }) {
    const topics = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }): AnsweredPartition => {
        if (!context.authorize('DESCRIBE', { type: 'TOPIC', name: topic }))
          return failure(partition, 'TOPIC_AUTHORIZATION_FAILED');
        const found = replicaManager.lastOffsetForLeaderEpoch({
          topic,
          partition,
          currentLeaderEpoch,
          leaderEpoch,
        });
        return {
          errorCode: ErrorCode[found.error],
          partition,
          leaderEpoch: found.leaderEpoch,
          endOffset: found.endOffset,
        };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => failure(partition, error)),
    })),
  }),
});

function failure(partition: number, error: ErrorName): AnsweredPartition {
  return { errorCode: ErrorCode[error], partition, leaderEpoch: -1, endOffset: -1 };
}
