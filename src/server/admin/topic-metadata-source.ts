/**
 * What the administration of topics needs to know of this broker's metadata cache: whether a topic it has just written
 * to ZooKeeper has come round through the controller. The cache itself lives in another room.
 */
export interface TopicMetadataSource {
  /** Every one of the partitions is known and has a leader. */
  topicReady(topic: string, partitions: readonly number[]): boolean;
  topicExists(topic: string): boolean;
  partitionCount(topic: string): number;
  /** The live brokers, with their racks. */
  aliveBrokers(): readonly { readonly id: number; readonly rack: string | null }[];
  /** Calls after every change; returns the function that ends it. */
  onChange(listener: () => void): () => void;
}
