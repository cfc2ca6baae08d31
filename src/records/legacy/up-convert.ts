/**
 * Message sets of producers older than 0.11, to the one record batch a log of today takes. The formats in a log were
 * once the topic's choice (message.format.version); since 3.0 they are v2, whatever came (KIP-724).
 *
 * A set becomes one batch, with the records in their order and their timestamps; v0 has none, which is -1. The checks
 * are those only the old bytes allow, in Kafka's order: sizes and checksums of what lies side by side, then what is
 * wrapped. Keys, bounds on timestamps and the size of the result are the log's to judge, as of any batch.
 */
import { KafkaError } from '../../protocol/index.ts';
import { buildBatch } from '../build-batch.ts';
import {
  COMPRESSION_TYPES,
  type CompressionType,
  MAGIC_V2,
  NO_TIMESTAMP,
  type TimestampType,
} from '../record-batch.ts';
import { type LegacyMessage, messagesOf } from './legacy-message.ts';
import { decodeMessage, type LegacyRecord } from './message-set.ts';

export interface UpConversion {
  /** A message set. */
  readonly records: Buffer;
  /** max.message.bytes: of every message of the set, and later of the batch. */
  readonly maxMessageBytes: number;
  /** message.timestamp.type of the topic. */
  readonly timestampType: TimestampType;
  /** compression.type of the topic; `producer` keeps the codec that came. */
  readonly compressionType: 'producer' | 'uncompressed' | Exclude<CompressionType, 'none'>;
  readonly compressionLevels?: Readonly<Partial<Record<CompressionType, number>>>;
}

/** Offsets begin at 0, as in any batch of a producer. Empty where the set holds no whole message. */
export function upConvert(conversion: UpConversion): Buffer {
  const messages = checkedMessages(conversion);
  const [first] = messages;
  if (first === undefined) return Buffer.alloc(0);
  const source = messages.findLast(({ compression }) => compression !== 'none')?.compression ?? 'none';
  if (source !== 'none' && messages.length > 1)
    throw new KafkaError('INVALID_RECORD', 'Compressed outer record has more than one batch');
  const records = messages.flatMap((message) => checkedRecords(message, first, conversion));
  const compression = targetCodec(conversion.compressionType, source);
  return buildBatch({
    records: records.map(({ timestamp, key, value }) => ({ timestamp, key, value })),
    compression,
    compressionLevel: conversion.compressionLevels?.[compression],
  });
}

function checkedMessages({ records, maxMessageBytes }: UpConversion): LegacyMessage[] {
  const messages: LegacyMessage[] = [];
  for (const message of messagesOf(records)) {
    const { magic, sizeInBytes } = message;
    if (magic < 0 || magic > MAGIC_V2)
      throw new KafkaError('CORRUPT_MESSAGE', `Invalid magic found in record: ${magic}`);
    if (sizeInBytes > maxMessageBytes)
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `The message size is ${sizeInBytes} bytes which exceeds the maximum configured value of ${maxMessageBytes}.`,
      );
    // The checksum of a record batch lies elsewhere; it is refused below for being one.
    if (magic < MAGIC_V2 && !message.isValid())
      throw new KafkaError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${message.crc})`);
    messages.push(message);
  }
  return messages;
}

function checkedRecords(
  message: LegacyMessage,
  first: LegacyMessage,
  { timestampType }: UpConversion,
): LegacyRecord[] {
  if (message.magic !== first.magic)
    throw new KafkaError(
      'INVALID_RECORD',
      `Batch magic ${message.magic} is not the same as the first batch's magic byte ${first.magic}`,
    );
  const records = decodeMessage(message);
  // Only brokers stamp times. Kafka overlooks it where the timestamp then counts as the producer's own.
  const claimsAppendTime = message.timestampType === 'LogAppendTime';
  for (const { timestamp } of records) {
    if (claimsAppendTime && (timestampType === 'LogAppendTime' || timestamp === NO_TIMESTAMP))
      throw new KafkaError('INVALID_TIMESTAMP', 'Producer should not set timestamp type to LogAppendTime.');
    if (timestamp < NO_TIMESTAMP)
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `Invalid negative timestamp ${timestamp}`);
  }
  return records;
}

function targetCodec(setting: UpConversion['compressionType'], source: CompressionType): CompressionType {
  if (setting === 'producer') return source;
  return COMPRESSION_TYPES.find((codec) => codec === setting) ?? 'none';
}
