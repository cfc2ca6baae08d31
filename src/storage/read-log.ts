/**
 * Reads a log from its files: what the tail cache no longer has. The offset index says where to start, one `pread`
 * brings the bytes, and the headers in front show where the wanted batch begins. Nothing behind the limit offset is
 * shown, and a cut-off batch at the end is, as clients expect.
 */
import { KafkaError } from '../protocol/index.ts';
import { batchAt, LOG_OVERHEAD, readInt64, RECORD_BATCH_OVERHEAD, wholeBatchSize } from '../records/index.ts';
import type { LogConfig } from './log-config.ts';
import type { LogSegment } from './log-segment.ts';
import type { LogSegments } from './log-segments.ts';
import type { FetchDataInfo } from './log-types.ts';
import type { ReadAhead, SegmentBytes } from './read-ahead.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';
import type { TailRead } from './tail-cache.ts';

export const EMPTY_READ: FetchDataInfo = {
  records: [],
  sizeInBytes: 0,
  fetchOffsetMetadata: undefined,
  firstEntryIncomplete: false,
  abortedTransactions: null,
};

export interface LogFiles {
  readonly segments: LogSegments;
  readonly pool: ReadBufferPool;
  readonly ahead: ReadAhead;
  /** Of now: its distance of index entries is how far in front of the wanted batch a read may start. */
  readonly config: () => Pick<LogConfig, 'indexIntervalBytes'>;
  /** Where the visible part of a segment ends: the next one's base offset, or logEndOffset. */
  endOffsetOf(segment: LogSegment): number;
}

export async function readLog(files: LogFiles, read: TailRead): Promise<FetchDataInfo> {
  // By reference, not by index: the first segments may be deleted while a read waits.
  for (const segment of files.segments.from(read.startOffset)) {
    if (segment.baseOffset >= read.limitOffset) break;
    const found = await readUnlessDeleted(files, segment, read);
    if (found !== undefined) return found;
  }
  return EMPTY_READ;
}

/** Retention may take a segment away between two steps of a read: then its offsets are out of range. */
async function readUnlessDeleted(
  files: LogFiles,
  segment: LogSegment,
  read: TailRead,
): Promise<FetchDataInfo | undefined> {
  try {
    return await readSegment(files, segment, read);
  } catch (error) {
    if (segment.isDeleted) throw new KafkaError('OFFSET_OUT_OF_RANGE');
    throw error;
  }
}

/** Undefined when the segment ends before the offset: compaction may have taken its last batches. */
async function readSegment(
  files: LogFiles,
  segment: LogSegment,
  read: TailRead,
): Promise<FetchDataInfo | undefined> {
  const limitOffset = read.limitOffset < files.endOffsetOf(segment) ? read.limitOffset : undefined;
  const visible = { ...read, limitOffset };
  const ahead = await files.ahead.take(segment, read.startOffset);
  if (ahead !== undefined) {
    const found = shownOf(files, segment, ahead, visible);
    if (found !== undefined) return found;
    files.pool.give(ahead.buffer);
  }
  const end = segment.writtenBytes;
  const { offsetIndex } = await segment.indexes();
  let position = offsetIndex.lookup(read.startOffset).position;
  let wanted = read.maxBytes + files.config().indexIntervalBytes + RECORD_BATCH_OVERHEAD;
  for (;;) {
    const length = Math.min(wanted, end - position);
    if (length < LOG_OVERHEAD) return undefined;
    const buffer = files.pool.take(length);
    const filled = await readInto(segment, buffer.subarray(0, length), position);
    const found = shownOf(files, segment, { buffer, filled, position }, visible);
    if (found !== undefined) return found;
    const view = buffer.subarray(0, filled);
    const start = skipBefore(view, read.startOffset);
    const header = filled - start >= LOG_OVERHEAD ? LOG_OVERHEAD + view.readInt32BE(start + 8) : 0;
    files.pool.give(buffer);
    if (filled < length || position + filled >= end) return undefined;
    // The walk ran out of bytes: go on from there, with room for the whole next batch.
    position += start;
    wanted = Math.max(wanted, header);
  }
}

/** A read of one segment. */
interface VisibleRead extends Omit<TailRead, 'limitOffset'> {
  /** Undefined when nothing in the segment lies behind the limit: no need to walk the batches then. */
  readonly limitOffset: number | undefined;
}

/** What of these bytes answers the read, and a look at what comes next; undefined where the wanted batch is not whole. */
function shownOf(
  files: LogFiles,
  segment: LogSegment,
  { buffer, filled, position }: SegmentBytes,
  read: VisibleRead,
): FetchDataInfo | undefined {
  const view = buffer.subarray(0, filled);
  const start = skipBefore(view, read.startOffset);
  const size = wholeBatchSize(view, start);
  if (size === undefined || start + size > filled) return undefined;
  const release = (): void => files.pool.give(buffer);
  const found = shown(view, { segment, position, start, size, release }, read);
  const [records] = found.records;
  if (records !== undefined)
    files.ahead.begin({ segment, shown: records, position: position + start, length: filled });
  return found;
}

async function readInto(segment: LogSegment, buffer: Buffer, position: number): Promise<number> {
  return segment.file.use((file) => file.read(buffer, position));
}

/** Where the first batch begins that reaches to `offset`, or the walk ends. */
function skipBefore(view: Buffer, offset: number): number {
  let start = 0;
  for (;;) {
    const size = wholeBatchSize(view, start);
    if (size === undefined || batchAt(view, start).lastOffset >= offset) return start;
    start += size;
  }
}

interface Found {
  readonly segment: LogSegment;
  /** Of the view in the file. */
  readonly position: number;
  /** Of the first batch in the view, and its size. */
  readonly start: number;
  readonly size: number;
  readonly release: () => void;
}

function shown(view: Buffer, found: Found, read: VisibleRead): FetchDataInfo {
  const { segment, start, size } = found;
  const fetchOffsetMetadata = {
    messageOffset: read.startOffset,
    segmentBaseOffset: segment.baseOffset,
    relativePositionInSegment: found.position + start,
  };
  if (size > read.maxBytes && !read.minOneMessage)
    return { ...EMPTY_READ, fetchOffsetMetadata, firstEntryIncomplete: true };
  const end = Math.min(view.length, start + Math.max(read.maxBytes, size));
  const bytes = view.subarray(start, end);
  const limited = read.limitOffset === undefined ? bytes : cutAtLimit(bytes, read.limitOffset);
  return {
    records: [limited],
    sizeInBytes: limited.length,
    fetchOffsetMetadata,
    firstEntryIncomplete: false,
    abortedTransactions: null,
    release: found.release,
  };
}

/** Drops the batches from the one on that reaches `limitOffset`, with what is cut off behind them. */
function cutAtLimit(records: Buffer, limitOffset: number): Buffer {
  let position = 0;
  while (records.length - position >= LOG_OVERHEAD) {
    const size = wholeBatchSize(records, position);
    // Of a cut-off batch only the offset in front can be read; what begins below the limit may stay.
    const offset = size === undefined ? readInt64(records, position) : batchAt(records, position).lastOffset;
    if (offset >= limitOffset) return records.subarray(0, position);
    if (size === undefined) return records;
    position += size;
  }
  return records.subarray(0, position);
}
