import { describe, expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { deviceNumbers, DeviceProgress } from '../../../../src/runtime/node/device-progress.ts';

/** As Linux writes them: completed reads first, completed writes fifth, under way ninth, completed flushes sixteenth. */
function numbers(of: { reads?: number; writes?: number; flushes?: number; underWay: number }): string {
  const { reads = 7, writes = 9, flushes = 3, underWay } = of;
  return `  ${reads} 0 80 12 ${writes} 0 90 10 ${underWay} 33 44 0 0 0 0 ${flushes} 5\n`;
}

function setUp(first: string | undefined) {
  const world = { nowMs: 1000, numbers: first, looks: 0 };
  const clock = { wallMs: () => world.nowMs, monotonicMs: () => world.nowMs };
  const device = new DeviceProgress(clock, () => {
    world.looks += 1;
    return world.numbers;
  });
  const later = (next: string): boolean => {
    world.nowMs += 20;
    world.numbers = next;
    return device.isStuck;
  };
  return { world, device, later };
}

describe('a device', () => {
  test('that has nothing to do is not stuck, however long', () => {
    const { device, later } = setUp(numbers({ underWay: 0 }));
    expect(device.isStuck).toBe(false);
    expect(later(numbers({ underWay: 0 }))).toBe(false);
  });

  test('that has something under way is stuck as long as it completes nothing', () => {
    const { device, later } = setUp(numbers({ underWay: 2 }));
    expect(device.isStuck).toBe(false);
    expect(later(numbers({ underWay: 2 }))).toBe(true);
    expect(later(numbers({ underWay: 5 }))).toBe(true);
    const completed = { reads: 7, writes: 9, flushes: 3 };
    for (const kind of ['reads', 'writes', 'flushes'] as const) {
      completed[kind] += 1;
      expect(later(numbers({ ...completed, underWay: 5 }))).toBe(false);
    }
    expect(later(numbers({ ...completed, underWay: 5 }))).toBe(true);
  });

  test('is looked at fifty times a second at most', () => {
    const { world, device } = setUp(numbers({ underWay: 2 }));
    for (let time = 0; time < 10; time += 1) expect(device.isStuck).toBe(false);
    world.nowMs += 19;
    expect([device.isStuck, world.looks]).toEqual([false, 1]);
    world.nowMs += 1;
    expect([device.isStuck, world.looks]).toEqual([true, 2]);
  });

  test('that nothing is known of counts as stuck', () => {
    const { device } = setUp(undefined);
    expect(device.isStuck).toBe(true);
  });

  test('of a file that lies on no device has no numbers', () => {
    if (process.platform !== 'linux') return;
    expect(deviceNumbers(statSync('/proc/self/stat').dev)()).toBeUndefined();
  });
});
