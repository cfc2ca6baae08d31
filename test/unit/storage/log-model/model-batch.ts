/** A batch as the model knows it: what was sent, with the place it got. Compared field by field, then byte by byte. */
import { type CompressionType, decodeRecords, type RecordBatch } from '../../../../src/records/index.ts';
import type { TransactionResult } from '../../../../src/records/index.ts';
import { decodeEndTransactionMarker } from '../../../../src/records/index.ts';

export interface ModelRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

export interface ModelBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly compression: CompressionType | undefined;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly marker: TransactionResult | null;
  readonly deleteHorizonMs: number | null;
  readonly records: readonly ModelRecord[];
}

export function modelOf(batch: RecordBatch): ModelBatch {
  const { baseOffset, lastOffset, partitionLeaderEpoch, compression, timestampType, maxTimestamp } = batch;
  const { producerId, producerEpoch, baseSequence, lastSequence, isTransactional, isControl } = batch;
  return {
    baseOffset,
    lastOffset,
    leaderEpoch: partitionLeaderEpoch,
    compression,
    timestampType,
    maxTimestamp,
    producerId,
    producerEpoch,
    baseSequence,
    lastSequence,
    isTransactional,
    isControl,
    marker: isControl ? (decodeEndTransactionMarker(batch)?.result ?? null) : null,
    deleteHorizonMs: batch.hasDeleteHorizon ? batch.baseTimestamp : null,
    records: decodeRecords(batch).map(({ offset, key, value, timestamp }) => ({
      offset,
      key: isControl ? null : (key?.toString() ?? null),
      value: isControl ? null : (value?.toString() ?? null),
      timestamp,
    })),
  };
}

export interface Placement {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  /** Under LogAppendTime. */
  readonly appendTimeMs: number | undefined;
  /** Where the topic's compression.type is not the producer's. */
  readonly compression: CompressionType | undefined;
}

/** What a leader makes of a batch that it was sent. */
export function placed(sent: ModelBatch, at: Placement): ModelBatch {
  const { baseOffset, leaderEpoch, appendTimeMs } = at;
  const by = baseOffset - sent.baseOffset;
  return {
    ...sent,
    baseOffset,
    lastOffset: sent.lastOffset + by,
    leaderEpoch,
    compression: sent.isControl ? sent.compression : (at.compression ?? sent.compression),
    ...(appendTimeMs === undefined
      ? {}
      : { timestampType: 'LogAppendTime' as const, maxTimestamp: appendTimeMs }),
    records: sent.records.map((record) => ({
      ...record,
      offset: record.offset + by,
      timestamp: appendTimeMs ?? record.timestamp,
    })),
  };
}

export function isSame(left: ModelBatch, right: ModelBatch): boolean {
  return textOf(left) === textOf(right);
}

const texts = new WeakMap<ModelBatch, string>();

function textOf(batch: ModelBatch): string {
  let text = texts.get(batch);
  if (text === undefined) texts.set(batch, (text = JSON.stringify(batch)));
  return text;
}

/** For messages. */
export function inWords(batch: ModelBatch | undefined): string {
  if (batch === undefined) return 'nothing';
  const { baseOffset, lastOffset, leaderEpoch, producerId, producerEpoch, baseSequence, marker, records } =
    batch;
  const who = producerId < 0 ? '' : ` of producer ${producerId} (${producerEpoch}) from ${baseSequence}`;
  const what = batch.isControl
    ? (marker ?? 'an emptied marker')
    : records.map(({ offset, key, value }) => `${offset}:${key}=${value?.length ?? 'null'}`).join(' ');
  return `${baseOffset}..${lastOffset} in epoch ${leaderEpoch}${who} [${what}]`;
}
