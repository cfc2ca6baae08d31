/** A `.log` file, or a snapshot of KRaft's, which is made of batches too: a line for each batch and each record. */
import { resolve } from 'node:path';
import { printBatch, wrapped, type BatchFacts } from './batch-lines.ts';
import { controlText } from './control-records.ts';
import type { RecordDecoder } from './decoders/decoded-record.ts';
import { baseOffsetIn, nameOf } from './file-names.ts';
import { FileRecords, INT_MAX } from './file-records.ts';
import type { Findings } from './findings.ts';
import { JavaException } from './java/exception.ts';
import type { Printer } from './printer.ts';
import type { DumpedRecord } from './dumped-record.ts';
import { recordsOf } from './records.ts';

export interface LogOptions {
  readonly deep: boolean;
  readonly printContents: boolean;
  readonly skipRecordMetadata: boolean;
  readonly maxBytes: number;
  readonly decode: RecordDecoder;
}

export async function dumpLogFile(
  path: string,
  options: LogOptions,
  printer: Printer,
  findings: Findings,
): Promise<void> {
  printer.println(headingOf(path));
  const records = new FileRecords(path);
  try {
    const end = records.endOf(0, options.maxBytes);
    let validBytes = 0;
    let lastOffset = -1n;
    for (const batch of records.batches(0, end)) {
      const facts = printBatch(batch, printer);
      if (options.deep)
        for (const record of recordsOf(batch)) {
          if (lastOffset !== -1n && record.offset !== wrapped(lastOffset + 1n))
            findings.nonConsecutive.add(resolve(path), [lastOffset, record.offset]);
          lastOffset = record.offset;
          printRecord(record, facts, options, printer);
        }
      validBytes += batch.sizeInBytes;
      await printer.flush();
    }
    if (end > validBytes && options.maxBytes === INT_MAX)
      printer.println(`Found ${end - validBytes} invalid bytes at the end of ${nameOf(path)}`);
  } finally {
    records.close();
  }
}

const SNAPSHOT = /^(\d{20})-(\d{10})\b/;
const SNAPSHOT_NAME_LENGTH = 20;

function headingOf(path: string): string {
  const name = nameOf(path);
  if (name.endsWith('.log')) return `Log starting offset: ${baseOffsetIn(path)}`;
  if (name === 'bootstrap.checkpoint') return 'KRaft bootstrap snapshot';
  const [, offset, epoch] = SNAPSHOT.exec(name) ?? [];
  if (offset === undefined || epoch === undefined)
    throw new JavaException(
      'java.lang.StringIndexOutOfBoundsException',
      `begin 0, end ${SNAPSHOT_NAME_LENGTH}, length ${name.length}`,
    );
  return `Snapshot end offset: ${BigInt(offset)}, epoch: ${Number(epoch)}`;
}

function printRecord(
  record: DumpedRecord,
  { magic, timestampType, isControl }: BatchFacts,
  { printContents, skipRecordMetadata, decode }: LogOptions,
  printer: Printer,
): void {
  let prefix = '| ';
  if (!skipRecordMetadata) {
    printer.print(
      `| offset: ${record.offset} ${timestampType}: ${record.timestamp} keySize: ${record.keySize} valueSize: ${record.valueSize}`,
    );
    prefix = ' ';
    if (magic >= 2)
      printer.print(` sequence: ${record.sequence} headerKeys: [${record.headerKeys.join(',')}]`);
    // The brace is the original's.
    const { checksum } = record;
    if (checksum !== undefined) printer.print(` isValid: ${checksum.isValid} crc: ${checksum.crc}}`);
    if (isControl) printer.print(controlText(record));
  }
  if (printContents && !isControl) {
    const { key, payload } = decode(record);
    if (key !== undefined) printer.print(`${prefix}key: ${key}`);
    if (payload !== undefined) printer.print(` payload: ${payload}`);
  }
  printer.println();
}
