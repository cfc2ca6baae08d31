/**
 * Takes over configuration that changed while the broker runs. Whoever changes a config (any broker, or a tool)
 * first writes it below /config and then adds a sequential znode below /config/changes that names it; every broker
 * watches those and reads the named config again (contract 2.2, 2.6).
 *
 * Invariants: notifications are taken in order, each once, by their sequence number; after a new ZooKeeper session all
 * that are present are looked at again, because watches do not survive it. A notification that cannot be understood
 * is logged and passed over: it must not hold up those behind it.
 */
import { SerialQueue } from '../common/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { registry, type KafkaZkClient } from '../zookeeper/index.ts';

const CHANGES_PATH = registry.entities.configChanges.path();
const SEQUENCE = /^config_change_(\d+)$/;
/** Notifications older than this have been seen by everybody that lives; whoever comes by removes them. */
const PURGE_AFTER_MS = 15 * 60_000;

export interface ConfigChangeListenerOptions {
  readonly zkClient: KafkaZkClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the entity's type and name (`topics`, `orders`) after its config changed. */
  readonly onChange: (type: string, name: string) => Promise<void>;
}

export class ConfigChangeListener {
  readonly #options: ConfigChangeListenerOptions;
  readonly #queue = new SerialQueue();
  #lastSequence = -1;

  constructor(options: ConfigChangeListenerOptions) {
    this.#options = options;
  }

  /** Watches from now on, and takes in what is already there. */
  async start(): Promise<void> {
    const { client } = this.#options.zkClient;
    client.registerStateChangeHandler({
      name: 'config-change-listener',
      afterInitializingSession: () => this.#schedule(),
    });
    client.registerZNodeChildChangeHandler({ path: CHANGES_PATH, handleChildChange: () => this.#schedule() });
    await this.#queue.run(() => this.#takeAll());
  }

  #schedule(): void {
    this.#queue
      .run(() => this.#takeAll())
      .catch((error: unknown) => this.#options.logger.error('cannot read the config changes', { error }));
  }

  async #takeAll(): Promise<void> {
    const { znodes } = this.#options.zkClient;
    const names = (await znodes.children(CHANGES_PATH)).filter((name) => SEQUENCE.test(name)).sort();
    for (const name of names) {
      const sequence = Number(SEQUENCE.exec(name)?.[1]);
      if (sequence <= this.#lastSequence) continue;
      await this.#take(`${CHANGES_PATH}/${name}`);
      this.#lastSequence = sequence;
    }
    await this.#purge(names);
  }

  async #take(path: string): Promise<void> {
    const { zkClient, logger, onChange } = this.#options;
    const found = await zkClient.znodes.read(path);
    if (found?.data === null || found === null) return;
    try {
      const entity = registry.entities.configChange.decode(found.data);
      const [type = '', name = ''] = entity.split('/');
      logger.info(`Processing override for entityPath: ${entity}`);
      await onChange(type, name);
    } catch (error) {
      logger.error(`cannot apply the config change ${path}`, { error });
    }
  }

  async #purge(names: readonly string[]): Promise<void> {
    const { zkClient, clock } = this.#options;
    for (const name of names) {
      const path = `${CHANGES_PATH}/${name}`;
      const found = await zkClient.znodes.read(path);
      if (found === null || clock.wallMs() - Number(found.stat.ctimeMs) <= PURGE_AFTER_MS) return;
      await zkClient.znodes.deletePath(path);
    }
  }
}
