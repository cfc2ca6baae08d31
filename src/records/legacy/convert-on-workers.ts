/**
 * Conversions where they hurt nobody: a whole request's records are opened, and packed anew, which is the one place
 * where a broker does work per record. What is large or compressed goes to a worker thread; what is small is done at
 * once, for less than the way there would cost.
 *
 * A worker shares no memory and no classes with its caller: bytes are copied there, and an error comes back as a value.
 */
import { KafkaError, type ErrorName } from '../../protocol/index.ts';
import type { Workers } from '../../runtime/index.ts';
import { batchesOf } from '../batches-of.ts';
import { prepareCompression } from '../compression/index.ts';
import { RecordBatch } from '../record-batch.ts';
import { downConvert, type DownConversion } from './down-convert.ts';
import { messagesOf } from './legacy-message.ts';
import { upConvert, type UpConversion } from './up-convert.ts';

export type Conversion =
  ({ readonly kind: 'up' } & UpConversion) | ({ readonly kind: 'down' } & DownConversion);

export type Converted =
  | { readonly records: Buffer; readonly recordCount: number }
  | { readonly error: ErrorName; readonly message: string };

const TASK = 'records/legacy/convert-on-workers#convert';
const AT_ONCE_BYTES_MAX = 16 * 1024;

/** At once, or on a worker. Refusals are values; what nobody expected is thrown. */
export function convertRecords(conversion: Conversion, workers: Workers): Converted | Promise<Converted> {
  return isSmall(conversion) ? convertNow(conversion) : convertOnWorker(conversion, workers);
}

/** The task: runs on the worker's thread. */
export async function convert(input: Conversion): Promise<Converted> {
  await prepareCompression();
  return convertNow({ ...input, records: bufferOf(input.records) });
}

function convertNow(conversion: Conversion): Converted {
  try {
    if (conversion.kind === 'down') {
      const { messageSet, recordCount } = downConvert(conversion);
      return { records: messageSet, recordCount };
    }
    const records = upConvert(conversion);
    return { records, recordCount: records.length === 0 ? 0 : new RecordBatch(records).count };
  } catch (error) {
    if (error instanceof KafkaError) return { error: error.error, message: error.message };
    throw error;
  }
}

async function convertOnWorker(conversion: Conversion, workers: Workers): Promise<Converted> {
  // A view is cloned with all the memory it looks at, so only a copy of its own is cheap to send.
  const records = new Uint8Array(conversion.records);
  const converted = (await workers.run(TASK, { ...conversion, records })) as Converted;
  return 'error' in converted ? converted : { ...converted, records: bufferOf(converted.records) };
}

/** A Buffer comes out of a structured clone as the array of bytes it is. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Compressed bytes say nothing of how far they unfold. */
function isSmall(conversion: Conversion): boolean {
  if (conversion.records.length > AT_ONCE_BYTES_MAX) return false;
  return conversion.kind === 'down'
    ? [...batchesOf(conversion.records)].every(({ compression }) => compression === 'none')
    : !isCompressed(conversion.records);
}

function isCompressed(messageSet: Buffer): boolean {
  try {
    for (const { compression } of messagesOf(messageSet)) if (compression !== 'none') return true;
    return false;
  } catch {
    return false; // It will be refused before it is opened.
  }
}
