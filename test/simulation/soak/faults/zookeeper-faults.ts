/** ZooKeeper: sessions that end, brokers that do not reach it, servers that die, lag or lose their leader. */
import { hostOf } from '../../cluster.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Stage } from './stage.ts';

/** Less than what a server may be behind before it gives its leader up. */
const LAG_MS_MAX = 3000;

/** Servers are counted from 1. */
function numberOf(stage: Stage, draw: number): number {
  return 1 + Math.floor(draw * stage.zooKeeperHosts.length);
}

function rotated<T>(values: readonly T[], by: number): T[] {
  return [...values.slice(by), ...values.slice(0, by)];
}

/** Gives what starts those again that nobody else has started. */
function downServers(stage: Stage, numbers: readonly number[]): () => Promise<void> {
  const { cluster, zooKeeperHosts } = stage;
  const hosts = numbers.map((number) => zooKeeperHosts[number - 1]!);
  for (const host of hosts) cluster.world.kill(host);
  return async () => {
    for (const [index, number] of numbers.entries())
      if (!cluster.world.isUp(hosts[index]!)) await cluster.zooKeeper.startServer(number);
  };
}

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
  'kill-zookeeper': {
    about: 'one server of ZooKeeper is killed, the leader or another; the others go on',
    begin: (stage, [draw = 0]) => downServers(stage, [numberOf(stage, draw)]),
  },
  'no-quorum': {
    about: 'two of three servers of ZooKeeper are killed: nothing is decided until they are back',
    begin: (stage, [draw = 0]) => {
      const first = numberOf(stage, draw);
      return downServers(stage, [first, (first % stage.zooKeeperHosts.length) + 1]);
    },
  },
  'zookeeper-elects': {
    about: 'the leader of ZooKeeper is lost to its followers, who elect another',
    begin: (stage) => {
      stage.cluster.zooKeeper.loseLeader();
      return () => undefined;
    },
  },
  'zookeeper-lags': {
    about: 'one server of ZooKeeper follows its leader seconds behind: who reads there reads what was',
    begin: (stage, [draw = 0, lag = 0]) => {
      const { zooKeeper } = stage.cluster;
      const server = numberOf(stage, draw);
      zooKeeper.lag(server, Math.round(lag * LAG_MS_MAX));
      return () => zooKeeper.lag(server, 0);
    },
  },
  'cut-zookeeper-server': {
    about: 'one server of ZooKeeper is cut off from the others, not from brokers',
    begin: (stage, [draw = 0]) => {
      const { network } = stage.cluster.world;
      const [host, ...others] = rotated(stage.zooKeeperHosts, numberOf(stage, draw) - 1);
      for (const other of others) network.cut(host!, other);
      return () => {
        for (const other of others) network.mend(host!, other);
      };
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
