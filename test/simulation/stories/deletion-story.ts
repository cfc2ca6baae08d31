/** A topic is deleted while one of its replicas is down: it is gone when that one has come back. */
import { hostOf } from '../cluster.ts';
import { SESSION_TIMEOUT_MS, stage, TOPIC, type Scene } from './stage.ts';

export async function aTopicIsDeleted(): Promise<Scene[]> {
  const { cluster, client, scene } = await stage([[1, 2, 0]], { 'log.segment.delete.delay.ms': '1000' });
  const { world } = cluster;
  world.kill(hostOf(2));
  await world.run(2 * SESSION_TIMEOUT_MS);
  scene('');
  await world.settle(client.deleteTopic(TOPIC));
  await world.run(2000);
  const asked = scene('broker 2 is dead, and the topic is deleted: the others delete, the deletion waits');
  await world.settle(cluster.startBroker(2));
  await world.run(5000);
  return [asked, scene('broker 2 comes back, and deletes what it had')];
}
