/** Several at a time: how many, in which order, and what a failure ends. */
import { describe, expect, test } from '@jest/globals';
import { Deferred, severalAtATime } from '../../../src/common/index.ts';

class Acts {
  readonly begun: number[] = [];
  readonly #ends = new Map<number, Deferred<string>>();

  readonly act = (thing: number): Promise<string> => {
    this.begun.push(thing);
    const end = new Deferred<string>();
    this.#ends.set(thing, end);
    return end.promise;
  };

  async end(thing: number): Promise<void> {
    this.#ends.get(thing)?.resolve(`done ${thing}`);
    await settled();
  }

  async fail(thing: number): Promise<void> {
    this.#ends.get(thing)?.reject(new Error(`failed ${thing}`));
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('several at a time', () => {
  test('the next begins as soon as one has ended; results keep the order of the things', async () => {
    const acts = new Acts();
    const all = severalAtATime([1, 2, 3, 4], 2, acts.act);
    expect(acts.begun).toEqual([1, 2]);
    await acts.end(2);
    expect(acts.begun).toEqual([1, 2, 3]);
    await acts.end(3);
    expect(acts.begun).toEqual([1, 2, 3, 4]);
    await acts.end(4);
    await acts.end(1);
    expect(await all).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
  });

  test('things are drawn as their turn comes', async () => {
    let drawn = 0;
    function* things(): Iterable<number> {
      for (; drawn < 100; drawn++) yield drawn;
    }
    const acts = new Acts();
    void severalAtATime(things(), 3, acts.act);
    expect(acts.begun).toEqual([0, 1, 2]);
    await acts.end(0);
    expect(drawn).toBe(3);
  });

  test('nothing begins after a failure, which is the failure of all', async () => {
    const acts = new Acts();
    const all = severalAtATime([1, 2, 3], 1, acts.act);
    const failed = expect(all).rejects.toThrow('failed 1');
    await acts.fail(1);
    await failed;
    expect(acts.begun).toEqual([1]);
  });

  test('of nothing there is nothing', async () => {
    expect(await severalAtATime([], 5, () => Promise.resolve(1))).toEqual([]);
  });
});
