import { describe, expect, test } from '@jest/globals';
import { CallQueue } from '../../../src/zookeeper/engine/call-queue.ts';
import { Fifo } from '../../../src/zookeeper/engine/fifo.ts';
import { FrameReader, FrameTooLargeError } from '../../../src/zookeeper/engine/frame-reader.ts';
import { handshakeFrame, replies, requestFrame, requests } from '../../../src/zookeeper/engine/records.ts';
import { WatchTable } from '../../../src/zookeeper/engine/watch-table.ts';
import { OPEN_ACL, zkErrorName } from '../../../src/zookeeper/index.ts';
import type { Call } from '../../../src/zookeeper/engine/call-queue.ts';
import type { Reply } from '../../../src/zookeeper/engine/records.ts';
import type { ZkError } from '../../../src/zookeeper/index.ts';

describe('frames', () => {
  const frame = (text: string): Buffer => {
    const body = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    return Buffer.concat([length, body]);
  };

  test('come out whole however the bytes were cut', () => {
    const bytes = Buffer.concat([frame('one'), frame(''), frame('three')]);
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new FrameReader(100);
      const out: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        for (const one of reader.push(bytes.subarray(at, at + size))) out.push(one.toString());
      expect(out).toEqual(['one', '', 'three']);
    }
  });

  test('of impossible length are refused', () => {
    expect(() => [...new FrameReader(3).push(frame('four'))]).toThrow(FrameTooLargeError);
    expect(() => [...new FrameReader(3).push(Buffer.from('ffffffff', 'hex'))]).toThrow(FrameTooLargeError);
  });
});

describe('requests on the wire', () => {
  test('carry the expected version as given: 0 is 0, only "any" is -1', () => {
    const versionOf = (bytes: Buffer): number => bytes.readInt32BE(bytes.length - 4);
    expect(versionOf(requestFrame(1, requests.delete('/a', 0)))).toBe(0);
    expect(versionOf(requestFrame(1, requests.delete('/a', 'any')))).toBe(-1);
    const multi = requestFrame(7, requests.multi([{ op: 'check', path: '/a', version: 0 }], OPEN_ACL));
    // length, xid 7, multi (14), header (check 13, not done, -1), "/a", version 0, closing header
    expect(multi.toString('hex')).toBe(
      '00000024' +
        '00000007' +
        '0000000e' +
        '0000000d00ffffffff' +
        '000000022f61' +
        '00000000' +
        'ffffffff01ffffffff',
    );
  });

  test('tell null data from empty data', () => {
    const data = (value: Buffer | null): string =>
      requestFrame(1, requests.setData('/a', value, 0))
        .subarray(18, 22)
        .toString('hex');
    expect([data(null), data(Buffer.alloc(0)), data(Buffer.alloc(3))]).toEqual([
      'ffffffff',
      '00000000',
      '00000003',
    ]);
  });

  test('begin with a handshake that says whether read-only servers will do', () => {
    const bytes = handshakeFrame({
      lastZxid: 5n,
      sessionTimeoutMs: 6000,
      sessionId: 7n,
      password: Buffer.alloc(16),
    });
    expect(bytes.length).toBe(4 + 4 + 8 + 4 + 8 + 4 + 16 + 1);
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
    expect([bytes.readBigInt64BE(8), bytes.readInt32BE(16), bytes.readBigInt64BE(20)]).toEqual([
      5n,
      6000,
      7n,
    ]);
  });

  test('that fail as a whole name the step at fault', () => {
    const error = (code: number): string => {
      const value = Buffer.alloc(4);
      value.writeInt32BE(code);
      return `ffffffff00${value.toString('hex')}${value.toString('hex')}`;
    };
    const done = 'ffffffff01ffffffff';
    const body = Buffer.from(error(0) + error(-101) + error(-2) + done, 'hex');
    expect(replies.multi(body)).toEqual({
      ok: false,
      failedIndex: 1,
      error: 'NoNode',
      errors: ['ok', 'NoNode', 'RuntimeInconsistency'],
    });
    expect(() => replies.stat(Buffer.alloc(10))).toThrow();
    expect([zkErrorName(-103), zkErrorName(-9999)]).toEqual(['BadVersion', 'Unknown']);
  });
});

