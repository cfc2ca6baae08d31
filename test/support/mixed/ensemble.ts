/** ZooKeeper, alone or as three servers, each of which can be killed and come back with what it had. */
import { join } from 'node:path';
import { findZooKeeper } from '../../../src/kit/zookeeper/find.ts';
import {
  fourLetterWord,
  killZooKeeperProcesses,
  startServer,
  waitUntilServing,
  type ServerOptions,
  type ServerProcess,
} from '../../../src/kit/zookeeper/server-process.ts';
import { freePort } from '../../../src/kit/index.ts';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;

export class Ensemble {
  readonly #options: readonly ServerOptions[];
  readonly #running = new Map<number, ServerProcess>();

  private constructor(options: readonly ServerOptions[]) {
    this.#options = options;
  }

  static async start(dir: string, servers: 1 | 3): Promise<Ensemble> {
    const source = await findZooKeeper({ environment: { ...process.env, ZOOKEEPER_CONNECT: undefined } });
    if (source.kind !== 'java') throw new Error('this needs a ZooKeeper that is started with java');
    const { java, classpath } = source;
    const ids = Array.from({ length: servers }, (_, index) => index + 1);
    const members: string[] = [];
    for (const id of servers === 1 ? [] : ids)
      members.push(`server.${id}=${HOST}:${await freePort(HOST)}:${await freePort(HOST)}`);
    const options: ServerOptions[] = [];
    for (const id of ids)
      options.push({
        java,
        classpath,
        dir: join(dir, `zookeeper-${id}`),
        port: await freePort(HOST),
        config: members,
        ...(servers === 1 ? {} : { myId: id }),
        detached: false,
      });
    const ensemble = new Ensemble(options);
    await Promise.all(options.map(async (server, index) => ensemble.#launch(server, index)));
    await ensemble.#untilServing();
    return ensemble;
  }

  get addresses(): string[] {
    return this.#options.map(({ port }) => `${HOST}:${port}`);
  }

  /** Which server leads the others. */
  async leader(): Promise<number> {
    const modes = await Promise.all(this.#options.map(({ port }) => fourLetterWord(port, 'srvr')));
    return modes.findIndex((told) => told.includes('Mode: leader'));
  }

  async kill(index: number): Promise<void> {
    const server = this.#running.get(index);
    if (server === undefined) throw new Error(`ZooKeeper's server ${index + 1} is not running`);
    await killZooKeeperProcesses([server.pid]);
    this.#running.delete(index);
  }

  /** It serves again when this resolves. */
  async restart(index: number): Promise<void> {
    await this.#launch(this.#options[index]!, index);
    await this.#untilServing();
  }

  async close(): Promise<void> {
    await killZooKeeperProcesses([...this.#running.values()].map(({ pid }) => pid));
  }

  async #launch(options: ServerOptions, index: number): Promise<void> {
    this.#running.set(index, await startServer(options));
  }

  async #untilServing(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map((server) => waitUntilServing(server, START_TIMEOUT_MS)),
    );
  }
}
