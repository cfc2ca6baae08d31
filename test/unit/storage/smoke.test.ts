import { describe, expect, test } from '@jest/globals';
import { batchesOf, decodeRecords } from '../../../src/records/index.ts';
import { batch, openBroker, readAll, withFolder } from './support.ts';

describe('a log', () => {
  test('gives back what was appended', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder);
      const log = await broker.log();
      const infos = await Promise.all(
        ['a', 'b', 'c'].map((value) => log.appendAsLeader(batch([value, value]), { leaderEpoch: 3 })),
      );
      expect(infos.map((info) => info.firstOffset)).toEqual([0, 2, 4]);
      const values = [...batchesOf(await readAll(log))].flatMap((b) =>
        decodeRecords(b).map((r) => `${r.offset}${r.value?.toString()}`),
      );
      expect(values).toEqual(['0a', '1a', '2b', '3b', '4c', '5c']);
      await broker.manager.shutdown();
      const again = await openBroker(folder);
      const same = again.manager.getLog('orders', 0)!;
      expect(same.logEndOffset).toBe(6);
      expect(same.latestEpoch).toBe(3);
      expect([...batchesOf(await readAll(same))].length).toBe(3);
      await again.manager.shutdown();
    });
  });
});
