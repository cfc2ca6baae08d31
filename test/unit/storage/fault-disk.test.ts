/**
 * A disk that fails at any single call: whatever the log dir was being told to do, it goes offline as a whole, its
 * partitions answer KAFKA_STORAGE_ERROR, the other dir goes on, the process lives, and at the next start there is every
 * record that was acknowledged; after a loss of power, every one that was flushed.
 *
 * The story (fault-disk/story.ts) is told once to count the calls, then once for each of them that is to fail. `npm test`
 * lets one call of each kind fail, `npm run test:fault-disk` every one, in every way and with either ending.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareCompression } from '../../../src/records/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { batch } from './support.ts';
import {
  createManager,
  FAILING,
  type Opened,
  HOST,
  recordsIn,
  SOUND,
  STORAGE_ERROR,
  Story,
} from './fault-disk/story.ts';
import { type Call, FAILING_WAYS, isHarmless, kindOf, type Way } from './fault-disk/ways.ts';

const SEED = 'fault disk';

const WAYS: readonly Way[] = [
  ...FAILING_WAYS,
  { name: 'ten seconds once', fault: (_call, isFirst) => (isFirst ? { delayMs: 10_000 } : undefined) },
];

/** More than a flush in the background takes. */
const BACKGROUND_MS = 100;

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => prepareCompression());
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function createDirs(world: World): Promise<void> {
  const { disk } = world.runtimeFor(HOST);
  for (const dir of [FAILING, SOUND]) await world.settle(disk.makeFolder(dir));
  await world.settle(disk.syncFolder('/'));
}

async function tell(story: Story, world: World): Promise<void> {
  await world.settle(story.run(), 300_000);
}

/** The calls on the failing dir, none of which fails. */
async function callsDuring(world: World, task: () => Promise<void>): Promise<Call[]> {
  const calls: Call[] = [];
  world.disk(HOST).fault = (operation, path) => {
    if (path.startsWith(FAILING)) calls.push({ operation, path });
    return undefined;
  };
  await task();
  return calls;
}

async function callsOfStory(): Promise<Call[]> {
  const world = createWorld(SEED);
  await createDirs(world);
  const story = new Story(world);
  return callsDuring(world, async () => {
    await tell(story, world);
    await world.settle(story.manager.shutdown());
    expect([story.refused, story.failedDirs]).toEqual([0, []]);
  });
}

/** What was still there when the process ended. */
interface Ending {
  readonly name: string;
  readonly end: (world: World) => void;
}

const ENDINGS: readonly Ending[] = [
  { name: 'a kill', end: (world) => world.kill(HOST) },
  { name: 'a loss of power', end: (world) => world.crash(HOST) },
];

const storageError = { error: STORAGE_ERROR };

async function expectOffline(world: World, { manager, failedDirs, isFailedAtStart }: Story): Promise<void> {
  // Of one that could not be used from the beginning nobody is told.
  expect(failedDirs).toEqual(isFailedAtStart ? [] : [FAILING]);
  expect(manager.liveLogDirs).toEqual([SOUND]);
  for (const log of [...manager.allLogs()].filter(({ parentDir }) => parentDir === FAILING)) {
    const { topicPartition, logStartOffset } = log;
    const read = {
      startOffset: logStartOffset,
      maxBytes: 100,
      isolation: 'log-end',
      minOneMessage: true,
    } as const;
    const asked: (() => unknown)[] = [
      () => log.appendAsLeader(batch(['x']), { leaderEpoch: 9 }),
      () => log.read(read),
      () => log.fetchOffsetByTimestamp(-1, 'log-end'),
      () => log.truncateFullyAndStartAt(logStartOffset),
      () => log.deleteOldSegments(),
      () => manager.getOrCreateLog(topicPartition, { isNew: false }),
    ];
    for (const ask of asked)
      await world.settle(expect(Promise.resolve().then(ask)).rejects.toMatchObject(storageError));
  }
}

async function expectOthersGoOn(world: World, { manager }: Story): Promise<void> {
  const steady = manager.getLog('steady', 0)!;
  await world.settle(steady.appendAsLeader(batch(['later']), { leaderEpoch: 9 }));
  const created = manager.getOrCreateLog({ topic: 'new', partition: 0 }, { isNew: true });
  expect((await world.settle(created)).parentDir).toBeDefined();
}

/** By topic: what was promised to be there after the end of the process. */
function promises({ manager, accounts }: Story, ending: Ending): Map<string, Map<number, string>> {
  const promised = new Map<string, Map<number, string>>();
  for (const [topic, account] of accounts) {
    const log = manager.getLog(topic, 0);
    const flushedTo = ending.name === 'a kill' ? Infinity : (log?.recoveryPoint ?? 0);
    promised.set(topic, new Map([...account].filter(([offset]) => offset < flushedTo)));
  }
  return promised;
}

/** A move that the disk cut off may leave two logs that are not equal: the original, too, wants one deleted by hand. */
async function openAgain(world: World): Promise<Opened> {
  const opened = createManager(world.runtimeFor(HOST));
  try {
    await world.settle(opened.manager.load());
    return opened;
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'DuplicateLogError' });
    await world.settle(world.runtimeFor(HOST).disk.removeFolder(`${FAILING}/moving-0`));
    world.kill(HOST);
    return openAgain(world);
  }
}

