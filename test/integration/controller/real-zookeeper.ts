/** A real ZooKeeper server of its own for one test file, on a port the system chose. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaLibraries } from '../../support/kafka-jars.ts';

export interface RealZooKeeper {
  readonly address: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

export async function startRealZooKeeper(): Promise<RealZooKeeper> {
  const libraries = kafkaLibraries();
  if (libraries === null) throw new Error("ZooKeeper's jars are neither here nor to be had");
  const folder = await mkdtemp(join(tmpdir(), 'klassik-zookeeper-'));
  const port = await freePort();
  const settings = [
    'tickTime=500',
    `dataDir=${folder}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    'maxClientCnxns=0',
  ];
  await writeFile(join(folder, 'zoo.cfg'), settings.join('\n'));
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const flags = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-Dlog4j.rootLogger=OFF', '-cp', `${libraries}/*`];
  const server = spawn('java', [...flags, main, join(folder, 'zoo.cfg')], { stdio: 'ignore' });
  await untilListening(port, server);
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error('ZooKeeper ended at once');
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    if (Date.now() > deadline) throw new Error('ZooKeeper did not open its port');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
