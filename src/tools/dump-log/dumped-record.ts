/** A record of any format, as its line needs it. */
export interface DumpedRecord {
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** -1 for null; of a damaged message of the formats v0 and v1 it need not fit the bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Only from v2 on. */
  readonly sequence: number;
  readonly headerKeys: readonly string[];
  /** Only before v2: every message had a checksum of its own. */
  readonly checksum?: { readonly isValid: boolean; readonly crc: number };
}
