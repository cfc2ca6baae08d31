/**
 * kafka-dump-log: what stands in the files of a partition, in Kafka's own lines. The best way to see that a log is what
 * it should be: the original's tool prints the same of our files, and this one the same of the original's, also of
 * damaged ones. Where the original ends with an exception this one ends with its first line.
 */
import { prepareCompression } from '../../records/index.ts';
import type { ParsedOptions, Tool, ToolIo } from '../cli/index.ts';
import { clusterMetadataDecoder } from './decoders/cluster-metadata.ts';
import type { RecordDecoder } from './decoders/decoded-record.ts';
import { offsetsDecoder } from './decoders/groups.ts';
import { remoteLogMetadataDecoder } from './decoders/remote-log-metadata.ts';
import { STRING_DECODER, textDecoder } from './decoders/text.ts';
import { transactionLogDecoder } from './decoders/transactions.ts';
import { dumpLogFile } from './dump-log-file.ts';
import { javaPath, suffixOf } from './file-names.ts';
import { INT_MAX } from './file-records.ts';
import { Findings } from './findings.ts';
import { JavaException } from './java/exception.ts';
import { dumpOffsetIndex } from './offset-index-file.ts';
import { Printer } from './printer.ts';
import { dumpProducerSnapshot, dumpTransactionIndex } from './small-files.ts';
import { dumpTimeIndex } from './time-index-file.ts';

const LARGEST_MESSAGE = 5 * 1024 * 1024;

/** By option, in the order in which the original asks for them. */
const DECODERS: Readonly<Record<string, RecordDecoder>> = {
  'offsets-decoder': offsetsDecoder,
  'transaction-log-decoder': transactionLogDecoder,
  'cluster-metadata-decoder': clusterMetadataDecoder,
  'remote-log-metadata-decoder': remoteLogMetadataDecoder,
};

export const dumpLogTool: Tool = {
  name: 'dump-log',
  summary: 'Shows what is in the files of a partition.',
  options: [
    {
      name: 'files',
      argument: 'file1,file2,...',
      doc: 'REQUIRED: the files, with commas: .log, .index, .timeindex, .txnindex, .snapshot, or a .checkpoint of KRaft.',
    },
    { name: 'print-data-log', doc: 'Show keys and values too.' },
    { name: 'deep-iteration', doc: 'Show each record.' },
    { name: 'index-sanity-check', doc: 'Only check an index as a broker does at its start.' },
    { name: 'verify-index-only', doc: 'Only compare an index with its log.' },
    { name: 'offsets-decoder', doc: 'The records are those of __consumer_offsets.' },
    { name: 'transaction-log-decoder', doc: 'The records are those of __transaction_state.' },
    { name: 'cluster-metadata-decoder', doc: 'The records are those of __cluster_metadata (KRaft).' },
    {
      name: 'remote-log-metadata-decoder',
      doc: 'The records are those of __remote_log_metadata (tiered storage).',
    },
    {
      name: 'key-decoder-class',
      argument: 'class',
      optionalArgument: true,
      doc: `How keys are shown: ${STRING_DECODER} (the default), LongDecoder, IntegerDecoder or DefaultDecoder there.`,
    },
    { name: 'value-decoder-class', argument: 'class', optionalArgument: true, doc: 'The same for values.' },
    { name: 'max-bytes', argument: 'size', doc: 'Look at so many bytes of a log only.' },
    {
      name: 'max-message-size',
      argument: 'size',
      doc: `The largest batch an index may lead to (default ${LARGEST_MESSAGE}).`,
    },
    { name: 'skip-record-metadata', doc: 'Show keys and values only.' },
  ],
  async run(options, io) {
    const files = filesIn(options.required('files'));
    await prepareCompression();
    const findings = new Findings();
    const printer = new Printer(io);
    try {
      for (const file of files) {
        printer.println(`Dumping ${file}`);
        await dump(file, options, printer, findings);
        await printer.flush();
      }
    } catch (thrown) {
      if (!(thrown instanceof JavaException)) throw thrown;
      await endWith(thrown, printer, io);
      return 1;
    }
    for (const line of findings.lines) printer.error(line);
    return 0;
  },
};

/** As Java splits: nothing comes of commas at the end. */
function filesIn(list: string): string[] {
  const parts = list.split(',');
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts.length === 1 && list.startsWith(',') ? [] : parts.map(javaPath);
}

async function endWith(thrown: JavaException, printer: Printer, io: ToolIo): Promise<void> {
  await printer.flush();
  io.err(`Exception in thread "main" ${thrown.toString()}\n`);
}

async function dump(
  file: string,
  options: ParsedOptions,
  printer: Printer,
  findings: Findings,
): Promise<void> {
  const checks = {
    verifyOnly: options.has('verify-index-only'),
    sanityCheckOnly: options.has('index-sanity-check'),
  };
  switch (suffixOf(file)) {
    case '.log':
    case '.checkpoint':
      return dumpLogFile(file, logOptions(options, printer), printer, findings);
    case '.index': {
      const maxMessageSize = integerOf(options, 'max-message-size', LARGEST_MESSAGE);
      dumpOffsetIndex(file, { ...checks, maxMessageSize }, printer, findings);
      return;
    }
    case '.timeindex':
      dumpTimeIndex(file, checks, printer, findings);
      return;
    case '.txnindex':
      dumpTransactionIndex(file, printer);
      return;
    case '.snapshot':
      dumpProducerSnapshot(file, printer);
      return;
    default:
      printer.error(`Ignoring unknown file ${file}`);
  }
}

function logOptions(options: ParsedOptions, printer: Printer): Parameters<typeof dumpLogFile>[1] {
  const decoder = Object.keys(DECODERS).find((option) => options.has(option));
  const printContents =
    decoder !== undefined ||
    ['print-data-log', 'value-decoder-class', 'key-decoder-class'].some((option) => options.has(option));
  const className = (option: string): string => options.value(option) ?? STRING_DECODER;
  const decode =
    decoder === undefined
      ? textDecoder(
          { key: className('key-decoder-class'), value: className('value-decoder-class') },
          (line) => printer.println(line),
        )
      : DECODERS[decoder]!;
  return {
    printContents,
    decode,
    deep: printContents || options.has('deep-iteration'),
    skipRecordMetadata: options.has('skip-record-metadata'),
    maxBytes: integerOf(options, 'max-bytes', INT_MAX),
  };
}

/** Looked at when it is needed, as the original does. */
function integerOf(options: ParsedOptions, name: string, byDefault: number): number {
  const value = options.value(name);
  if (value === undefined) return byDefault;
  const number = Number(value);
  if (/^[+-]?\d+$/.test(value) && number <= INT_MAX && number >= -INT_MAX - 1) return number;
  throw new JavaException(
    'joptsimple.OptionArgumentConversionException',
    `Cannot parse argument '${value}' of option ${name}`,
  );
}
