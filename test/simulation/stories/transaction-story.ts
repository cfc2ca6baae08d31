/** One transaction from its producer's first word to its last marker, and one whose coordinator dies half way. */
import { hostOf } from '../cluster.ts';
import { TransactionalClient } from '../transactions/transactional-client.ts';
import { SESSION_TIMEOUT_MS, stage, TOPIC, type Scene } from './stage.ts';

export async function aTransactionCommits(): Promise<Scene[]> {
  const { cluster, scene } = await stage(
    [
      [1, 2, 0],
      [2, 0, 1],
    ],
    { 'transaction.state.log.num.partitions': '1', 'offsets.topic.num.partitions': '1' },
  );
  const { world } = cluster;
  const first = { topic: TOPIC, partition: 0 };
  const second = { topic: TOPIC, partition: 1 };
  const producer = new TransactionalClient(cluster, 'producer', 'transfers');
  const play = async (title: string, act: () => Promise<void>, forMs = 1000): Promise<Scene> => {
    await world.settle(act());
    await world.run(forMs);
    return scene(title);
  };
  // Once before, so that everybody knows whom to ask.
  await play('', async () => {
    await producer.init();
    await producer.add([first, second]);
    await producer.send(first, ['before']);
    await producer.send(second, ['before']);
    await producer.commitOffset('readers', first, 1);
    await producer.end('commit');
  });
  const scenes = [
    await play('InitProducerId', () => producer.init()),
    await play('records to two partitions, and the offset of a group', async () => {
      await producer.add([first, second]);
      await producer.send(first, ['one']);
      await producer.send(second, ['two']);
      await producer.commitOffset('readers', first, 2);
    }),
    await play('EndTxn', () => producer.end('commit')),
  ];
  await world.settle(producer.add([first]));
  await world.settle(producer.send(first, ['three']));
  scene('');
  const coordinator = cluster.partitionStates('__transaction_state')[0]!.leader;
  const decided: string[] = [];
  cluster.brokers.get(coordinator)!.facts.subscribe((fact) => {
    if (fact.kind !== 'transaction-state' || fact.to !== 'PrepareCommit') return;
    decided.push(fact.to);
    world.runtimeFor('chaos').timers.after(0, () => world.kill(hostOf(coordinator)));
  });
  const title = 'EndTxn once more: the coordinator is killed as soon as the decision is in its log';
  scenes.push(await play(title, () => producer.end('commit'), 2 * SESSION_TIMEOUT_MS));
  if (decided.length !== 1) throw new Error('the coordinator did not decide once');
  return scenes;
}
