/**
 * kafka-dump-log: what stands in the files of a partition, in Kafka's own lines. The best way to see that a log is
 * what it should be: the original's tool prints the same of our files, and this one the same of the original's.
 */
import { prepareCompression } from '../../records/index.ts';
import { messageOf, UsageError } from '../cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from '../cli/index.ts';
import { resolve } from 'node:path';
import { BatchFile } from './batch-file.ts';
import { offsetsDecoder, textDecoder, transactionLogDecoder } from './decoders.ts';
import type { RecordDecoder } from './decoders.ts';
import { Findings } from './findings.ts';
import {
  offsetIndexLines,
  producerSnapshotLines,
  timeIndexLines,
  transactionIndexLines,
} from './index-lines.ts';
import type { IndexOptions } from './index-lines.ts';
import { batchLine, recordLines } from './log-lines.ts';
import type { LogLineOptions } from './log-lines.ts';

export const dumpLogTool: Tool = {
  name: 'dump-log',
  summary: 'Shows what is in the files of a partition.',
  options: [
    {
      name: 'files',
      argument: 'file1, file2, ...',
      doc: 'REQUIRED: the files, with commas: .log, .index, .timeindex, .txnindex or .snapshot.',
    },
    { name: 'print-data-log', doc: 'Show keys and values too.' },
    { name: 'deep-iteration', doc: 'Show each record.' },
    { name: 'index-sanity-check', doc: 'Only check that an index can be opened.' },
    { name: 'verify-index-only', doc: 'Only compare an index with its log.' },
    { name: 'offsets-decoder', doc: 'The records are those of __consumer_offsets.' },
    { name: 'transaction-log-decoder', doc: 'The records are those of __transaction_state.' },
    { name: 'cluster-metadata-decoder', doc: 'Refused: a ZooKeeper cluster has no metadata log.' },
    { name: 'remote-log-metadata-decoder', doc: 'Refused: there is no tiered storage.' },
    {
      name: 'key-decoder-class',
      argument: 'class',
      optionalArgument: true,
      doc: 'How keys are shown: StringDecoder (the default), LongDecoder or IntegerDecoder.',
    },
    { name: 'value-decoder-class', argument: 'class', optionalArgument: true, doc: 'The same for values.' },
    { name: 'max-bytes', argument: 'size', integer: true, doc: 'Look at so many bytes of a log only.' },
    {
      name: 'max-message-size',
      argument: 'size',
      integer: true,
      doc: 'Accepted; batches of any size are read.',
    },
    { name: 'skip-record-metadata', doc: 'Show keys and values only.' },
  ],
  async run(options, io) {
    const files = options
      .required('files')
      .split(',')
      .map((each) => each.trim());
    for (const refused of ['cluster-metadata-decoder', 'remote-log-metadata-decoder']) {
      if (options.has(refused))
        throw new UsageError(`--${refused} is for files a ZooKeeper-mode cluster does not have`, false);
    }
    await prepareCompression();
    const findings = new Findings();
    try {
      for (const file of files) {
        io.out(`Dumping ${file}\n`);
        await dump(file, options, io, findings);
      }
    } catch (thrown) {
      io.err(`${messageOf(thrown)}\n`);
      return 1;
    }
    io.err(findings.text);
    return 0;
  },
};

async function dump(file: string, options: ParsedOptions, io: ToolIo, findings: Findings): Promise<void> {
  const suffix = /\.[a-z]+$/.exec(file)?.[0] ?? '';
  const checks = {
    verifyOnly: options.has('verify-index-only'),
    sanityCheckOnly: options.has('index-sanity-check'),
  };
  if (suffix === '.log') return dumpLog(file, options, io, findings);
  const lines = FILE_KINDS[suffix]?.(file, checks, findings);
  if (lines === undefined) io.err(`Ignoring unknown file ${file}\n`);
  else if (lines.length > 0) io.out(`${lines.join('\n')}\n`);
}

type LinesOf = (file: string, options: IndexOptions, findings: Findings) => readonly string[];

const FILE_KINDS: Readonly<Record<string, LinesOf>> = {
  '.index': offsetIndexLines,
  '.timeindex': timeIndexLines,
  '.txnindex': transactionIndexLines,
  '.snapshot': producerSnapshotLines,
};

async function dumpLog(file: string, options: ParsedOptions, io: ToolIo, findings: Findings): Promise<void> {
  const maxBytes = options.integer('max-bytes');
  const log = new BatchFile(file, maxBytes);
  const lines = lineOptions(options);
  io.out(`Log starting offset: ${Number(/(\d+)\.log$/.exec(file)?.[1] ?? 0)}\n`);
  let lastOffset: number | undefined;
  try {
    for (const placed of log.batches()) {
      const records = lines.deep ? recordLines(placed.batch, lines) : [];
      for (const { offset } of records) {
        if (lastOffset !== undefined && offset !== lastOffset + 1) {
          findings.add(
            `Non-consecutive offsets in ${resolve(file)}`,
            `  ${lastOffset} is followed by ${offset}`,
          );
        }
        lastOffset = offset;
      }
      io.out(`${[batchLine(placed), ...records.map(({ line }) => line)].join('\n')}\n`);
      await io.drained();
    }
    const trailing = log.size - log.validBytes;
    if (trailing > 0 && maxBytes === undefined) {
      io.out(`Found ${trailing} invalid bytes at the end of ${file.replace(/^.*\//, '')}\n`);
    }
  } finally {
    log.close();
  }
}

function lineOptions(options: ParsedOptions): LogLineOptions {
  const decodes = options.has('offsets-decoder') || options.has('transaction-log-decoder');
  const printContents =
    options.has('print-data-log') ||
    decodes ||
    options.has('value-decoder-class') ||
    options.has('key-decoder-class');
  return {
    printContents,
    deep: options.has('deep-iteration') || printContents,
    skipRecordMetadata: options.has('skip-record-metadata'),
    decode: decoderOf(options),
  };
}

function decoderOf(options: ParsedOptions): RecordDecoder {
  if (options.has('offsets-decoder')) return offsetsDecoder;
  if (options.has('transaction-log-decoder')) return transactionLogDecoder;
  const className = (option: string): string =>
    options.value(option) ?? 'org.apache.kafka.tools.api.StringDecoder';
  return textDecoder(className('key-decoder-class'), className('value-decoder-class'));
}
