/**
 * Hears of changes through sequential znodes, as Kafka tells its brokers of changed configs, ACLs and tokens
 * (ZkNodeChangeNotificationListener of the original).
 *
 * Invariants: notifications are taken in the order of their numbers, each once; after a new session all that are
 * present are looked at again, as some may have come unseen. One that cannot be processed is logged and passed over:
 * it must not hold up those behind it. Those older than 15 minutes are removed by whoever comes by (contract 2.2).
 */
import { SerialQueue } from '../common/index.ts';
import { isZkError } from './session.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import type { KafkaZkClient } from './kafka-zk-client.ts';

export interface ChangeNotificationOptions {
  readonly zkClient: KafkaZkClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `/config/changes` */
  readonly root: string;
  /** `config_change_` */
  readonly prefix: string;
  /** Takes one notification's data in; they are processed one after another. */
  readonly process: (data: Buffer | null) => Promise<void> | void;
  readonly purgeAfterMs?: number;
}

const PURGE_AFTER_MS = 15 * 60_000;

export class ChangeNotificationListener {
  readonly #options: ChangeNotificationOptions;
  readonly #queue = new SerialQueue();
  #lastSequence = -1;
  #closed = false;

  constructor(options: ChangeNotificationOptions) {
    this.#options = options;
  }

  /** Watches from now on, and takes in what is there already. */
  async start(): Promise<void> {
    const { zkClient, root } = this.#options;
    zkClient.client.registerStateChangeHandler({
      name: `change-notifications:${root}`,
      afterInitializingSession: () => this.#schedule(),
    });
    zkClient.client.registerZNodeChildChangeHandler({
      path: root,
      handleChildChange: () => this.#schedule(),
    });
    // Brokers made it when they started; a write that fails would stand in ZooKeeper's log, and in the original's not.
    if ((await zkClient.client.exists(root)) === null) await zkClient.znodes.ensurePath(root);
    await this.#queue.run(() => this.#takeAll());
  }

  async close(): Promise<void> {
    const { zkClient, root } = this.#options;
    this.#closed = true;
    zkClient.client.unregisterStateChangeHandler(`change-notifications:${root}`);
    zkClient.client.unregisterZNodeChildChangeHandler(root);
    await this.#queue.drain();
  }

  #schedule(): void {
    this.#queue
      .run(() => this.#takeAll())
      .catch((error: unknown) => {
        if (!this.#closed && !isZkError(error, 'SessionExpired'))
          this.#options.logger.error(`cannot read ${this.#options.root}`, { error });
      });
  }

  async #takeAll(): Promise<void> {
    if (this.#closed) return;
    const { zkClient, root, prefix } = this.#options;
    const names = (await zkClient.znodes.children(root)).filter((name) => name.startsWith(prefix)).sort();
    for (const name of names) {
      const sequence = Number(name.slice(prefix.length));
      if (!(sequence > this.#lastSequence)) continue;
      await this.#take(`${root}/${name}`);
      this.#lastSequence = sequence;
    }
    await this.#purge(names);
  }

  async #take(path: string): Promise<void> {
    const { zkClient, logger, process } = this.#options;
    const found = await zkClient.znodes.read(path);
    if (found === null) return;
    try {
      await process(found.data);
    } catch (error) {
      // The next session finds it again.
      if (isZkError(error, 'SessionExpired')) throw error;
      logger.error(`cannot process the notification ${path}`, { error });
    }
  }

  /** The children are in the order of their creation, so the first young one ends the search. */
  async #purge(names: readonly string[]): Promise<void> {
    const { zkClient, clock, root, purgeAfterMs = PURGE_AFTER_MS } = this.#options;
    for (const name of names) {
      const stat = await zkClient.client.exists(`${root}/${name}`);
      if (stat === null) continue;
      if (clock.wallMs() - stat.ctimeMs <= purgeAfterMs) return;
      await zkClient.znodes.deletePath(`${root}/${name}`);
    }
  }
}
