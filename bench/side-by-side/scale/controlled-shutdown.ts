/**
 * A broker that is not the controller is told to stop. It has moved its leaders when the last of its partitions has
 * another leader in ZooKeeper, and has stopped when its process has ended.
 */
import { stateWrites } from './zookeeper-record.ts';
import { NO_SLOWER, type Step } from './step.ts';

export const controlledShutdown: Step = {
  title: ({ partitions }) =>
    `a broker that leads ${(partitions / 3).toLocaleString('en')} of ${partitions.toLocaleString('en')} partitions with three replicas stops`,
  run: async (cluster) => {
    const id = await cluster.followerOfController();
    const mark = await cluster.record.mark();
    const startedAtMs = Date.now();
    await cluster.broker(id).end('SIGTERM');
    const endedAtMs = Date.now();
    const writes = stateWrites(await cluster.record.since(mark), cluster.chroot);
    const packets = await cluster.record.packetsSince(mark);
    const moved = new Map(
      writes
        .filter(
          ({ leader, topic, partition }) => leader !== id && cluster.firstReplica(topic, partition) === id,
        )
        .map((write) => [`${write.topic}-${write.partition}`, write.timeMs]),
    );
    if (moved.size !== cluster.partitions / 3) throw new Error(`only ${moved.size} leaders were moved`);
    await cluster.restart(id);
    await cluster.whole();
    return [
      {
        name: 'from SIGTERM until all its leaders are moved',
        unit: 'ms',
        target: NO_SLOWER,
        value: Math.max(...moved.values()) - startedAtMs,
      },
      { name: 'until its process ends', unit: 'ms', target: NO_SLOWER, value: endedAtMs - startedAtMs },
      { name: 'packets to ZooKeeper per moved leader', unit: 'each', value: packets / moved.size },
    ];
  },
};
