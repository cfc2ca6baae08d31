/** What single records of a batch are refused for, and the words clients are told it in (KIP-467). */
import type { ErrorName } from '../protocol/index.ts';

export interface RecordError {
  readonly error: ErrorName;
  readonly batchIndex: number;
  readonly message: string;
}

/** The message names no more, as clients older than KIP-467 see nothing else. */
const SHOWN_MAX = 3;
const LONG_MAX = 2n ** 63n - 1n;

export function withoutKey(batchIndex: number, name: string): RecordError {
  const message = `Compacted topic cannot accept message without key in topic partition ${name}`;
  return { error: 'INVALID_RECORD', batchIndex, message };
}

export interface TimeBounds {
  readonly nowMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

export function outOfBounds(
  batchIndex: number,
  { timestamp, offset }: { readonly timestamp: number; readonly offset: number },
  { nowMs, beforeMs, afterMs }: TimeBounds,
): RecordError {
  // A bound that is none runs over in the original's 64 bits, and is told so.
  const earliest = BigInt.asIntN(64, BigInt(nowMs) - longOf(beforeMs));
  const latest = BigInt.asIntN(64, BigInt(nowMs) + longOf(afterMs));
  const message = `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within [${earliest}, ${latest}]`;
  return { error: 'INVALID_TIMESTAMP', batchIndex, message };
}

function longOf(ms: number): bigint {
  return ms >= Number.MAX_SAFE_INTEGER ? LONG_MAX : BigInt(ms);
}

export interface NamedRecord {
  /** Of what it does not pack anew the original has read a part only, and says so. */
  readonly isWhole: boolean;
  readonly offset: number;
  readonly timestamp: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

/** Only brokers stamp times. */
export function stampedByProducer(batchIndex: number, record: NamedRecord): RecordError {
  const { isWhole, offset, timestamp, keyBytes, valueBytes } = record;
  const told = `${isWhole ? '' : 'Partial'}DefaultRecord(offset=${offset}, timestamp=${timestamp}, key=${keyBytes} bytes, value=${valueBytes} bytes)`;
  const message = `Invalid timestamp type in message ${told}. Producer should not set timestamp type to LogAppendTime.`;
  return { error: 'INVALID_TIMESTAMP', batchIndex, message };
}

/** Of the whole batch. */
export function refusalOf(errors: readonly RecordError[]): {
  readonly error: ErrorName;
  readonly message: string;
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
} {
  const recordErrors = errors.map(({ batchIndex, message }) => ({ batchIndex, message }));
  if (errors.some(({ error }) => error === 'INVALID_TIMESTAMP')) {
    const message = 'One or more records have been rejected due to invalid timestamp';
    return { error: 'INVALID_TIMESTAMP', message, recordErrors };
  }
  const shown = recordErrors
    .slice(0, SHOWN_MAX)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`);
  const message = `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`;
  return { error: 'INVALID_RECORD', message, recordErrors };
}
