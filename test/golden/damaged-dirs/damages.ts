/**
 * A broker finds a file of its log dir damaged, or a folder there that Kafka has not made: the files, what may be wrong
 * with each, and the two log dirs it is tried on. The same for the original (record.ts) and for Klassik
 * (damaged-dirs.test.ts).
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactStream } from '../../../src/observe/index.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';

export const TOPIC = 'orders';
/** `one` holds orders-0 and is damaged; `two` holds orders-1. */
export const DIRS = ['one', 'two'] as const;

const LOG_START = 2;
const BATCHES = 3;

/** What became of a start. */
export interface Outcome {
  readonly start: 'serves' | 'does not start';
  /** Dirs that were given up. */
  readonly offline: readonly string[];
  /** Where orders-0 begins and ends, while its dir is in use. */
  readonly extent: readonly [number, number] | null;
}

/** The logs of a broker that was stopped: six records in each, of which two are deleted, and a producer's state. */
export async function writeLogs(folder: string): Promise<void> {
  const runtime = createNodeRuntime();
  const logDirs = DIRS.map((dir) => join(folder, dir));
  const manager = new LogManager({
    runtime,
    facts: new FactStream({ broker: 0, nowMs: () => 0 }),
    logDirs,
    defaultConfig: DEFAULT_LOG_CONFIG,
  });
  await manager.load();
  for (const [partition, logDir] of logDirs.entries()) {
    manager.preferLogDir({ topic: TOPIC, partition }, logDir);
    const log = await manager.getOrCreateLog({ topic: TOPIC, partition }, { isNew: true });
    for (let index = 0; index < BATCHES; index++) {
      const timestamp = runtime.clock.wallMs();
      const records = ['a', 'b'].map((value) => ({
        key: Buffer.from(value),
        value: Buffer.from(`${value}${index}`),
        timestamp,
      }));
      await log.appendAsLeader(
        buildBatch({ records, producerId: 7, producerEpoch: 0, baseSequence: index * records.length }),
        { leaderEpoch: 0 },
      );
    }
    log.updateHighWatermark(log.logEndOffset);
    log.maybeIncrementLogStartOffset(LOG_START);
  }
  await manager.checkpointHighWatermarks(
    [...manager.allLogs()].map(({ topicPartition, parentDir, logEndOffset }) => ({
      ...topicPartition,
      parentDir,
      highWatermark: logEndOffset,
    })),
  );
  await manager.shutdown();
  for (const logDir of logDirs) await writeFile(join(logDir, 'cleaner-offset-checkpoint'), '0\n0\n');
}

type Change = (text: string) => string;

/** Of files that begin with a version and a count of lines. */
const OF_CHECKPOINTS: Readonly<Record<string, Change>> = {
  'of another version': (text) => text.replace(/^0/, '1'),
  'more lines announced': (text) => text.replace(/^0\n\d+/, '0\n9'),
  'fewer lines announced': (text) => text.replace(/^0\n\d+/, '0\n0'),
  'a negative count': (text) => text.replace(/^0\n\d+/, '0\n-1'),
  'no count': () => '0\n',
  'an empty line': (text) => `${text}\n`,
  'a negative number': (text) => text.replace(/\d+\n$/, '-5\n'),
  'a number too large': (text) => text.replace(/\d+\n$/, '99999999999999999999\n'),
  'a number beyond the end': (text) => text.replace(/\d+\n$/, '77\n'),
  'a word too many': (text) => text.replace(/\n$/, ' more\n'),
  'a word too few': (text) => text.replace(/ \d+\n$/, '\n'),
};
const OF_OFFSETS: Readonly<Record<string, Change>> = {
  'a negative partition': (text) => text.replace(/ 0 (\d+\n)$/, ' -1 $1'),
  'a partition twice': () => '0\n2\norders 0 3\norders 0 4\n',
};
const OF_ANY: Readonly<Record<string, Change>> = {
  empty: () => '',
  garbage: () => 'not what it was',
  'cut short': (text) => text.slice(0, -2),
};
const OF_META: Readonly<Record<string, Change>> = {
  'of another version': (text) => text.replace('version=0', 'version=7'),
  'without a version': (text) => text.replace('version=0\n', ''),
  'without a broker': (text) => text.replace(/broker\.id=\d+\n/, ''),
  'without a cluster': (text) => text.replace(/cluster\.id=.*\n/, ''),
  'a broker that is no number': (text) => text.replace(/broker\.id=\d+/, 'broker.id=zero'),
  'a negative broker': (text) => text.replace(/broker\.id=\d+/, 'broker.id=-3'),
  'of another broker': (text) => text.replace(/broker\.id=\d+/, 'broker.id=5'),
  'of another cluster': (text) => text.replace(/cluster\.id=.*/, 'cluster.id=another'),
  'cut short': (text) => text.slice(0, text.indexOf('cluster.id')),
};
const OF_METADATA: Readonly<Record<string, Change>> = {
  'of another version': (text) => text.replace('version: 0', 'version: 1'),
  'without a topic id': () => 'version: 0\n',
  'a topic id that is none': () => 'version: 0\ntopic_id: no-id\n',
  'of no topic': () => 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA\n',
};

