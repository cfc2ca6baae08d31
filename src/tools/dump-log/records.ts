/**
 * The records of a batch of format v2, one after another, as far as they can be read: in a batch that is not compressed
 * those before a damaged one come first, in a compressed one all are read before any comes, as in the original.
 */
import {
  BATCH_ATTRIBUTE,
  BATCH_LAYOUT,
  decompressedRecords,
  MAGIC_V2,
  RecordBatch,
} from '../../records/index.ts';
import { errorMessageOf } from '../../runtime/index.ts';
import { codecNamed, incrementSequence, wrapped } from './batch-lines.ts';
import type { DumpedRecord } from './dumped-record.ts';
import type { FileBatch } from './file-records.ts';
import { ByteBuffer } from './java/byte-buffer.ts';
import { invalidRecord, JavaException, kafkaException } from './java/exception.ts';
import { javaText } from './java/text.ts';
import { legacyRecords } from './legacy-records.ts';

const RECORD_BATCH_OVERHEAD = 61;

export function recordsOf(batch: FileBatch): Iterable<DumpedRecord> {
  return batch.magic >= MAGIC_V2 ? newRecords(batch) : legacyRecords(batch.read(), batch.magic);
}

function newRecords(batch: FileBatch): Iterable<DumpedRecord> {
  const bytes = batch.read();
  if (bytes.length < RECORD_BATCH_OVERHEAD) throw new JavaException('java.lang.IndexOutOfBoundsException');
  const count = bytes.readInt32BE(BATCH_LAYOUT.count);
  if (count === 0) return [];
  const attributes = bytes.readInt16BE(BATCH_LAYOUT.attributes);
  const codec = codecNamed(attributes);
  if (count < 0) throw invalidRecord(`Found invalid record count ${count} in magic v${batch.magic} batch`);
  const isAppendTime = (attributes & BATCH_ATTRIBUTE.logAppendTime) !== 0;
  const base: RecordBase = {
    offset: bytes.readBigInt64BE(BATCH_LAYOUT.baseOffset),
    timestamp: bytes.readBigInt64BE(BATCH_LAYOUT.baseTimestamp),
    sequence: bytes.readInt32BE(BATCH_LAYOUT.baseSequence),
    appendTime: isAppendTime ? bytes.readBigInt64BE(BATCH_LAYOUT.maxTimestamp) : undefined,
  };
  const records = walk(decompressed(bytes), count, base);
  return codec === 'none' ? records : [...records];
}

/** The words of the original are those of its libraries, which are others. */
function decompressed(bytes: Buffer): Buffer {
  try {
    return decompressedRecords(new RecordBatch(bytes));
  } catch (thrown) {
    throw kafkaException(errorMessageOf(thrown));
  }
}

interface RecordBase {
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly sequence: number;
  readonly appendTime: bigint | undefined;
}

function* walk(bytes: Buffer, count: number, base: RecordBase): Generator<DumpedRecord, void, undefined> {
  const buffer = new ByteBuffer(bytes);
  for (let read = 1; read <= count; read++) {
    const record = readRecord(buffer, base);
    if (read === count && buffer.remaining > 0)
      throw invalidRecord('Incorrect declared batch size, records still remaining in file');
    yield record;
  }
}

function readRecord(buffer: ByteBuffer, base: RecordBase): DumpedRecord {
  const size = orElse(() => buffer.varint(), 'Incorrect declared batch size, premature EOF reached');
  if (buffer.remaining < size)
    throw invalidRecord(
      `Invalid record size: expected ${size} bytes in record payload, but instead the buffer has only ${buffer.remaining} remaining bytes.`,
    );
  return orElse(() => readBody(buffer, size, base), 'Found invalid record structure');
}

/** Bytes that end too soon, or lengths that cannot be, have one text for all. */
function orElse<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch (thrown) {
    const isPlain =
      thrown instanceof JavaException &&
      /BufferUnderflowException|IllegalArgumentException/.test(thrown.className);
    throw isPlain ? invalidRecord(message) : thrown;
  }
}

function readBody(buffer: ByteBuffer, size: number, base: RecordBase): DumpedRecord {
  const start = buffer.position;
  buffer.byte();
  const timestampDelta = buffer.varlong();
  const offsetDelta = buffer.varint();
  const keySize = buffer.varint();
  const key = buffer.nullableBytes(keySize);
  const valueSize = buffer.varint();
  const value = buffer.nullableBytes(valueSize);
  const headerKeys = readHeaderKeys(buffer);
  const read = buffer.position - start;
  if (read !== size)
    throw invalidRecord(
      `Invalid record size: expected to read ${size} bytes in record payload, but instead read ${read}`,
    );
  return {
    offset: wrapped(base.offset + BigInt(offsetDelta)),
    timestamp: base.appendTime ?? wrapped(base.timestamp + timestampDelta),
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
    key,
    value,
    sequence: base.sequence >= 0 ? incrementSequence(base.sequence, offsetDelta) : -1,
    headerKeys,
  };
}

function readHeaderKeys(buffer: ByteBuffer): string[] {
  const count = buffer.varint();
  if (count < 0) throw invalidRecord(`Found invalid number of record headers ${count}`);
  if (count > buffer.remaining)
    throw invalidRecord(
      `Found invalid number of record headers. ${count} is larger than the remaining size of the buffer`,
    );
  return Array.from({ length: count }, () => {
    const size = buffer.varint();
    if (size < 0) throw invalidRecord(`Invalid negative header key size ${size}`);
    const key = javaText(buffer.nullableBytes(size)!);
    buffer.nullableBytes(buffer.varint());
    return key;
  });
}
