/** How the clients of a simulated cluster find who does what they ask: they try one broker after the other. */
import { NetworkError } from '../../src/network/index.ts';
import type { NetworkClient } from '../../src/network/index.ts';
import type { SimulatedCluster } from './cluster.ts';

const RETRY_MS = 200;

export class AnyBroker {
  readonly #cluster: SimulatedCluster;
  readonly #host: string;
  readonly #connections = new Map<number, NetworkClient>();
  readonly #brokerIds: readonly number[];
  #next = 0;

  /** `host`: the machine that asks. */
  constructor(cluster: SimulatedCluster, host: string) {
    this.#cluster = cluster;
    this.#host = host;
    this.#brokerIds = [...cluster.brokers.keys()];
  }

  /** Until an attempt gives something, and none of its brokers went away meanwhile. */
  async untilDone<T>(attempt: (client: NetworkClient) => Promise<T | undefined>): Promise<T> {
    const { timers } = this.#cluster.world.runtimeFor(this.#host);
    for (;;) {
      const id = this.#brokerIds[this.#next % this.#brokerIds.length]!;
      try {
        const result = await attempt(await this.#connected(id));
        if (result !== undefined) return result;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        this.#connections.get(id)?.close();
      }
      this.#next += 1;
      await timers.sleep(RETRY_MS);
    }
  }

  async #connected(id: number): Promise<NetworkClient> {
    const known = this.#connections.get(id);
    if (known?.isOpen === true) return known;
    const client = await this.#cluster.connect(id, undefined, this.#host);
    this.#connections.set(id, client);
    return client;
  }
}
