/**
 * What of judging records runs in a worker thread: batches that are long to unpack or to pack anew. The bytes are copied
 * there and what was packed is copied back. What is wrong before the records are looked at is left to the append to say.
 */
import {
  MAGIC_V2,
  prepareCompression,
  RecordBatch,
  unpackedBound,
  wholeBatchSize,
} from '../records/index.ts';
import type { Workers } from '../runtime/index.ts';
import { type JudgedRecords, judgeRecords, type Judging, targetCodec } from './judge-records.ts';

const TASK = 'storage/judge-tasks#judge';
/** To unpack so much takes about as long as the way to another thread and back, and nobody's turn noticeably long. */
const UNPACKED_AT_ONCE_BYTES_MAX = 128 * 1024;
const PACKED_AT_ONCE_BYTES_MAX = 4 * 1024;

interface Input extends Judging {
  readonly records: Uint8Array;
}

/** The task: runs on the worker's thread. */
export async function judge({ records, ...judging }: Input): Promise<JudgedRecords | undefined> {
  await prepareCompression();
  const batch = new RecordBatch(bufferOf(records));
  return batch.isValid() ? judgeRecords(batch, judging) : undefined;
}

/** Undefined where it can as well be done at once, as part of the append. */
export function judgeOnWorker(
  records: Buffer,
  judging: Judging,
  workers: Workers,
): Promise<JudgedRecords | undefined> | undefined {
  if (!isLong(records, judging)) return undefined;
  // A view would be cloned with all the memory it looks at.
  const input: Input = { ...judging, records: new Uint8Array(records) };
  return workers.run(TASK, input).then((judged) => withBuffer(judged as JudgedRecords | undefined));
}

function isLong(records: Buffer, { config }: Judging): boolean {
  const size = wholeBatchSize(records, 0);
  if (size === undefined || size > config.maxMessageBytes) return false;
  const batch = new RecordBatch(records);
  const { compression } = batch;
  if (batch.magic !== MAGIC_V2 || compression === undefined || batch.isControl) return false;
  if (targetCodec(config, compression) !== compression && size > PACKED_AT_ONCE_BYTES_MAX) return true;
  return (
    compression !== 'none' && unpackedBound(compression, batch.recordsBytes) > UNPACKED_AT_ONCE_BYTES_MAX
  );
}

function withBuffer(judged: JudgedRecords | undefined): JudgedRecords | undefined {
  if (judged?.kind !== 'sound' || judged.packed === undefined) return judged;
  return { ...judged, packed: bufferOf(judged.packed) };
}

/** A Buffer comes out of a structured clone as the array of bytes it is. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
