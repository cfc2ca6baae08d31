import { describe, expect, test } from '@jest/globals';
import { Deferred } from '../../../../src/common/index.ts';
import { DiskThreads } from '../../../../src/runtime/node/disk-threads.ts';
import { InlineWrites } from '../../../../src/runtime/node/inline-writes.ts';

interface Calls {
  readonly begun: string[];
  /** Starts a call that hangs until it is answered. */
  readonly call: (path: string) => { readonly answer: Deferred<string>; readonly outcome: Promise<string> };
}

function callsOn(threads: DiskThreads): Calls {
  const begun: string[] = [];
  return {
    begun,
    call: (path) => {
      const answer = new Deferred<string>();
      const outcome = threads.laneOf(path).run(() => {
        begun.push(path);
        return answer.promise;
      });
      return { answer, outcome };
    },
  };
}

function withDirs(threads: number, ...dirs: string[]): DiskThreads {
  const diskThreads = new DiskThreads(threads);
  for (const dir of dirs) diskThreads.addDir(dir);
  return diskThreads;
}

test('small writes may be made without a thread to the only log dir there is, and to nothing else', () => {
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  const threads = new DiskThreads(4);
  const isAllowed = (path: string): boolean => threads.laneOf(path).inlineWrites?.isAllowed(1) === true;
  threads.addDir('/one', new InlineWrites(clock, { isStuck: false }));
  expect([isAllowed('/one/log'), isAllowed('/etc/hosts')]).toEqual([true, false]);
  threads.addDir('/two', new InlineWrites(clock, { isStuck: false }));
  expect([isAllowed('/one/log'), isAllowed('/two/log')]).toEqual([false, false]);
  threads.removeDir('/one');
  expect(isAllowed('/two/log')).toBe(true);
});

describe('a log dir that hangs', () => {
  test('keeps two of four threads busy, whatever is asked of it; the other dir and the rest go on', () => {
    const { begun, call } = callsOn(withDirs(4, '/one', '/two'));
    for (let index = 0; index < 10; index++) void call(`/one/log-${index}`);
    for (const path of ['/two/log', '/one-more/log', '/etc/hosts']) void call(path);
    expect(begun).toEqual(['/one/log-0', '/one/log-1', '/two/log', '/one-more/log', '/etc/hosts']);
  });

  test('and is the only one leaves one; with more threads there are more for each', () => {
    for (const [threads, dirs, each] of [
      [4, ['/one'], 3],
      [16, ['/one', '/two', '/three'], 5],
      [4, ['/one', '/two', '/three', '/four'], 2],
    ] as const) {
      const { begun, call } = callsOn(withDirs(threads, ...dirs));
      for (let index = 0; index < 20; index++) void call('/one/log');
      expect(begun).toHaveLength(each);
    }
  });

  test('does what waited in the order it was asked for, also after failures', async () => {
    const { begun, call } = callsOn(withDirs(4, '/one', '/two'));
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => call(`/one/${name}`));
    calls[1]!.answer.reject(new Error('EIO'));
    await expect(calls[1]!.outcome).rejects.toThrow('EIO');
    calls[0]!.answer.resolve('done');
    expect(await calls[0]!.outcome).toBe('done');
    expect(begun).toEqual(['/one/a', '/one/b', '/one/c', '/one/d']);
    for (const { answer } of calls.slice(2)) answer.resolve('done');
    expect(await Promise.all(calls.slice(2).map(({ outcome }) => outcome))).toEqual(['done', 'done', 'done']);
    expect(begun).toHaveLength(5);
  });

  test('that was let go of counts no longer', () => {
    const threads = withDirs(4, '/one', '/two');
    threads.removeDir('/two');
    const { begun, call } = callsOn(threads);
    for (let index = 0; index < 10; index++) void call('/one/log');
    expect(begun).toHaveLength(3);
  });
});