async function expectKept(world: World, promised: ReadonlyMap<string, Map<number, string>>): Promise<void> {
  const { manager, failedDirs } = await openAgain(world);
  expect(failedDirs).toEqual([]);
  for (const [topic, account] of promised) {
    if (account.size === 0) continue;
    const log = manager.getLog(topic, 0);
    const found = log === undefined ? new Map<number, string>() : await world.settle(recordsIn(log));
    const missing = [...account].filter(([offset, value]) => found.get(offset) !== value);
    expect({ topic, missing }).toEqual({ topic, missing: [] });
  }
  await world.settle(manager.shutdown());
}

/** Lets the calls on the failing dir fail from the nth on; tells whether any did. */
function failFrom(world: World, nth: number, way: Way): () => boolean {
  let seen = 0;
  let hasFailed = false;
  world.disk(HOST).fault = (operation, path) => {
    if (!path.startsWith(FAILING) || seen++ < nth) return undefined;
    const fault = way.fault({ operation, path }, seen === nth + 1);
    hasFailed ||= fault?.code !== undefined;
    return fault;
  };
  return () => hasFailed;
}

interface Failure {
  readonly calls: readonly Call[];
  readonly nth: number;
  readonly way: Way;
  readonly ending: Ending;
}

async function failInStory({ calls, nth, way, ending }: Failure): Promise<void> {
  const world = createWorld(SEED);
  await createDirs(world);
  const hasFailed = failFrom(world, nth, way);
  const story = new Story(world);
  await tell(story, world);
  // A flush that nobody waits for may be the one that failed: the call that did is still to be answered.
  await world.run(BACKGROUND_MS);
  if (hasFailed() && !(isHarmless(calls[nth]!) && story.failedDirs.length === 0))
    await expectOffline(world, story);
  await expectOthersGoOn(world, story);
  const promised = promises(story, ending);
  await world.settle(story.manager.shutdown());
  world.disk(HOST).fault = () => undefined;
  ending.end(world);
  await expectKept(world, promised);
}

/** The broker was killed at the end of the story, and its disk fails while it starts again. */
async function failInLoad({ nth, way, ending }: Failure): Promise<void> {
  const world = createWorld(SEED);
  await createDirs(world);
  const story = new Story(world);
  await tell(story, world);
  const promised = promises(story, ending);
  ending.end(world);
  failFrom(world, nth, way);
  const { manager, failedDirs } = createManager(world.runtimeFor(HOST));
  await world.settle(manager.load());
  expect([[], [FAILING]]).toContainEqual(failedDirs);
  expect(manager.getLog('steady', 0)?.isOffline).toBe(false);
  await world.settle(manager.shutdown());
  world.disk(HOST).fault = () => undefined;
  ending.end(world);
  await expectKept(world, promised);
}

async function callsOfLoad(): Promise<Call[]> {
  const world = createWorld(SEED);
  await createDirs(world);
  await tell(new Story(world), world);
  world.kill(HOST);
  return callsDuring(world, async () => {
    const { manager } = createManager(world.runtimeFor(HOST));
    await world.settle(manager.load());
    await world.settle(manager.shutdown());
  });
}

/** Every call in every way with either ending; or one call of a kind, the ways in turn. */
function failuresOf(calls: readonly Call[]): Failure[] {
  const all = [...calls.keys()].flatMap((nth) =>
    WAYS.flatMap((way) => ENDINGS.map((ending): Failure => ({ calls, nth, way, ending }))),
  );
  if (process.env['FAULT_DISK'] === 'all') return all;
  const kinds = new Map<string, number>();
  for (const [nth, call] of calls.entries()) if (!kinds.has(kindOf(call))) kinds.set(kindOf(call), nth);
  const perCall = WAYS.length * ENDINGS.length;
  // A name that is not changed once leaves a folder between two states: nothing is harder to get over.
  return [...kinds.values()].map(
    (nth, index) => all[nth * perCall + (calls[nth]!.operation === 'rename' ? 0 : index % perCall)]!,
  );
}

async function expectEach(
  failures: readonly Failure[],
  tried: (failure: Failure) => Promise<void>,
): Promise<void> {
  for (const failure of failures) {
    const { calls, nth, way, ending } = failure;
    try {
      await tried(failure);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`call ${nth}, ${kindOf(calls[nth]!)}: ${way.name}, then ${ending.name}: ${message}`, {
        cause,
      });
    }
  }
  process.stdout.write(
    `fault disk: ${failures.length} failures of ${failures[0]?.calls.length ?? 0} calls\n`,
  );
}

describe('a log dir whose disk fails at any call', () => {
  test('goes offline alone and keeps what was promised, whatever was being done', async () => {
    await expectEach(failuresOf(await callsOfStory()), failInStory);
  }, 3_600_000);

  test('of a start goes offline alone, and the next start finds what was promised', async () => {
    await expectEach(failuresOf(await callsOfLoad()), failInLoad);
  }, 3_600_000);
});
