/** Every append is told once, and by whom: the leader who gave the offsets, or a follower who copied them. */
import { expect, test } from '@jest/globals';
import type { RecordedFact } from '../../../src/observe/index.ts';
import { batch, openBroker, withFolder } from './support.ts';

test('a fact says whether records were appended as leader or as follower', async () => {
  await withFolder(async (folder) => {
    const broker = await openBroker(folder);
    const appends: unknown[] = [];
    broker.facts.subscribe((fact: RecordedFact) => {
      if (fact.kind === 'log-append') appends.push([fact.firstOffset, fact.leaderEpoch, fact.asLeader]);
    });
    const log = await broker.log();
    await log.appendAsLeader(batch(['a']), { leaderEpoch: 3 });
    await log.appendAsFollower(batch(['b'], { baseOffset: 1, partitionLeaderEpoch: 4 }));
    await log.appendAsLeader(batch(['c']), { leaderEpoch: 5 });
    await broker.manager.shutdown();
    expect(appends).toEqual([
      [0, 3, true],
      [1, 4, false],
      [2, 5, true],
    ]);
  });
});
