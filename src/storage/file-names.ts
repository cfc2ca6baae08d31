/**
 * The names Kafka gives to files and folders of a log dir (contract sections 4.1 and 4.2). A JVM broker opens our
 * folders by them, and we its.
 */
import { type TopicPartition, topicPartitionName } from '../common/index.ts';

export const LOG_SUFFIX = '.log';
export const OFFSET_INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const TRANSACTION_INDEX_SUFFIX = '.txnindex';
export const SNAPSHOT_SUFFIX = '.snapshot';
/** Waiting to be removed after file.delete.delay.ms. */
export const DELETED_SUFFIX = '.deleted';
/** Written by the cleaner and not complete. */
export const CLEANED_SUFFIX = '.cleaned';
/** Complete, and about to take the place of what it replaces. */
export const SWAP_SUFFIX = '.swap';
/** What a file is written as before it takes the place of another. */
export const ASIDE_SUFFIX = '.tmp';

const DELETE_FOLDER_SUFFIX = '-delete';
/** Of a log that is being copied from another dir. */
export const FUTURE_FOLDER_SUFFIX = '-future';

/** Not of partitions, and left alone: the index cache of tiered storage, and the log of a KRaft controller. */
export const OTHER_FOLDERS: readonly string[] = ['remote-log-index-cache', '__cluster_metadata-0'];

export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';
export const PARTITION_METADATA = 'partition.metadata';

const FILE_NAME_LENGTH_MAX = 255;

/** `00000000000000000042.log` */
export function offsetFileName(offset: number, suffix: string): string {
  return `${String(offset).padStart(20, '0')}${suffix}`;
}

/** The offset a file of this suffix is named after; undefined for any other file. */
export function offsetOfFileName(name: string, suffix: string): number | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const digits = name.slice(0, -suffix.length);
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined;
}

/** The offset that any file of a segment begins with, whatever is appended to its name. */
export function leadingOffset(name: string): number | undefined {
  const digits = /^(\d{20})\./.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export type PartitionFolder =
  | { readonly kind: 'log'; readonly topicPartition: TopicPartition }
  | { readonly kind: 'delete' | 'future' | 'stray'; readonly topicPartition: TopicPartition };

/** What a folder of a log dir is; undefined when its name is none that Kafka gives. */
export function parsePartitionFolder(name: string): PartitionFolder | undefined {
  const marked = /^(\S+)-(\d+)\.[^\s.]+-(delete|future|stray)$/.exec(name);
  if (marked?.[1] !== undefined)
    return {
      kind: marked[3] as 'delete' | 'future' | 'stray',
      topicPartition: { topic: marked[1], partition: Number(marked[2]) },
    };
  const plain = /^(.+)-(\d+)$/.exec(name);
  if (plain?.[1] === undefined) return undefined;
  return { kind: 'log', topicPartition: { topic: plain[1], partition: Number(plain[2]) } };
}

/** The topic is not cut: a name that is too long for a file system is refused before. */
export function futureFolderName(topicPartition: TopicPartition, uuid: string): string {
  return `${topicPartitionName(topicPartition)}.${uuid.replaceAll('-', '')}${FUTURE_FOLDER_SUFFIX}`;
}

/** The folder of a future log would have a name that no file system takes. */
export function isFutureNameTooLong(topicPartition: TopicPartition): boolean {
  return futureFolderName(topicPartition, '0'.repeat(32)).length > FILE_NAME_LENGTH_MAX;
}

/** The folder's name while it waits for removal; the topic is cut so that the name fits a file system. */
export function deletedFolderName({ topic, partition }: TopicPartition, uuid: string): string {
  const suffix = `-${partition}.${uuid.replaceAll('-', '')}${DELETE_FOLDER_SUFFIX}`;
  return topic.slice(0, FILE_NAME_LENGTH_MAX - suffix.length) + suffix;
}
