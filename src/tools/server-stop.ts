/**
 * kafka-server-stop and zookeeper-server-stop: sends SIGTERM to all brokers (ZooKeepers) of this user on this machine,
 * found by their command lines, as the original's scripts do.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Tool } from './cli/index.ts';

interface Stopped {
  readonly name: string;
  readonly launcher: string;
  readonly what: string;
  /** What the command line of such a process contains. */
  readonly pattern: RegExp;
}

const BROKER: Stopped = {
  name: 'server-stop',
  launcher: 'kafka-server-stop',
  what: 'kafka server',
  pattern: /klassik(\.js)? --as kafka-server-start|klassik(\.js)? server-start/,
};

const ZOOKEEPER: Stopped = {
  name: 'zookeeper-server-stop',
  launcher: 'zookeeper-server-stop',
  what: 'zookeeper server',
  pattern:
    /klassik(\.js)? --as zookeeper-server-start|org\.apache\.zookeeper\.server\.quorum\.QuorumPeerMain/,
};

export const serverStopTool = stopTool(BROKER);
export const zookeeperServerStopTool = stopTool(ZOOKEEPER);

function stopTool({ name, launcher, what, pattern }: Stopped): Tool {
  return {
    name,
    launcher,
    summary: `Stops every ${what} of this user in good order.`,
    options: [],
    run(_, io) {
      const signal = `SIG${process.env['SIGNAL'] ?? 'TERM'}` as NodeJS.Signals;
      const pids = processes().filter(({ command }) => pattern.test(command));
      if (pids.length === 0) {
        io.out(`No ${what} to stop\n`);
        return Promise.resolve(1);
      }
      for (const { pid } of pids) process.kill(pid, signal);
      return Promise.resolve(0);
    },
  };
}

interface OtherProcess {
  readonly pid: number;
  readonly command: string;
}

/** The other processes of this user with their command lines. */
function processes(): OtherProcess[] {
  return (processesFromProc() ?? processesFromPs()).filter(({ pid }) => pid !== process.pid);
}

/** Slim containers have /proc but no `ps`. */
function processesFromProc(): OtherProcess[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (statSync(`/proc/${name}`).uid !== process.getuid?.()) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), command }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

function processesFromPs(): OtherProcess[] {
  const user = String(process.getuid?.() ?? '');
  const listed = spawnSync('ps', ['-ww', '-o', 'pid=,args=', '-u', user], { encoding: 'utf8' });
  if (listed.error !== undefined) throw new Error(`cannot list processes: ${listed.error.message}`);
  return listed.stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) => (match === null ? [] : [{ pid: Number(match[1]), command: match[2] ?? '' }]));
}
