/**
 * Follows /feature, whose znode version is the epoch of the finalized features that ApiVersions reports (KIP-584).
 * In ZooKeeper mode no feature is ever finalized at 3.9, so only that number matters (contract 1.1, 2.2).
 */
import type { Logger } from '../runtime/index.ts';
import { registry, type KafkaZkClient } from '../zookeeper/index.ts';

/** While no controller has created the znode. */
const UNKNOWN_EPOCH = -1;

export class FeatureListener {
  readonly #zkClient: KafkaZkClient;
  readonly #logger: Logger;
  #epoch = UNKNOWN_EPOCH;

  constructor(zkClient: KafkaZkClient, logger: Logger) {
    this.#zkClient = zkClient;
    this.#logger = logger;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async start(): Promise<void> {
    const reread = (): void => {
      this.#read().catch((error: unknown) => this.#logger.warn('cannot read /feature', { error }));
    };
    const { client } = this.#zkClient;
    client.registerStateChangeHandler({ name: 'feature-listener', afterInitializingSession: reread });
    client.registerZNodeChangeHandler({
      path: registry.cluster.feature.path(),
      handleCreation: reread,
      handleDeletion: reread,
      handleDataChange: reread,
    });
    await this.#read();
  }

  async #read(): Promise<void> {
    const found = await this.#zkClient.client.exists(registry.cluster.feature.path());
    this.#epoch = found?.version ?? UNKNOWN_EPOCH;
  }
}
