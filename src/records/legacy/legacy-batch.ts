/**
 * A message of the formats v0 and v1 where it lies in a log, seen as the batch it is to everything that walks a log: a
 * message of its own is a batch of one, a wrapper a batch of those inside. A broker since 3.0 writes none, and yet opens,
 * serves, copies and cleans what brokers before it have written.
 *
 * What the old formats do not say of a batch has the value that says so: nobody's producer, no leader epoch, nothing
 * transactional. Where it begins is the one thing that costs: a wrapper carries its last offset only, and has to be
 * unpacked to find the first. So who walks a log goes by `lastOffset`.
 */
import { assert } from '../../common/index.ts';
import {
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  RecordBatch,
  type TimestampType,
} from '../record-batch.ts';
import type { KafkaRecord } from '../record.ts';
import { LegacyMessage } from './legacy-message.ts';
import { buildMessageSet, decodeStoredMessage, legacyCodec } from './message-set.ts';

export class LegacyBatch extends RecordBatch {
  /** Of the first record, unpacked if need be. */
  override get baseOffset(): number {
    return this.compression === 'none' ? this.lastOffset : (this.records()[0]?.offset ?? this.lastOffset);
  }
  override set baseOffset(offset: number) {
    assert(false, `nothing is stamped on a message of format v${this.magic}, not even ${offset}`);
  }
  override get lastOffset(): number {
    return this.message.offset;
  }
  override get lastOffsetDelta(): number {
    return this.lastOffset - this.baseOffset;
  }

  override get crc(): number {
    return this.message.crc;
  }
  override get attributes(): number {
    return this.message.attributes;
  }
  override get timestampType(): TimestampType {
    return this.message.timestampType;
  }
  override get baseTimestamp(): number {
    return this.message.timestamp;
  }
  override get maxTimestamp(): number {
    return this.message.timestamp;
  }

  override get partitionLeaderEpoch(): number {
    return NO_PARTITION_LEADER_EPOCH;
  }
  override set partitionLeaderEpoch(epoch: number) {
    assert(false, `a message of format v${this.magic} has no place for epoch ${epoch}`);
  }
  override get producerId(): number {
    return NO_PRODUCER_ID;
  }
  override get producerEpoch(): number {
    return NO_PRODUCER_EPOCH;
  }
  override get baseSequence(): number {
    return NO_SEQUENCE;
  }
  override get isTransactional(): boolean {
    return false;
  }
  override get isControl(): boolean {
    return false;
  }
  override get hasDeleteHorizon(): boolean {
    return false;
  }

  /** Unpacked if need be. */
  override get count(): number {
    return this.compression === 'none' ? 1 : this.records().length;
  }

  override computeCrc(): number {
    return this.message.computeCrc();
  }
  override isValid(): boolean {
    return this.message.isValid();
  }

  get message(): LegacyMessage {
    const { buffer, position, sizeInBytes } = this;
    return LegacyMessage.at(buffer, position, sizeInBytes);
  }

  records(): KafkaRecord[] {
    return this.unpacked().map(({ record }) => record);
  }

  /** Brokers of 0.10.0 have cleaned wrappers of one format into those of another, so a message may not be of ours. */
  unpacked(): { readonly message: LegacyMessage; readonly record: KafkaRecord }[] {
    return decodeStoredMessage(this.message).map(({ message, record }) => ({
      message,
      record: { ...record, headers: [] },
    }));
  }

  /** The batch with no more than these of its records: in its format, its codec, and its kind of time. */
  rebuiltOf(records: readonly KafkaRecord[]): Buffer {
    const compression = legacyCodec(this.compression);
    assert(compression !== undefined, 'what was unpacked is of a codec that old formats know');
    const magic = this.magic === 0 ? 0 : 1;
    return buildMessageSet({ magic, compression, timestampType: this.timestampType, records });
  }
}
