/** Worker threads run compiled modules: these tests need a build, which `npm test` makes first. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { compiledModule } from '../../../../src/runtime/node/compiled-module.ts';
import { WorkerPool } from '../../../../src/runtime/node/workers.ts';

const isBuilt = ['runtime/node/worker-entry', 'common/java-hash'].every((name) =>
  existsSync(compiledModule(name)),
);
const HASH = 'common/java-hash#javaHashCode';

(isBuilt ? describe : describe.skip)('the worker pool', () => {
  let pool = new WorkerPool(2);

  afterEach(async () => {
    await pool.close();
    pool = new WorkerPool(2);
  });

  test('runs more tasks than it has threads, and gives each its own answer', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
    const hashes = await Promise.all(texts.map((text) => pool.run(HASH, text)));
    expect(hashes).toEqual(texts.map((text) => text.charCodeAt(0)));
  });

  test('goes on after a task that failed or could not be sent', async () => {
    await expect(pool.run('common/java-hash#none', 'x')).rejects.toThrow('exports no task');
    await expect(pool.run(HASH, () => undefined)).rejects.toThrow('could not be cloned');
    expect(await pool.run(HASH, 'a')).toBe(97);
  });

  test('ends what waits when it is closed', async () => {
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => pool.run(HASH, 'a')));
    await pool.close();
    expect(await outcomes).toHaveLength(10);
    await expect(pool.run(HASH, 'a')).rejects.toThrow('closed');
  });
});
