/**
 * Of damaged files and foreign folders in its log dirs Klassik makes what Apache Kafka 3.9.1 made (kafka-3.9.1.json), but
 * for the two that are named.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkLogDirs, claimLogDirs } from '../../../src/broker/log-dir-identity.ts';
import { FactStream } from '../../../src/observe/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { DEFAULT_LOG_CLEANER_SETTINGS, DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';
import { DAMAGES, DIRS, type Outcome, TOPIC, writeLogs } from './damages.ts';

const IDENTITY = { clusterId: 'AAAAAAAAAAAAAAAAAAAABA', brokerId: 0 };
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABQ';

const { outcomes } = JSON.parse(readFileSync(new URL('kafka-3.9.1.json', import.meta.url), 'utf8')) as {
  readonly outcomes: Readonly<Record<string, Outcome>>;
};
/** The original never serves the partition again; here its high watermark counts as unknown, and the ISR tells it. */
const OTHERWISE: Readonly<Record<string, Outcome>> = {
  'replication-offset-checkpoint: a negative count': { start: 'serves', offline: [], extent: [2, 6] },
  'replication-offset-checkpoint: a number too large': { start: 'serves', offline: [], extent: [2, 6] },
};
const runtime = createNodeRuntime();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klassik-damaged-dirs-'));
  const seed = join(folder, 'seed');
  await writeLogs(seed);
  const logDirs = DIRS.map((name) => join(seed, name));
  await claimLogDirs(runtime, logDirs, { fresh: logDirs, failed: [] }, IDENTITY);
  for (const [partition, dir] of logDirs.entries())
    await writeFile(
      join(dir, `${TOPIC}-${partition}`, 'partition.metadata'),
      `version: 0\ntopic_id: ${TOPIC_ID}`,
    );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A broker's start, as far as its log dirs are concerned. */
async function start(logDirs: readonly string[]): Promise<LogManager> {
  const { failed } = await checkLogDirs(runtime, logDirs, IDENTITY);
  const manager = new LogManager({
    runtime,
    facts: new FactStream({ broker: 0, nowMs: () => 0 }),
    logDirs,
    failedLogDirs: failed,
    defaultConfig: DEFAULT_LOG_CONFIG,
    cleaner: { ...DEFAULT_LOG_CLEANER_SETTINGS, dedupeBufferSize: 1024 * 1024 },
  });
  await manager.load();
  return manager;
}

async function outcomeOf(what: string): Promise<Outcome> {
  const dirs = join(folder, 'dirs');
  await rm(dirs, { recursive: true, force: true });
  await cp(join(folder, 'seed'), dirs, { recursive: true });
  const logDirs = DIRS.map((name) => join(dirs, name));
  await DAMAGES.get(what)!(logDirs[0]!);
  let manager: LogManager;
  try {
    manager = await start(logDirs);
  } catch {
    return { start: 'does not start', offline: [], extent: null };
  }
  const offline = DIRS.filter((_, index) => !manager.liveLogDirs.includes(logDirs[index]!));
  const log = manager.getLog(TOPIC, 0);
  const extent =
    offline.length > 0 || log === undefined ? null : ([log.logStartOffset, log.logEndOffset] as const);
  await manager.shutdown();
  return { start: 'serves', offline, extent };
}

test('the original was shown the same damages', () => {
  expect(Object.keys(outcomes)).toEqual([...DAMAGES.keys()]);
});

test.each([...DAMAGES.keys()])('%s', async (what) => {
  const { start: started, offline, extent } = OTHERWISE[what] ?? outcomes[what]!;
  expect(await outcomeOf(what)).toEqual({ start: started, offline, extent });
});
