/** Records of __transaction_state. What does not fit ends the dump: the original does not expect it. */
import { topicPartitionHashCode } from '../../../common/index.ts';
import { TransactionLogKey, TransactionLogValue } from '../../../protocol/index.ts';
import { ByteBuffer } from '../java/byte-buffer.ts';
import { illegalState, nullPointer } from '../java/exception.ts';
import type { Json, JsonObject } from '../java/json.ts';
import { readMessage } from '../java/message.ts';
import { shapeOf } from '../java/message-shape.ts';
import type { RecordDecoder } from './decoded-record.ts';

const KEY = shapeOf(TransactionLogKey);
const VALUE = shapeOf(TransactionLogValue);
const EMPTY = 0;
const STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
];

export const transactionLogDecoder: RecordDecoder = ({ key, value }) => {
  if (key === null)
    throw nullPointer('Cannot invoke "java.nio.ByteBuffer.getShort()" because "buffer" is null');
  const buffer = new ByteBuffer(key);
  const version = buffer.short();
  if (version < KEY.versions.from || version > KEY.versions.to)
    return { key: `unknown::version=${version}`, payload: undefined };
  const transactionalId = readMessage(KEY, version, buffer).get('transactionalId') as string;
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? '<DELETE>' : transactionText(new ByteBuffer(value)),
  };
};

function transactionText(buffer: ByteBuffer): string {
  const version = buffer.short();
  if (version < VALUE.versions.from || version > VALUE.versions.to)
    throw illegalState(`Unknown version ${version} from the transaction log message value`);
  const json = readMessage(VALUE, version, buffer);
  const field = (name: string): string => `${json.get(name) as number | bigint}`;
  const status = Number(field('transactionStatus'));
  const state = STATES[status];
  if (state === undefined)
    throw illegalState(`Unknown transaction state id ${status} from the transaction status message`);
  const partitions = status === EMPTY ? [] : partitionsOf(json);
  return [
    `producerId:${field('producerId')}`,
    `producerEpoch:${field('producerEpoch')}`,
    `state=${state}`,
    `partitions=[${partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(',')}]`,
    `txnLastUpdateTimestamp=${field('transactionLastUpdateTimestampMs')}`,
    `txnTimeoutMs=${field('transactionTimeoutMs')}`,
  ].join(',');
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

function partitionsOf(json: JsonObject): Partition[] {
  const topics = json.get('transactionPartitions');
  if (!Array.isArray(topics))
    throw nullPointer(
      'Cannot invoke "java.util.List.forEach(java.util.function.Consumer)" because the return value of "org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.transactionPartitions()" is null',
    );
  const table = new ScalaHashSet();
  for (const each of topics as JsonObject[]) {
    const ids = each.get('partitionIds') as Json[];
    const topic = each.get('topic') as string;
    table.addAll(ids.map((partition) => ({ topic, partition: partition as number })));
  }
  return table.elements();
}

const INITIAL_SLOTS = 16;
const LOAD_FACTOR = 0.75;

/** The order of scala.collection.mutable.HashSet: by slot, and within a slot by hash. */
class ScalaHashSet {
  readonly #elements = new Map<string, Partition & { readonly hash: number }>();
  #slots = INITIAL_SLOTS;

  /** Each batch of partitions makes room for itself first. */
  addAll(partitions: readonly Partition[]): void {
    const distinct = new Map(partitions.map((each) => [`${each.topic}-${each.partition}`, each]));
    this.#growTo(2 ** Math.ceil(Math.log2(Math.trunc((distinct.size + 1) / LOAD_FACTOR))));
    for (const [name, each] of distinct) {
      if (this.#elements.has(name)) continue;
      if (this.#elements.size + 1 >= this.#slots * LOAD_FACTOR) this.#growTo(this.#slots * 2);
      const hash = topicPartitionHashCode(each);
      this.#elements.set(name, { ...each, hash: hash ^ (hash >>> 16) });
    }
  }

  elements(): Partition[] {
    const slotOf = (hash: number): number => hash & (this.#slots - 1);
    return [...this.#elements.values()].sort(
      (left, right) => slotOf(left.hash) - slotOf(right.hash) || left.hash - right.hash,
    );
  }

  #growTo(slots: number): void {
    this.#slots = Math.max(this.#slots, slots);
  }
}
