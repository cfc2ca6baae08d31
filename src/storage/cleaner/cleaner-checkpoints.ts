/**
 * cleaner-offset-checkpoint of each log dir: up to where each compacted log is clean. Lost or behind, it costs a pass
 * that finds little to do; ahead of the truth it would leave records uncleaned for ever, so a truncation lowers it.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { CLEANER_CHECKPOINT } from '../checkpoint-files.ts';
import type { LogDir } from '../log-dir.ts';

export class CleanerCheckpoints {
  readonly #dirs: ReadonlyMap<string, { readonly dir: LogDir; readonly offsets: PartitionMap<number> }>;

  constructor(dirs: readonly LogDir[]) {
    this.#dirs = new Map(dirs.map((dir) => [dir.path, { dir, offsets: new PartitionMap<number>() }]));
  }

  async load(dirPath: string): Promise<void> {
    const { dir, offsets } = this.#of(dirPath);
    for (const [{ topic, partition }, offset] of await dir.readCheckpoint(CLEANER_CHECKPOINT))
      offsets.set(topic, partition, offset);
  }

  get(dirPath: string, { topic, partition }: TopicPartition): number | undefined {
    return this.#of(dirPath).offsets.get(topic, partition);
  }

  async set(dirPath: string, { topic, partition }: TopicPartition, offset: number): Promise<void> {
    this.#of(dirPath).offsets.set(topic, partition, offset);
    await this.#write(dirPath);
  }

  /** The log was cut back to `offset` or a little behind. */
  async lowerTo(dirPath: string, topicPartition: TopicPartition, offset: number): Promise<void> {
    if ((this.get(dirPath, topicPartition) ?? 0) > offset) await this.set(dirPath, topicPartition, offset);
  }

  async remove(dirPath: string, { topic, partition }: TopicPartition): Promise<void> {
    if (this.#of(dirPath).offsets.delete(topic, partition)) await this.#write(dirPath);
  }

  #of(dirPath: string): { readonly dir: LogDir; readonly offsets: PartitionMap<number> } {
    return this.#dirs.get(dirPath)!;
  }

  async #write(dirPath: string): Promise<void> {
    const { dir, offsets } = this.#of(dirPath);
    await dir.writeCheckpoint(CLEANER_CHECKPOINT, () => offsets);
  }
}
