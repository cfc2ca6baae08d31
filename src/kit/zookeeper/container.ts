/**
 * A ZooKeeper server as a container, for a machine with Docker and no Java: the official image, its client port
 * published on loopback.
 *
 * Its data lies in two volumes named after the folder of the cluster, because the container is removed when it stops
 * and brokers that kept their data refuse a ZooKeeper that does not know their cluster id. A bind mount would need the
 * folder to belong to the user the image runs as. The folder itself says whether the volumes are to be kept: whoever
 * removes it gets empty ones.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fourLetterWord, ZooKeeperStartError } from './server-process.ts';

const run = promisify(execFile);

export interface ContainerOptions {
  readonly image: string;
  /** Stands for the data; the volumes are named after it. */
  readonly dir: string;
  readonly port: number;
  /** Further lines of zoo.cfg. */
  readonly config: readonly string[];
  readonly timeoutMs: number;
}

/** The id of a container that serves. */
export async function startZooKeeperContainer(options: ContainerOptions): Promise<string> {
  const { image, dir, port, config, timeoutMs } = options;
  const volumes = await volumesOf(dir);
  const container = await docker([
    'run',
    '--detach',
    '--rm',
    `--publish=127.0.0.1:${port}:2181`,
    `--volume=${volumes.data}:/data`,
    `--volume=${volumes.log}:/datalog`,
    '--env=ZOO_4LW_COMMANDS_WHITELIST=*',
    '--env=ZOO_ADMINSERVER_ENABLED=false',
    '--env=ZOO_MAX_CLIENT_CNXNS=0',
    `--env=ZOO_CFG_EXTRA=${config.join(' ')}`,
    image,
  ]);
  const deadline = Date.now() + timeoutMs;
  while (!(await fourLetterWord(port, 'ruok')).includes('imok')) {
    if (Date.now() > deadline) {
      await killZooKeeperContainer(container);
      throw new ZooKeeperStartError(`ZooKeeper in Docker does not serve on port ${port}`);
    }
    await sleep(200);
  }
  return container;
}

/** In good order. One that is gone already is as good as stopped. */
export async function stopZooKeeperContainer(container: string): Promise<void> {
  await docker(['stop', container]).catch(unlessGone);
}

/** kill -9, as a crash. */
export async function killZooKeeperContainer(container: string): Promise<void> {
  await docker(['kill', container]).catch(unlessGone);
}

async function volumesOf(dir: string): Promise<{ readonly data: string; readonly log: string }> {
  const key = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12);
  const volumes = { data: `klassik-zookeeper-${key}`, log: `klassik-zookeeper-${key}-log` };
  const kept = await access(dir).then(
    () => true,
    () => false,
  );
  if (!kept) {
    await docker(['volume', 'rm', '--force', volumes.data, volumes.log]);
    await mkdir(dir, { recursive: true });
  }
  return volumes;
}

async function docker(parameters: readonly string[]): Promise<string> {
  try {
    return (await run('docker', [...parameters])).stdout.trim();
  } catch (error) {
    // What Docker says is the last lines of its standard error, which execFile puts into the message.
    throw new ZooKeeperStartError((error as Error).message.trim());
  }
}

function unlessGone(error: unknown): void {
  if (!/No such container|is not running/.test(String(error))) throw error;
}