/** By file, where it lies in the dir; a snapshot holds bytes, which latin1 carries. */
const FILES: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  'recovery-point-offset-checkpoint': { ...OF_ANY, ...OF_CHECKPOINTS, ...OF_OFFSETS },
  'log-start-offset-checkpoint': { ...OF_ANY, ...OF_CHECKPOINTS, ...OF_OFFSETS },
  'replication-offset-checkpoint': { ...OF_ANY, ...OF_CHECKPOINTS, ...OF_OFFSETS },
  'cleaner-offset-checkpoint': { ...OF_ANY, 'of another version': () => '1\n0\n', 'no count': () => '0\n' },
  'orders-0/leader-epoch-checkpoint': { ...OF_ANY, ...OF_CHECKPOINTS, 'a negative epoch': () => '0\n1\n-1 0\n' },
  'orders-0/partition.metadata': { ...OF_ANY, ...OF_METADATA },
  'orders-0/00000000000000000006.snapshot': {
    ...OF_ANY,
    'of another version': (text) => `\0\u0002${text.slice(2)}`,
    'a bad checksum': (text) => `${text.slice(0, -1)}\u0055`,
  },
  'meta.properties': { ...OF_ANY, ...OF_META },
};

/** Folders that lie beside the partitions. */
const FOLDERS: readonly string[] = [
  'notes',
  'notes-',
  '-0',
  'orders-x',
  'orders--1',
  'orders-3-stray',
  'lost+found',
  '.hidden',
  'orders-3-delete',
  'orders-3.00000000000000000000000000000000-stray',
  'orders-3.0123-delete',
  'orders-3.0123-future',
  'no space-3',
  'Größe-3',
  '__cluster_metadata-0',
  'remote-log-index-cache',
];

const A_FOLDER = 'a folder in its place';

export type Damage = (dir: string) => Promise<void>;

function damageOf(file: string, change: Change): Damage {
  return async (dir) => {
    const path = join(dir, file);
    const before = (await readFile(path)).toString('latin1');
    const after = change(before);
    if (after === before) throw new Error(`${file} is not changed`);
    await writeFile(path, Buffer.from(after, 'latin1'));
  };
}

function* allDamages(): Generator<[string, Damage], void, undefined> {
  yield ['nothing', async () => {}];
  for (const [file, changes] of Object.entries(FILES)) {
    for (const [what, change] of Object.entries(changes)) yield [`${file}: ${what}`, damageOf(file, change)];
    yield [
      `${file}: ${A_FOLDER}`,
      async (dir) => {
        await rm(join(dir, file));
        await mkdir(join(dir, file));
      },
    ];
  }
  for (const name of FOLDERS)
    yield [`a folder: ${name}`, (dir) => mkdir(join(dir, name), { recursive: true }).then(() => undefined)];
  yield [
    'a stray log',
    async (dir) => cp(join(dir, 'orders-0'), join(dir, `orders-3.${'ab'.repeat(16)}-stray`), { recursive: true }),
  ];
}

export const DAMAGES: ReadonlyMap<string, Damage> = new Map(allDamages());
