import { expect, test } from '@jest/globals';
import { Deferred } from '../../../src/common/index.ts';
import { LogHandover } from '../../../src/replication/log-handover.ts';

test('who comes during a handover goes on after it, in the order of coming and before anybody else', async () => {
  const handover = new LogHandover();
  const ending = new Deferred<void>();
  const told: string[] = [];
  const done = handover.tryBegin(async () => {
    await ending.promise;
    told.push('handed over');
  });
  handover.afterwards(() => told.push('first'));
  const second = handover.change(() => {
    told.push('second');
    return Promise.resolve(2);
  });
  const failing = handover.change(() => {
    throw new Error('refused');
  });
  expect(told).toEqual([]);
  ending.resolve();
  await done;
  expect(told).toEqual(['handed over', 'first', 'second']);
  expect(await second).toBe(2);
  await expect(failing).rejects.toThrow('refused');
  expect(handover.isUnderWay).toBe(false);
  handover.afterwards(() => told.push('at once'));
  expect(told.at(-1)).toBe('at once');
});

test('none begins while the log is being changed, or while another is under way', async () => {
  const handover = new LogHandover();
  const changing = new Deferred<void>();
  const changed = handover.change(() => changing.promise);
  expect(handover.tryBegin(() => Promise.resolve())).toBeUndefined();
  changing.resolve();
  await changed;
  const begun = handover.tryBegin(() => Promise.resolve('over'));
  expect(handover.tryBegin(() => Promise.resolve())).toBeUndefined();
  expect(await begun).toBe('over');
});

test('one that fails lets everybody go on', async () => {
  const handover = new LogHandover();
  const failed = handover.tryBegin(() => Promise.reject(new Error('the disk')));
  const waiting = handover.change(() => Promise.resolve('on'));
  await expect(failed).rejects.toThrow('the disk');
  expect(await waiting).toBe('on');
});
