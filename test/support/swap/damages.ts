/**
 * What may be wrong with a log when a broker finds it: each damage is done to a topic of its own, after the broker that
 * wrote it has ended. What both kinds make of it has to be the same: the files they leave and the words they find.
 */
import { copyFile, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ending } from './swap-seat.ts';

type Damage = (folder: LogFolder) => Promise<void>;

/** The files of a partition, its segments in order. */
class LogFolder {
  readonly path: string;
  readonly bases: readonly string[];
  readonly names: readonly string[];

  private constructor(path: string, names: readonly string[]) {
    this.path = path;
    this.names = names;
    this.bases = names.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -'.log'.length));
    if (this.bases.length < 3) throw new Error(`${path} has too few segments to be damaged`);
  }

  static async open(path: string): Promise<LogFolder> {
    return new LogFolder(path, (await readdir(path)).sort());
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Of a segment, counted from either end. */
  of(index: number, suffix: string): string {
    return this.file(`${this.bases.at(index)!}${suffix}`);
  }

  async append(path: string, bytes: Buffer): Promise<void> {
    const file = await open(path, 'a');
    await file.write(bytes);
    await file.close();
  }

  /** Turns the bits of one byte. */
  async flip(path: string, position: number): Promise<void> {
    const bytes = await readFile(path);
    bytes[position]! ^= 0xff;
    await writeFile(path, bytes);
  }
}

const batchAt = (bytes: Buffer, position: number): Buffer =>
  bytes.subarray(position, position + 12 + bytes.readInt32BE(position + 8));

/** Where the last batch of a segment begins. */
function lastBatchIn(bytes: Buffer): number {
  let last = 0;
  for (let at = 0; at + 12 < bytes.length && bytes.readInt32BE(at + 8) > 0; at += batchAt(bytes, at).length)
    last = at;
  return last;
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  'no-offset-index': async (log) => rm(log.of(0, '.index')),
  'no-time-index': async (log) => rm(log.of(0, '.timeindex')),
  'no-indexes-at-all': async (log) => {
    for (const name of log.names) if (/index$/.test(name)) await rm(log.file(name));
  },
  'no-offset-index-of-the-last': async (log) => rm(log.of(-1, '.index'), { force: true }),
  'offset-index-longer-than-it-is': async (log) => truncate(log.of(0, '.index'), 65_536),
  'empty-indexes': async (log) => {
    await truncate(log.of(0, '.index'), 0);
    await truncate(log.of(0, '.timeindex'), 0);
  },
  'orphaned-indexes': async (log) => {
    await copyFile(log.of(0, '.index'), log.file('00000000000000000001.index'));
    await copyFile(log.of(0, '.timeindex'), log.file('00000000000000000001.timeindex'));
    await writeFile(log.file('00000000000000000002.txnindex'), '');
  },
  'damaged-transaction-index': async (log) => writeFile(log.of(1, '.txnindex'), Buffer.alloc(34)),
  'stray-snapshots': async (log) => {
    const snapshot = log.names.find((name) => name.endsWith('.snapshot'))!;
    for (const offset of [3, 8, 13])
      await copyFile(log.file(snapshot), log.file(`${String(offset).padStart(20, '0')}.snapshot`));
  },
  'snapshot-behind-the-end': async (log) => {
    const snapshot = log.names.findLast((name) => name.endsWith('.snapshot'))!;
    await copyFile(log.file(snapshot), log.file('00000000000000009999.snapshot'));
  },
  'damaged-snapshot': async (log) => {
    const snapshot = log.names.findLast((name) => name.endsWith('.snapshot'))!;
    await log.flip(log.file(snapshot), (await stat(log.file(snapshot))).size - 1);
  },
  'no-snapshots': async (log) => {
    for (const name of log.names) if (name.endsWith('.snapshot')) await rm(log.file(name));
  },
  'left-to-be-deleted': async (log) => {
    for (const suffix of ['.log.deleted', '.index.deleted', '.timeindex.deleted', '.snapshot.deleted'])
      await writeFile(log.file(`00000000000000000001${suffix}`), 'gone');
  },
  'half-cleaned': async (log) => {
    for (const suffix of ['.log', '.index', '.timeindex'])
      await copyFile(log.of(0, suffix), `${log.of(0, suffix)}.cleaned`);
  },
  'half-swapped': async (log) => {
    for (const suffix of ['.log', '.index', '.timeindex'])
      await copyFile(log.of(0, suffix), `${log.of(0, suffix)}.swap`);
  },
  'swapped-but-for-the-name': async (log) => {
    for (const suffix of ['.log', '.index', '.timeindex'])
      await rename(log.of(1, suffix), `${log.of(1, suffix)}.swap`);
  },
  'no-epochs': async (log) => rm(log.file('leader-epoch-checkpoint')),
  'epochs-behind-the-end': async (log) =>
    writeFile(log.file('leader-epoch-checkpoint'), '0\n3\n0 0\n1 999\n2 5000\n'),
  'no-metadata': async (log) => rm(log.file('partition.metadata')),
};

/** Only after a kill: after a clean stop nobody looks. */
const DAMAGES_AFTER_A_KILL: Readonly<Record<string, Damage>> = {
  'torn-batch': async (log) => {
    const bytes = await readFile(log.of(-1, '.log'));
    const batch = batchAt(bytes, lastBatchIn(bytes));
    await truncate(log.of(-1, '.log'), lastBatchIn(bytes) + batch.length - 5);
  },
  'half-a-header': async (log) => {
    const bytes = await readFile(log.of(-1, '.log'));
    await truncate(log.of(-1, '.log'), lastBatchIn(bytes) + 9);
  },
  'bad-checksum': async (log) => {
    const bytes = await readFile(log.of(-1, '.log'));
    await log.flip(log.of(-1, '.log'), lastBatchIn(bytes) + 70);
  },
  'zeros-behind-the-end': async (log) => log.append(log.of(-1, '.log'), Buffer.alloc(100)),
  'garbage-behind-the-end': async (log) => log.append(log.of(-1, '.log'), Buffer.alloc(100, 0x55)),
  'last-segment-empty': async (log) => truncate(log.of(-1, '.log'), 0),
  'last-segment-lost': async (log) => {
    for (const name of log.names) if (name.startsWith(log.bases.at(-1)!)) await rm(log.file(name));
  },
  'all-segments-lost': async (log) => {
    for (const name of log.names) if (/^\d{20}\./.test(name)) await rm(log.file(name));
  },
};

/** Prepared for both endings: the topics exist before it is known how the broker ends. */
export const DAMAGED_TOPICS: readonly string[] = [
  ...Object.keys(DAMAGES),
  ...Object.keys(DAMAGES_AFTER_A_KILL),
].map((name) => `damaged-${name}`);

/** Returns what was done, for the report. */
export async function damage(logDirs: readonly string[], ending: Ending): Promise<string[]> {
  const damages = { ...DAMAGES, ...(ending === 'kill' ? DAMAGES_AFTER_A_KILL : {}) };
  for (const dir of logDirs)
    for (const name of (await readdir(dir)).sort()) {
      const apply = damages[/^damaged-(.*)-0$/.exec(name)?.[1] ?? ''];
      if (apply !== undefined) await apply(await LogFolder.open(join(dir, name)));
    }
  return Object.keys(damages);
}
