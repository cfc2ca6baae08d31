/** Kinds of faults as things that can be begun and ended, of clusters that are described and of those of `klassik up`. */
import { spawn } from 'node:child_process';
import type { Runtime } from '../../runtime/index.ts';
import type { Cluster } from '../../kit/index.ts';
import type { ClusterDescription, CommandPair } from './cluster-description.ts';
import { expireBrokerSession } from './expire-session.ts';

/** One kind of fault at one target. */
export interface PossibleFault {
  readonly kind: string;
  readonly target: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const COMMAND_TIMEOUT_MS = 120_000;

export function describedFaults(description: ClusterDescription, runtime: Runtime): PossibleFault[] {
  const { targets, zookeeperConnect } = description;
  return targets.flatMap(({ name, brokerId, commands }) => {
    const byCommand = [...commands].map(([kind, pair]) => commandFault(kind, name, pair));
    if (brokerId === undefined || zookeeperConnect === undefined) return byCommand;
    return [...byCommand, expiry(zookeeperConnect, brokerId, runtime)];
  });
}

/** Of a cluster that `klassik up --detach` has started. */
export function faultsOfCluster(cluster: Cluster, runtime: Runtime): PossibleFault[] {
  return cluster.brokerIds.flatMap((id) => {
    const target = `broker ${id}`;
    const start = async (): Promise<void> => {
      const isUp = (await cluster.status()).some((broker) => broker.id === id && broker.pid !== undefined);
      if (!isUp) await cluster.startBroker(id);
    };
    return [
      { kind: 'kill', target, begin: () => cluster.killBroker(id), end: start },
      { kind: 'restart', target, begin: () => cluster.stopBroker(id), end: start },
      {
        kind: 'pause',
        target,
        begin: () => signalBroker(cluster, id, 'SIGSTOP'),
        end: () => signalBroker(cluster, id, 'SIGCONT'),
      },
      expiry(cluster.zookeeperConnect, id, runtime),
    ];
  });
}

async function signalBroker(cluster: Cluster, id: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const pid = (await cluster.status()).find((broker) => broker.id === id)?.pid;
  if (pid === undefined) throw new Error(`broker ${id} is not running`);
  process.kill(pid, signal);
}

function expiry(connect: string, brokerId: number, runtime: Runtime): PossibleFault {
  return {
    kind: 'expire',
    target: `broker ${brokerId}`,
    begin: () => expireBrokerSession(connect, brokerId, runtime),
    // The broker mends it by itself.
    end: () => Promise.resolve(),
  };
}

function commandFault(kind: string, target: string, { begin, end }: CommandPair): PossibleFault {
  return { kind, target, begin: () => runCommand(begin), end: () => runCommand(end) };
}

/** Its output is not read: what it leaves running in the background keeps it open. */
function runCommand(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"${command}" ended with ${signal ?? `exit code ${code ?? '?'}`}`));
    });
  });
}
