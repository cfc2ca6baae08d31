/**
 * The controller is killed, and with it the leader of a third of all partitions. The clock runs from the end of its
 * session, as ZooKeeper wrote it down, which is when /controller goes, until the last of its partitions has a leader
 * that lives: in ZooKeeper, and as the two brokers that are left tell their clients.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { totalStats } from '../process-stats.ts';
import { NO_SLOWER, type Step } from './step.ts';
import { untilTold } from './told-leaders.ts';
import { BROKERS } from './working-cluster.ts';
import { endOfSession, stateWrites } from './zookeeper-record.ts';

/** What follows the elections, so that no packet of them is missed. */
const SETTLE_MS = 1000;

export const controllerFailover: Step = {
  title: ({ partitions }) =>
    `the controller of ${partitions.toLocaleString('en')} partitions with three replicas, leader of a third of them, is killed`,
  run: async (cluster) => {
    const dead = await cluster.controllerId();
    const survivors = BROKERS.filter((id) => id !== dead).map((id) => cluster.broker(id).pid);
    const session = await cluster.sessionOf(dead);
    const mark = await cluster.record.mark();
    const before = await totalStats(survivors);
    await cluster.broker(dead).end('SIGKILL');
    const toldAtMs = await untilTold(cluster.addresses([dead]), {
      topics: cluster.topics,
      perTopic: cluster.perTopic,
      isRight: ({ leaderId }) => leaderId >= 0 && leaderId !== dead,
    });
    await sleep(SETTLE_MS);
    const after = await totalStats(survivors);
    const packets = await cluster.record.packetsSince(mark);
    const transactions = await cluster.record.since(mark);
    const expiredAtMs = endOfSession(transactions, session);
    const elected = new Map(
      stateWrites(transactions, cluster.chroot)
        .filter(({ topic, partition }) => cluster.firstReplica(topic, partition) === dead)
        .filter(({ leader }) => leader >= 0 && leader !== dead)
        .map((write) => [`${write.topic}-${write.partition}`, write.timeMs]),
    );
    if (elected.size !== cluster.partitions / 3) throw new Error(`only ${elected.size} leaders were elected`);
    await cluster.restart(dead);
    await cluster.whole();
    return [
      {
        name: 'until each has a leader in ZooKeeper',
        unit: 'ms',
        target: NO_SLOWER,
        value: Math.max(...elected.values()) - expiredAtMs,
      },
      {
        name: 'until the brokers tell clients of them',
        unit: 'ms',
        target: NO_SLOWER,
        value: toldAtMs - expiredAtMs,
      },
      {
        name: 'packets to ZooKeeper per elected leader',
        unit: 'each',
        target: NO_SLOWER,
        value: packets / elected.size,
      },
      {
        name: 'CPU of the two brokers that are left',
        unit: 's',
        value: after.cpuSeconds - before.cpuSeconds,
      },
    ];
  },
};
