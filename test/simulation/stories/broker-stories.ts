/** What becomes of a cluster whose controller dies, or another of its brokers. */
import { hostOf } from '../cluster.ts';
import { IDS, SESSION_TIMEOUT_MS, stage, TOPIC, type Scene } from './stage.ts';

/** The controller is killed, another is elected, and it comes back as one of the others. */
export async function theCrownMoves(): Promise<Scene[]> {
  const { cluster, scene } = await stage([[0, 1, 2]]);
  const { world } = cluster;
  world.kill(hostOf(0));
  await world.run(2 * SESSION_TIMEOUT_MS);
  const dead = scene('broker 0, the controller, is killed; its session ends 6 s later');
  await world.settle(cluster.startBroker(0));
  await world.run(1000);
  return [dead, scene('it comes back')];
}

/** A leader is killed and comes back; later it leads again what it is the preferred leader of. */
export async function aBrokerDies(): Promise<Scene[]> {
  const { cluster, scene } = await stage([
    [1, 2, 0],
    [2, 0, 1],
  ]);
  const { world } = cluster;
  world.kill(hostOf(1));
  await world.run(2 * SESSION_TIMEOUT_MS);
  const dying = scene('broker 1, which leads orders-0, is killed; its session ends 6 s later');
  await world.settle(cluster.startBroker(1));
  await world.runUntil(() => cluster.partitionStates(TOPIC).every(({ isr }) => isr.length === IDS.length));
  const back = scene('it comes back and catches up');
  await world.runUntil(() => cluster.partitionStates(TOPIC)[0]?.leader === 1, 600_000);
  await world.run(100);
  return [dying, back, scene('the controller looks at the balance of leaders')];
}
