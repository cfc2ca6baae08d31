/** What both kinds of rounds stand on: one ZooKeeper, a folder that is removed at the end, and how each side starts. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeper } from '../../src/kit/index.ts';
import { Client } from './client.ts';
import { ZooKeeperRecord } from './scale/zookeeper-record.ts';
import { klassikCommand, originalCommand, Side, type SideName } from './sides.ts';

export interface World {
  readonly dir: string;
  readonly zookeeperConnect: string;
  readonly record: ZooKeeperRecord;
  readonly commands: Readonly<Record<SideName, ReturnType<typeof klassikCommand>>>;
  /** What part of the records of a workload is really sent. */
  readonly scale: number;
  progress(message: string): void;
  /** Both sides, the one that goes first in this round in front. */
  sidesOf(round: number): readonly SideName[];
  /** A cluster of three brokers; it ends with the world at the latest. */
  startSide(name: SideName): Promise<Side>;
  startClient(): Client;
}

export async function withWorld<T>(
  options: {
    readonly libraries: string;
    readonly scale: number;
    /** For Klassik's brokers, to profile them. */
    readonly nodeOptions?: readonly string[];
    readonly progress: (message: string) => void;
  },
  task: (world: World) => Promise<T>,
): Promise<T> {
  const { libraries, scale, nodeOptions, progress } = options;
  const dir = await mkdtemp(join(tmpdir(), 'klassik-side-by-side-'));
  // The end of a run that is cut short too: brokers and client end with us, then only files are left.
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.once('exit', removeDir);
  const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0, onProgress: progress });
  const commands = { original: originalCommand(libraries), klassik: klassikCommand(nodeOptions) };
  const sides: Side[] = [];
  try {
    return await task({
      dir,
      zookeeperConnect: zookeeper.connect,
      record: new ZooKeeperRecord({ dir: join(dir, 'zookeeper'), connect: zookeeper.connect }),
      commands,
      scale,
      progress,
      sidesOf: (round) => (round % 2 === 0 ? ['original', 'klassik'] : ['klassik', 'original']),
      startSide: async (name) => {
        const side = await Side.start(name, {
          brokers: 3,
          dir: join(dir, name),
          zookeeperConnect: `${zookeeper.connect}/${name}`,
          command: commands[name],
        });
        sides.push(side);
        return side;
      },
      startClient: () => new Client(libraries),
    });
  } finally {
    await Promise.all(sides.map((side) => side.end('SIGKILL')));
    await zookeeper.stop();
    process.removeListener('exit', removeDir);
    removeDir();
  }
}
