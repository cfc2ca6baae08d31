/** What keys and values of records mean: the text after `key:` and `payload:`. */
import type { DumpedRecord } from '../dumped-record.ts';

export interface DecodedRecord {
  /** Undefined when nothing is said of it. */
  readonly key: string | undefined;
  readonly payload: string | undefined;
}

export type RecordToDecode = Pick<DumpedRecord, 'offset' | 'key' | 'value'>;

export type RecordDecoder = (record: RecordToDecode) => DecodedRecord;
