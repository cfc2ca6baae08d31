/** A record on its way from its leader's log to every replica, and what is acknowledged when. */
import { stage, TOPIC, type Scene } from './stage.ts';

export async function aRecordsLife(): Promise<Scene[]> {
  const { cluster, client, scene } = await stage([[1, 2, 0]], { 'min.insync.replicas': '2' });
  const { world } = cluster;
  await world.settle(client.produce(TOPIC, 'two'));
  const written = scene('a record with acks=all is sent to broker 1, the leader, and acknowledged');
  await world.run(600);
  const known = scene('the followers hear of the high watermark with what they ask for next');
  await world.settle(client.poll(TOPIC, 1));
  return [written, known, scene('a consumer asks for it')];
}
