/** ZooKeeper: sessions that end, brokers that do not reach it, servers that die, lag or lose their leader. */
import { hostOf } from '../../cluster.ts';
import type { FaultKind } from './fault-kind.ts';

export const ZOOKEEPER_FAULTS = {
  expire: {
    about: 'the session of a broker ends, though the broker lives',
    begin: (stage, [draw = 0, choice = 0]) => {
      const { zooKeeper } = stage.cluster;
      const owner = zooKeeper.tree.find(`/brokers/ids/${stage.victimOf(draw, choice)}`)?.ephemeralOwner;
      if (owner === undefined) return undefined;
      zooKeeper.expire(owner);
      return () => undefined;
    },
  },
  'lose-zookeeper': {
    about: 'a broker is cut off from every server of ZooKeeper, not from the other brokers',
    begin: (stage, [draw = 0, choice = 0]) => {
      const host = hostOf(stage.victimOf(draw, choice));
      const { network } = stage.cluster.world;
      for (const server of stage.zooKeeperHosts) network.cut(host, server);
      return () => {
        for (const server of stage.zooKeeperHosts) network.mend(host, server);
      };
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
