/** A sync of a folder serves all who asked before it began, and nobody who asked after. */
import { describe, expect, test } from '@jest/globals';
import { Deferred } from '../../../src/common/index.ts';
import { FolderSyncs } from '../../../src/storage/folder-syncs.ts';

function syncsOver(): { readonly syncs: FolderSyncs; readonly under: Deferred<void>[] } {
  const under: Deferred<void>[] = [];
  const disk = {
    syncFolder: (): Promise<void> => {
      const sync = new Deferred<void>();
      under.push(sync);
      return sync.promise;
    },
  };
  return { syncs: new FolderSyncs(disk), under };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('syncs of one folder', () => {
  test('those that wait share the next one', async () => {
    const { syncs, under } = syncsOver();
    const told: string[] = [];
    const ask = (name: string): void => void syncs.sync('/data').then(() => told.push(name));
    ask('first');
    await settled();
    ask('second');
    ask('third');
    await settled();
    expect(under).toHaveLength(1);
    under[0]?.resolve();
    await settled();
    expect(told).toEqual(['first']);
    expect(under).toHaveLength(2);
    under[1]?.resolve();
    await settled();
    expect(told).toEqual(['first', 'second', 'third']);
    expect(under).toHaveLength(2);
  });

  test('a failure is told to those it concerns, and the next sync is tried', async () => {
    const { syncs, under } = syncsOver();
    const failed = expect(syncs.sync('/data')).rejects.toThrow('no disk');
    await settled();
    const next = syncs.sync('/data');
    under[0]?.reject(new Error('no disk'));
    await failed;
    await settled();
    under[1]?.resolve();
    await next;
  });

  test('folders do not wait for one another', async () => {
    const { syncs, under } = syncsOver();
    void syncs.sync('/one');
    void syncs.sync('/two');
    await settled();
    expect(under).toHaveLength(2);
  });
});
