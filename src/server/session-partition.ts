/** One partition of a session: what was asked last and what was answered last. */
export interface SessionPartition {
  /** Undefined while this broker does not know the topic id. */
  topic: string | undefined;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  logStartOffset: number;
  partitionMaxBytes: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** The last answered values, or -1: a difference is news. */
  answeredHighWatermark: number;
  answeredLogStartOffset: number;
}
