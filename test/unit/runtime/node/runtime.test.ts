import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createNodeRuntime, EventLoopWatch } from '../../../../src/runtime/node/index.ts';
import { errorCodeOf, errorMessageOf } from '../../../../src/runtime/index.ts';

const { clock, timers, random, workers } = createNodeRuntime();

describe('time', () => {
  test('timers run in the order they are due, the end of a turn before any of them', async () => {
    const order: string[] = [];
    // Far enough away for a turn to end before, on a machine that has other things to do.
    timers.after(500, () => order.push('timer'));
    timers.after(400, () => order.push('cancelled')).cancel();
    timers.endOfTurn(() => order.push('end of turn'));
    await timers.sleep(500);
    expect(order).toEqual(['end of turn', 'timer']);
  });

  test('what came from the network while the loop stood still goes before the timers that are due', async () => {
    const order: string[] = [];
    const server = createServer((socket) => socket.on('data', () => order.push('sign of life')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await Promise.all([accepted, once(client, 'connect')]);
    timers.after(50, () => order.push('session is over'));
    timers.after(290, () => order.push('later'));
    timers.after(60, () => order.push('cancelled')).cancel();
    client.write('x');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    await timers.sleep(20);
    expect(order).toEqual(['sign of life', 'session is over', 'later']);
    client.destroy();
    server.close();
  });

  test('a delay longer than Node can count does not fire at once', async () => {
    let fired = false;
    const timer = timers.after(2 ** 40, () => (fired = true));
    await timers.sleep(20);
    expect(fired).toBe(false);
    timer.cancel();
  });

  test('wall time is whole milliseconds, monotonic time never goes back', () => {
    expect(Number.isInteger(clock.wallMs())).toBe(true);
    let before = clock.monotonicMs();
    for (let count = 0; count < 1000; count++) {
      const now = clock.monotonicMs();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });
});

test('random numbers keep below their limit, uuids have the form of Java', () => {
  for (let count = 0; count < 100; count++) expect(random.below(3)).toBeLessThan(3);
  expect(random.bytes(16)).toHaveLength(16);
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe('workers, run from the sources', () => {
  test('run a task of a room by its name', async () => {
    expect(await workers.run('common/java-hash#javaHashCode', 'orders')).toBe(-1008770331);
  });

  test('reject with what the task threw, and for a task that does not exist', async () => {
    await expect(workers.run('common/assert#unreachable', 'x')).rejects.toThrow('unreachable');
    await expect(workers.run('common/java-hash#none', 'x')).rejects.toThrow('exports no task "none"');
  });
});

describe('the event loop watch', () => {
  function work(cpuMs: number): void {
    const start = process.cpuUsage();
    for (;;) {
      const { user, system } = process.cpuUsage(start);
      if (user + system > cpuMs * 1000) return;
    }
  }

  test('sees a slice of work that held the loop, and tells of it', async () => {
    const told: number[] = [];
    const watch = await EventLoopWatch.start((cpuMs) => told.push(cpuMs));
    watch.reset();
    await timers.sleep(30);
    told.length = 0;
    work(120);
    await timers.sleep(30);
    expect(watch.longestSliceMs).toBeGreaterThan(60);
    expect(watch.delayMs(0.99)).toBeGreaterThan(40);
    expect(Math.max(...told)).toBe(watch.longestSliceMs);
    watch.reset();
    expect(watch.longestSliceMs).toBe(0);
    watch.stop();
  });

  test('takes work with turns in between for what it is, and does not count the waiting', async () => {
    const watch = await EventLoopWatch.start();
    watch.reset();
    for (let turn = 0; turn < 20; turn++) {
      work(5);
      await timers.sleep(10);
    }
    expect(watch.longestSliceMs).toBeGreaterThan(2);
    expect(watch.longestSliceMs).toBeLessThan(60);
    watch.stop();
  });

  test('tells how idle the loop was', async () => {
    const watch = await EventLoopWatch.start();
    await timers.sleep(100);
    const idle = watch.idleShare();
    work(300);
    await timers.sleep(1);
    expect(idle).toBeGreaterThan(0);
    expect(watch.idleShare()).toBeLessThan(idle);
    watch.stop();
  });

  test('leaves the loop free to wait', async () => {
    const watch = await EventLoopWatch.start();
    const turnsBefore = performance.nodeTiming.uvMetricsInfo.loopCount;
    await timers.sleep(200);
    // Some for the timers; a loop that is kept awake takes tens of thousands.
    expect(performance.nodeTiming.uvMetricsInfo.loopCount - turnsBefore).toBeLessThan(500);
    watch.stop();
  });
});

test('errors are read by their code and message, whatever was thrown', () => {
  expect(errorCodeOf(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('EIO');
  expect(errorCodeOf('EIO')).toBeUndefined();
  expect(errorCodeOf(null)).toBeUndefined();
  expect([errorMessageOf(new Error('x')), errorMessageOf('y'), errorMessageOf(undefined)]).toEqual([
    'x',
    'y',
    'undefined',
  ]);
});