describe('the table of watches', () => {
  test('fires each watch once, for the events that concern it', () => {
    const table = new WatchTable();
    const watcher = (): void => undefined;
    table.add('data', '/a', watcher);
    table.add('data', '/a', watcher);
    table.add('child', '/a', watcher);
    expect(table.take(3, '/a')).toEqual({ event: { kind: 'data-changed', path: '/a' }, watchers: [watcher] });
    expect(table.take(3, '/a')?.watchers).toEqual([]);
    expect(table.take(2, '/a')?.watchers).toEqual([watcher]);
    expect(table.take(99, '/a')).toBeNull();
  });

  test('goes out in pieces that fit a server’s buffer, chroot and all', () => {
    const table = new WatchTable();
    const path = (index: number): string => `/${'x'.repeat(100)}${index}`;
    for (let index = 0; index < 5000; index++) table.add('exist', path(index), () => undefined);
    table.add('child', '/', () => undefined);
    const pieces = [...table.pieces('/kafka')];
    const bytes = pieces.map(({ data, exist, child }) =>
      [...data, ...exist, ...child].reduce((sum, one) => sum + one.length + 4, 0),
    );
    expect(Math.max(...bytes)).toBeLessThan(129 * 1024);
    expect(pieces.flatMap(({ exist }) => exist)).toHaveLength(5000);
    expect(pieces.flatMap(({ child }) => child)).toEqual(['/kafka']);
    expect(table.takeAll()).toHaveLength(5001);
    expect([...table.pieces('')]).toEqual([]);
  });
});

describe('the queue of calls', () => {
  function makeQueue(maxInFlight: number) {
    let nowMs = 0;
    let due: (() => void) | undefined;
    const failed: string[] = [];
    let overdue = 0;
    const queue = new CallQueue({
      clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
      timers: {
        after: (_delayMs, callback) => {
          due = callback;
          return { cancel: () => (due = undefined) };
        },
        endOfTurn: (callback) => callback(),
        sleep: () => Promise.resolve(),
      },
      maxInFlight,
      onOverdueInFlight: () => (overdue += 1),
    });
    const add = (path: string, deadlineMs = 100): void => {
      const call: Call = {
        operation: 'exists',
        path,
        request: requests.exists(path, false),
        deadlineMs,
        settle: () => undefined,
        fail: (error: ZkError) => failed.push(`${path} ${error.code}`),
      };
      queue.add(call);
    };
    const passTime = (toMs: number): void => {
      nowMs = toMs;
      const callback = due;
      due = undefined;
      callback?.();
    };
    return { queue, add, passTime, failed, overdueCount: () => overdue };
  }
  const reply = (xid: number): Reply => ({ xid, zxid: 1n, error: 0, body: Buffer.alloc(0) });

  test('sends no more at once than its window, and takes answers in order only', () => {
    const { queue, add } = makeQueue(2);
    for (const path of ['/1', '/2', '/3']) add(path);
    let xid = 0;
    const send = (): number => (xid += 1);
    queue.sendWaiting(send);
    expect(xid).toBe(2);
    expect(queue.answered(reply(2))).toBeUndefined();
    expect(queue.answered(reply(1))?.path).toBe('/1');
    queue.sendWaiting(send);
    expect([xid, queue.inFlight]).toEqual([3, 2]);
  });

  test('fails on a lost connection what was on the wire, and keeps the rest', () => {
    const { queue, add, failed } = makeQueue(1);
    add('/1');
    add('/2');
    queue.sendWaiting(() => 1);
    queue.failInFlight('ConnectionLoss', '');
    expect(failed).toEqual(['/1 ConnectionLoss']);
    queue.failAll('SessionExpired', '');
    expect(failed).toEqual(['/1 ConnectionLoss', '/2 SessionExpired']);
  });

  test('ends every call at its deadline, and reports one that hangs on the wire', () => {
    const { queue, add, passTime, failed, overdueCount } = makeQueue(1);
    add('/1', 100);
    add('/2', 100);
    add('/3', 200);
    queue.sendWaiting(() => 1);
    passTime(100);
    expect([overdueCount(), failed]).toEqual([1, ['/2 ConnectionLoss']]);
    queue.failInFlight('ConnectionLoss', '');
    passTime(200);
    expect(failed).toEqual(['/2 ConnectionLoss', '/1 ConnectionLoss', '/3 ConnectionLoss']);
  });
});

test('a queue gives back what was put in, in order, however long it was', () => {
  const fifo = new Fifo<number>();
  for (let index = 0; index < 5000; index++) fifo.push(index);
  const taken = Array.from({ length: 4000 }, () => fifo.take());
  expect(taken).toEqual(Array.from({ length: 4000 }, (_, index) => index));
  expect([fifo.length, fifo.peek(), fifo.takeAll().length, fifo.take()]).toEqual([
    1000,
    4000,
    1000,
    undefined,
  ]);
});
