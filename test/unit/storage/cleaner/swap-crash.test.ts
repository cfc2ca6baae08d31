/** The power fails at each step of a pass: afterwards the log is the old one or the new one, or partly either. */
import { describe, expect, test } from '@jest/globals';
import { prepareCompression } from '../../../../src/records/index.ts';
import type { Disk, Runtime } from '../../../../src/runtime/index.ts';
import { createWorld, type World } from '../../../simulation/world/index.ts';
import { append, type CleanedBroker, contents, intercepted, keyed, openCleaned } from './support.ts';

const CHANGES = new Set(['rename', 'removeFile', 'syncFolder', 'setModifiedMs', 'open']);
const padding = 'x'.repeat(100);

/** Calls `onChange` before each operation that may change the disk. */
function watched(disk: Disk, onChange: () => void): Disk {
  return intercepted(disk, (name, args) => {
    if (CHANGES.has(name) && (name !== 'open' || args[1] !== 'read')) onChange();
  });
}

async function openIn(world: World, onChange: () => void = () => undefined): Promise<CleanedBroker> {
  await prepareCompression();
  const runtime = world.runtimeFor('broker');
  const watching: Runtime = { ...runtime, disk: watched(runtime.disk, onChange) };
  return world.settle(openCleaned('/data', { runtime: watching, config: { segmentBytes: 600 } }));
}

async function write(world: World, { log, manager }: CleanedBroker): Promise<string[]> {
  const written: string[] = [];
  for (let round = 0; round < 12; round++) {
    const entry = round === 5 ? 'k2' : `k${round % 4}=${round}${padding}`;
    written.push(`${round}:${entry}`);
    await world.settle(append(log, keyed([entry])));
  }
  await world.settle(log.flush());
  await world.settle(manager.checkpointRecoveryPoints());
  for (const folder of ['/', '/data', '/data/orders-0'])
    await world.settle(world.runtimeFor('broker').disk.syncFolder(folder));
  return written;
}

/** Cleans once, with the power failing before the change numbered `at`; false when there are not that many. */
async function cleanAndFail(
  seed: string,
  at: number,
  keep: 'nothing' | 'some',
): Promise<{
  readonly failed: boolean;
  readonly written: readonly string[];
  readonly found: readonly string[];
}> {
  const world = createWorld(seed);
  let changes = -Infinity;
  let failed = false;
  const first = await openIn(world, () => {
    changes += 1;
    if (changes !== at) return;
    failed = true;
    world.crash('broker', { keep });
  });
  const written = await write(world, first);
  changes = 0;
  const state = { ended: false };
  const end = (): void => void (state.ended = true);
  first.cleaner.cleanDirtiest().then(end, end);
  await world.runUntil(() => state.ended || failed);
  if (state.ended) world.crash('broker', { keep });
  const second = await openIn(world);
  expect(second.log.logEndOffset).toBe(12);
  const found = await world.settle(contents(second.log));
  // What a half-done pass left is finished by the next one.
  await world.settle(second.cleaner.cleanDirtiest());
  expect((await world.settle(contents(second.log))).length).toBeLessThanOrEqual(found.length);
  return { failed, written, found };
}

describe('a power failure during a pass', () => {
  test.each(['nothing', 'some'] as const)(
    'loses no latest value, with %s of what was not synced kept',
    async (keep) => {
      let sawOld = false;
      let sawNew = false;
      let changes = 0;
      for (let at = 1; ; at++) {
        const { failed, written, found } = await cleanAndFail(`swap ${keep} ${at}`, at, keep);
        const where = `before change ${at}`;
        // A subset, in order, with nothing changed.
        expect([where, ...found]).toEqual([where, ...written.filter((entry) => found.includes(entry))]);
        for (const key of ['k0', 'k1', 'k2', 'k3'])
          expect([where, found]).toEqual([
            where,
            expect.arrayContaining([written.findLast((entry) => entry.includes(`:${key}`))]),
          ]);
        if (found.length === written.length) sawOld = true;
        else sawNew = true;
        if (!failed) break;
        changes = at;
      }
      expect(sawOld && sawNew).toBe(true);
      expect(changes).toBeGreaterThan(20);
    },
    60_000,
  );
});
