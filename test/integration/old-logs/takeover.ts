/**
 * A broker that takes over logs of brokers before 3.0: the folders of test/golden/old-logs/written are put where its own
 * lay, as after a crash, and it is asked for them in every version. The same for the original (record.ts) and for
 * Klassik (old-logs.test.ts).
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchesOf, decodeRecords, LegacyBatch, type RecordBatch } from '../../../src/records/index.ts';
import { Asker } from './asker.ts';
import { QUESTIONS } from './questions.ts';

export const WRITTEN = fileURLToPath(new URL('../../golden/old-logs/written/', import.meta.url));

/** Either kind. It is stopped and started again at the same address. */
export interface OneBroker {
  readonly address: string;
  readonly dataDir: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const BROKER_CONFIGS = {
  'log.index.interval.bytes': '200',
  'log.retention.ms': '-1',
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.dedupe.buffer.size': '4194304',
};

const DAY_MS = 86_400_000;
const COMPACT = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0',
  'delete.retention.ms': `${DAY_MS}`,
};

/** By topic: the folder that was written for it, and its configs. */
const SERVED: Readonly<
  Record<string, { readonly from: string; readonly configs?: Readonly<Record<string, string>> }>
> = {
  'old-v0': { from: 'old-v0' },
  'old-v1': { from: 'old-v1' },
  'old-v1-without-conversion': { from: 'old-v1', configs: { 'message.downconversion.enable': 'false' } },
  'old-v1-continued': { from: 'old-v1' },
  'old-mixed': { from: 'old-mixed' },
  'old-torn': { from: 'old-torn' },
};

/** With the ages of their segments: of the second, the clean part begins to be too young for its tombstones to go. */
export const CLEANED: Readonly<
  Record<
    string,
    {
      readonly from: string;
      readonly configs: Readonly<Record<string, string>>;
      readonly firstDirtyOffset?: number;
      readonly agesDays?: readonly number[];
    }
  >
> = {
  'old-compact': { from: 'old-compact', configs: COMPACT },
  'old-compact-by-segment': { from: 'old-compact', configs: { ...COMPACT, 'segment.bytes': '6000' } },
  'old-compact-again': {
    from: 'old-compact-again',
    configs: { ...COMPACT, 'segment.bytes': '700' },
    firstDirtyOffset: 32,
    agesDays: [10, 9, 5.5, 5, 2, 1],
  },
};

const RETRY_MS = 50;
const TIMEOUT_MS = 60_000;

export interface TakenOver {
  readonly answers: Readonly<Record<string, unknown>>;
  readonly cleaned: Readonly<Record<string, unknown>>;
}

/** The broker serves and holds nothing yet. */
export async function takeOver(broker: OneBroker): Promise<TakenOver> {
  const { dataDir } = broker;
  const topics = { ...SERVED, ...CLEANED };
  const before = await Asker.connect(broker.address);
  for (const [topic, { configs = {} }] of Object.entries(topics)) await before.createTopic(topic, configs);
  before.close();
  await broker.stop();
  for (const [topic, { from }] of Object.entries(topics)) await putLog(dataDir, topic, from);
  await makeDirty(dataDir);
  for (const name of ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint'])
    await rm(join(dataDir, name), { force: true });
  await broker.start();

  const asker = await Asker.connect(broker.address);
  for (const topic of Object.keys(topics)) await asker.untilLed(topic);
  const answers: Record<string, unknown> = {};
  for (const [says, ask] of Object.entries(QUESTIONS)) answers[says] = await ask(asker);
  asker.close();
  const cleaned: Record<string, unknown> = {};
  for (const topic of Object.keys(CLEANED)) {
    await untilClean(dataDir, topic);
    cleaned[topic] = await segmentsTold(join(dataDir, `${topic}-0`));
  }
  return { answers, cleaned };
}

async function putLog(dataDir: string, topic: string, from: string): Promise<void> {
  const folder = join(dataDir, `${topic}-0`);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder))
    if (name !== 'partition.metadata') await rm(join(folder, name), { recursive: true });
  await cp(join(WRITTEN, `${from}-0`), folder, { recursive: true });
}

async function makeDirty(dataDir: string): Promise<void> {
  const rows: string[] = [];
  for (const [topic, { firstDirtyOffset, agesDays = [] }] of Object.entries(CLEANED)) {
    if (firstDirtyOffset !== undefined) rows.push(`${topic} 0 ${firstDirtyOffset}`);
    const names = await logsIn(join(dataDir, `${topic}-0`));
    for (const [index, ageDays] of agesDays.entries()) {
      const time = new Date(Date.now() - ageDays * DAY_MS);
      await utimes(join(dataDir, `${topic}-0`, names[index]!), time, time);
    }
  }
  const text = `0\n${rows.length}\n${rows.join('\n')}\n`;
  await writeFile(join(dataDir, 'cleaner-offset-checkpoint'), text);
}

/** Until a pass came up to the active segment. */
async function untilClean(dataDir: string, topic: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const text = await readFile(join(dataDir, 'cleaner-offset-checkpoint'), 'utf8').catch(() => '');
    const offset = new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1];
    const active = (await logsIn(join(dataDir, `${topic}-0`))).at(-1) ?? '';
    if (offset !== undefined && Number(offset) === Number.parseInt(active)) return;
    if (performance.now() > deadline)
      throw new Error(`${topic} is clean up to ${offset ?? 'nothing'}, not up to ${active}`);
    await sleep(RETRY_MS);
  }
}

async function logsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
}

async function segmentsTold(folder: string): Promise<Record<string, unknown[]>> {
  const segments: Record<string, unknown[]> = {};
  for (const name of await logsIn(folder))
    segments[name] = [...batchesOf(await readFile(join(folder, name)))].map(batchTold);
  return segments;
}

export function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** What a codec makes of the records is its library's; when a tombstone may go depends on when it was cleaned. */
function batchTold(batch: RecordBatch): unknown {
  const { magic, compression, hasDeleteHorizon, timestampType } = batch;
  const isOld = batch instanceof LegacyBatch;
  return {
    magic,
    offsets: isOld ? [batch.lastOffset] : [batch.baseOffset, batch.lastOffset],
    compression,
    time: [timestampType, batch.maxTimestamp],
    ...(hasDeleteHorizon && { hasDeleteHorizon }),
    ...(compression === 'none' && !hasDeleteHorizon && { bytes: sha(batch.bytes) }),
    isValid: batch.isValid(),
    records: decodeRecords(batch).map(({ offset, timestamp, key, value }) => [
      offset,
      timestamp,
      key?.toString() ?? null,
      value?.toString() ?? null,
    ]),
  };
}
