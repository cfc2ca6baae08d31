import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TimingWheel } from '../../../src/purgatory/index.ts';
import { createWorld } from '../../simulation/world/index.ts';

interface Step {
  readonly waitMs: number;
  readonly delayMs: number;
  readonly cancelAfterMs: number | undefined;
}

const steps = fc.array(
  fc.record<Step>({
    waitMs: fc.integer({ min: 0, max: 5000 }),
    delayMs: fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.constant(3_600_000),
    ),
    cancelAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
  }),
  { maxLength: 20 },
);

test('timeouts fire once, never early, at most a tick late, and not at all when cancelled in time', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const world = createWorld('wheel');
      const runtime = world.runtimeFor('broker');
      const wheel = new TimingWheel(runtime);
      const expected: string[] = [];
      const fired: string[] = [];
      for (const [index, { waitMs, delayMs, cancelAfterMs }] of plan.entries()) {
        await world.run(waitMs);
        const dueMs = world.nowMs + delayMs;
        const timeout = wheel.add(delayMs, () => {
          expect(world.nowMs).toBeGreaterThanOrEqual(dueMs);
          expect(world.nowMs).toBeLessThanOrEqual(dueMs + 2);
          fired.push(`timeout ${index}`);
        });
        if (cancelAfterMs !== undefined) runtime.timers.after(cancelAfterMs, () => timeout.cancel());
        if (cancelAfterMs === undefined || cancelAfterMs > delayMs + 2) expected.push(`timeout ${index}`);
        else if (cancelAfterMs >= delayMs) expected.push(`timeout ${index}?`);
      }
      await world.run(4_000_000);
      const certain = expected.filter((name) => !name.endsWith('?'));
      const possible = new Set(expected.map((name) => name.replace('?', '')));
      expect(fired.filter((name) => certain.includes(name)).sort()).toEqual(certain.sort());
      expect(fired.filter((name) => !possible.has(name))).toEqual([]);
      expect(wheel.size).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a closed wheel calls nobody', async () => {
  const world = createWorld('closed');
  const wheel = new TimingWheel(world.runtimeFor('broker'));
  let called = false;
  wheel.add(10, () => (called = true));
  wheel.add(100_000, () => (called = true));
  wheel.close();
  await world.run(200_000);
  expect([called, wheel.size]).toEqual([false, 0]);
});
