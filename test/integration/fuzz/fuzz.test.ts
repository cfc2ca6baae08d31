/**
 * Thousands of broken requests at one broker: it lives, serves honest clients beside them, and keeps neither descriptors
 * nor memory for them. FUZZ_FRAMES says how many (25,000 for the whole run, of which every fifth is not even a frame),
 * FUZZ_SEED which ones.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { changedFrame, Dice, noFrame, validFrames } from './frames.ts';
import { HonestClient, prepareTopics } from './honest-client.ts';

jest.setTimeout(400_000);

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 25_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
/** From here on nothing may grow: code is compiled, caches and pools are filled. */
const WARM_FRAMES = 1000;
const AT_ONCE = 8;
/** A request that waits, such as a Fetch with a maxWaitMs of days, is left alone after this. */
const PATIENCE_MS = 25;
const PROBE = fileURLToPath(new URL('../../support/memory-probe.js', import.meta.url));

interface Usage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly descriptors: number;
}

let dir: string;
let cluster: Cluster;
let port: number;
let pid: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-fuzz-'));
  process.env['KLASSIK_MEMORY_PROBE'] = join(dir, 'usage.json');
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    // A young generation that grows with the load would look like a leak.
    nodeOptions: ['--expose-gc', '--max-semi-space-size=2', '--import', PROBE],
    overrides: {
      'auto.create.topics.enable': 'false',
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.num.partitions': '1',
    },
    startTimeoutMs: 120_000,
  });
  const [status] = await cluster.status();
  port = status?.port ?? 0;
  pid = status?.pid ?? 0;
});
afterAll(async () => {
  delete process.env['KLASSIK_MEMORY_PROBE'];
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

test(`${FRAMES} broken requests harm neither the broker nor its clients (seed ${SEED})`, async () => {
  await prepareTopics(port, ['fuzzed', 'honest']);
  const dice = new Dice(SEED);
  const valid = validFrames(SEED, 'fuzzed');
  const honest = await HonestClient.start(port, 'honest');
  const bombard = async (count: number): Promise<void> => {
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0)
        await sendAlone(left % 5 === 0 ? noFrame(dice) : changedFrame(dice.oneOf(valid), dice));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };

  // Codecs are compiled when a version is first seen.
  for (const { frame } of valid) await sendAlone(frame);
  await bombard(WARM_FRAMES);
  const before = await usage();
  await bombard(FRAMES - WARM_FRAMES);
  const after = await settled(before);
  const cycles = await honest.stop();

  if (process.env['FUZZ_TELL'] !== undefined)
    console.info(JSON.stringify({ frames: FRAMES, seed: SEED, honestCycles: cycles, before, after }));
  expect((await cluster.status())[0]?.pid).toBe(pid);
  expect(cycles).toBeGreaterThan(10);
  expect(after.descriptors).toBe(before.descriptors);
  expect(after.rss).toBeLessThan(before.rss * 1.1);
});

/** On a connection of its own; whatever comes back, or nothing. */
function sendAlone(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve();
    };
    const late = setTimeout(end, PATIENCE_MS);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', end);
    socket.on('error', end);
    socket.on('close', end);
  });
}

/** What the broker holds once it has collected its garbage. */
async function usage(): Promise<Usage> {
  const file = join(dir, 'usage.json');
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as Usage;
    await sleep(20);
  }
}

/** Connections take a moment to be gone, and so do the pages of collected memory. */
async function settled(before: Usage): Promise<Usage> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const now = await usage();
    const isSettled = now.descriptors === before.descriptors && now.rss < before.rss * 1.1;
    if (isSettled || performance.now() > deadline) return now;
    await sleep(500);
  }
}
