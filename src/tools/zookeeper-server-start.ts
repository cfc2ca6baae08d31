/**
 * zookeeper-server-start: a real ZooKeeper, from wherever this machine has or can get one (src/kit/zookeeper), with
 * the user's own configuration file. It runs in the foreground until stopped; with -daemon in a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { UsageError } from './cli/index.ts';
import type { Tool } from './cli/index.ts';
import { startDaemon } from './server-start.ts';

export const zookeeperServerStartTool: Tool = {
  name: 'zookeeper-server-start',
  launcher: 'zookeeper-server-start',
  summary: 'Starts a ZooKeeper.',
  positional: '[-daemon] zookeeper.properties',
  options: [{ name: 'daemon', doc: 'Run in a process of its own, with output to logs/zookeeper.out.' }],
  async run(options, io) {
    const [file] = options.positional;
    if (file === undefined) {
      io.out('USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties\n');
      return 1;
    }
    if (!existsSync(file))
      throw new UsageError(`Cannot read the properties file ${file}: there is none`, false);
    if (options.has('daemon')) return startDaemon('zookeeper-server-start', 'zookeeper.out', io);
    const { findZooKeeper } = await import('../kit/index.ts');
    const environment = { ...process.env, ZOOKEEPER_CONNECT: undefined };
    const source = await findZooKeeper({ environment, onProgress: (message) => io.err(`${message}\n`) });
    if (source.kind !== 'java') {
      io.err(`A ZooKeeper on this machine's Java is needed here, and only ${source.description} was found\n`);
      return 1;
    }
    const child = spawn(
      source.java,
      [
        '-Xmx512m',
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-cp',
        source.classpath,
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        file,
      ],
      { stdio: 'inherit' },
    );
    io.signal.addEventListener('abort', () => child.kill('SIGTERM'));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal === null ? (code ?? 1) : 0;
  },
};
