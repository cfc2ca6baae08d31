import { describe, expect, test } from '@jest/globals';
import { InlineWrites } from '../../../../src/runtime/node/inline-writes.ts';

class TestClock {
  nowMs = 1000;
  wallMs(): number {
    return this.nowMs;
  }
  monotonicMs(): number {
    return this.nowMs;
  }
}

function setUp() {
  const clock = new TestClock();
  const device = { isStuck: false };
  const writes = new InlineWrites(clock, device);
  const write = (tookMs: number): void => writes.run(() => void (clock.nowMs += tookMs));
  return { clock, device, writes, write };
}

describe('a write is made on the event loop', () => {
  test('when it is small and the disk keeps up', () => {
    const { writes, write } = setUp();
    write(19);
    expect([writes.isAllowed(16_384), writes.isAllowed(1_000_000)]).toEqual([true, false]);
  });

  test('not for ten seconds after one that took long, and for twice as long when the next one does too', () => {
    const { clock, writes, write } = setUp();
    write(20);
    expect(writes.isAllowed(1)).toBe(false);
    clock.nowMs += 10_000;
    expect(writes.isAllowed(1)).toBe(true);
    write(500);
    clock.nowMs += 19_999;
    expect(writes.isAllowed(1)).toBe(false);
    clock.nowMs += 1;
    expect(writes.isAllowed(1)).toBe(true);
  });

  test('again with the first patience once the disk has kept up for a while; never is it given up for good', () => {
    const { clock, writes, write } = setUp();
    for (let time = 0; time < 10; time += 1) {
      write(30);
      clock.nowMs += 300_000;
      expect(writes.isAllowed(1)).toBe(true);
    }
    clock.nowMs += 300_000;
    write(30);
    clock.nowMs += 10_000;
    expect(writes.isAllowed(1)).toBe(true);
  });

  test('not while the device hangs', () => {
    const { device, writes } = setUp();
    device.isStuck = true;
    expect(writes.isAllowed(1)).toBe(false);
    device.isStuck = false;
    expect(writes.isAllowed(1)).toBe(true);
  });

  test('a write that fails slowly counts as well', () => {
    const { clock, writes } = setUp();
    const fail = (): void =>
      writes.run(() => {
        clock.nowMs += 50;
        throw new Error('i/o error');
      });
    expect(fail).toThrow('i/o error');
    expect(writes.isAllowed(1)).toBe(false);
  });
});
