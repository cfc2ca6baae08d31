/** What is asked of kafka-dump-log over the files of files.ts: of each file what fits its kind, and command lines. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Arguments as they are given; `{dir}` stands for the folder of the files. */
export type Arguments = readonly string[];

const FLAGS_OF: Readonly<Record<string, readonly (readonly string[])[]>> = {
  log: [['--print-data-log']],
  index: [[], ['--verify-index-only'], ['--index-sanity-check']],
  timeindex: [[], ['--verify-index-only'], ['--index-sanity-check']],
  txnindex: [[]],
  snapshot: [[]],
  checkpoint: [['--deep-iteration']],
};

/** Of what is large or common the records are told once. */
const FEWER_FLAGS: readonly (readonly [RegExp, readonly (readonly string[])[]])[] = [
  [/^(codecs|txn|transactions)-0\/.*log$/, [['--print-data-log']]],
  [/^__consumer_offsets-46\/.*log$/, [['--offsets-decoder']]],
  [/^__transaction_state-45\/.*log$/, [['--transaction-log-decoder']]],
  [/^groups\//, [['--offsets-decoder']]],
  [/^transactions\//, [['--transaction-log-decoder']]],
  [/^metadata\/cluster/, [['--cluster-metadata-decoder']]],
  [/^metadata\/remote/, [['--remote-log-metadata-decoder']]],
  [/^old\/v2/, [['--print-data-log']]],
  [/^(index|times)\/.*log$/, []],
  // Opening an index that is not there makes it.
  [/^times\/without-an-index/, [['--verify-index-only']]],
  [/^(cleaned|empty|append-time)-0\/.*log$|^odd\/(an-unknown|a-neg|large)|^torn\/with-a-length-of-v0-as/, [[], ['--deep-iteration'], ['--print-data-log']]],
  [/^text\//, []],
];

const LOG = '{dir}/odd/written-by-us-none/00000000000000000000.log';
const HEADERS = '{dir}/odd/headers-and-text/00000000000000000000.log';
const GAPS = '{dir}/odd/gaps-and-no-values/00000000000000000000.log';
const COMMIT = '{dir}/control/commit/00000000000000000000.log';
const INDEX = '{dir}/index/right/00000000000000001000.index';
const TIMES = '{dir}/times/right/00000000000000001000.timeindex';
const LONGS = '{dir}/text/longs/00000000000000000000.log';
const INTEGERS = '{dir}/text/integers/00000000000000000000.log';
const LONG_LONGS = '{dir}/text/long-longs/00000000000000000000.log';
const DECODERS = 'org.apache.kafka.tools.api';

const COMMAND_LINES: readonly Arguments[] = [
  ['--print-data-log'],
  ['--files'],
  ['--files', ''],
  ['--files', ','],
  ['--files', '{dir}/nowhere/00000000000000000000.log'],
  ['--files', '{dir}/nowhere/00000000000000000000.index'],
  ['--files', '{dir}/nowhere/00000000000000000000.timeindex'],
  ['--files', '{dir}/nowhere/00000000000000000000.snapshot'],
  ['--files', '{dir}/other/00000000000000000000.txnindex'],
  ['--files', '{dir}/other/partition.metadata,{dir}/other/00000000000000000000.log.deleted'],
  ['--files', '{dir}/other/leader-epoch-checkpoint'],
  ['--files', '{dir}/folder.d/plain'],
  ['--files', '{dir}/other/abc.log'],
  ['--files', '{dir}/index/abc.index'],
  ['--files', '{dir}/aborted/abc.txnindex'],
  ['--files', `${LOG.replace('/odd', '//odd')},${INDEX},${TIMES}`],
  ['--files', `${LOG},{dir}/nowhere.log,${INDEX}`],
  [`--files=${INDEX}`, '--verify-index-only', '--index-sanity-check'],
  ['--files', LOG, '--files', INDEX],
  ['--files', LOG, '--no-such-option'],
  ['--files', LOG, '--max-bytes', 'many'],
  ['--files', LOG, '--max-bytes', '0', '--print-data-log'],
  ['--files', LOG, '--max-bytes', '-1', '--print-data-log'],
  ['--files', LOG, '--max-bytes', '100', '--print-data-log'],
  ['--files', '{dir}/torn/with-text/00000000000000000000.log', '--max-bytes', '150'],
  ['--files', '{dir}/torn/with-text/00000000000000000000.log', '--max-bytes', '100000'],
  ['--files', '{dir}/torn/with-text/00000000000000000000.log', '--max-bytes', '2147483647'],
  ['--files', INDEX, '--max-message-size', '100'],
  ['--files', INDEX, '--max-message-size', '82'],
  ['--files', INDEX, '--max-message-size', '20'],
  ['--files', INDEX, '--max-message-size', '0'],
  ['--files', INDEX, '--max-message-size', '-1'],
  ['--files', HEADERS, '--print-data-log', '--skip-record-metadata'],
  ['--files', GAPS, '--print-data-log', '--skip-record-metadata'],
  ['--files', GAPS, '--deep-iteration', '--skip-record-metadata'],
  ['--files', GAPS, '--skip-record-metadata'],
  ['--files', COMMIT, '--print-data-log', '--skip-record-metadata'],
  ['--files', LOG, '--value-decoder-class'],
  ['--files', LOG, '--key-decoder-class', '--value-decoder-class'],
  ['--files', `${LOG},${INDEX},${LOG}`, '--value-decoder-class', 'kafka.serializer.StringDecoder'],
  ['--files', LOG, '--value-decoder-class', 'no.such.Decoder'],
  ['--files', LOG, '--key-decoder-class', 'StringDecoder'],
  ['--files', INDEX, '--key-decoder-class', 'no.such.Decoder'],
  ['--files', LONGS, '--key-decoder-class', `${DECODERS}.LongDecoder`, '--value-decoder-class', `${DECODERS}.LongDecoder`],
  ['--files', LONGS, '--key-decoder-class', 'kafka.serializer.LongDecoder', '--value-decoder-class', 'kafka.serializer.IntegerDecoder'],
  ['--files', LONG_LONGS, '--key-decoder-class', `${DECODERS}.LongDecoder`, '--value-decoder-class', `${DECODERS}.IntegerDecoder`],
  ['--files', INTEGERS, '--key-decoder-class', `${DECODERS}.IntegerDecoder`, '--value-decoder-class', `${DECODERS}.IntegerDecoder`],
  ['--files', INTEGERS, '--key-decoder-class', `${DECODERS}.LongDecoder`],
  ['--files', INTEGERS, '--value-decoder-class', `${DECODERS}.LongDecoder`],
  ['--files', LOG, '--offsets-decoder', '--transaction-log-decoder'],
  ['--files', LOG, '--transaction-log-decoder'],
  ['--files', LOG, '--cluster-metadata-decoder'],
  ['--files', LOG, '--remote-log-metadata-decoder'],
  ['--files', '{dir}/groups/all/00000000000000000000.log', '--offsets-decoder', '--skip-record-metadata'],
  ['--files', '{dir}/index/wrong-offsets/00000000000000001000.index,{dir}/times/out-of-order/00000000000000001000.timeindex,{dir}/times/wrong-timestamps/00000000000000001000.timeindex'],
];

/** Every case, over the folder that makeFiles filled. */
export function casesIn(dir: string): readonly Arguments[] {
  return [...filesIn(dir).flatMap((file) => flagsOf(file).map((flags) => ['--files', `{dir}/${file}`, ...flags])), ...COMMAND_LINES];
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

function flagsOf(file: string): readonly (readonly string[])[] {
  const fewer = FEWER_FLAGS.find(([pattern]) => pattern.test(file));
  return fewer?.[1] ?? FLAGS_OF[/\.([a-z]+)$/.exec(file)?.[1] ?? ''] ?? [];
}
