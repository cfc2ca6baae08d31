/**
 * The config a broker runs with at this moment: Kafka's DynamicBrokerConfig. What stands in ZooKeeper for this broker
 * and for all of them is laid over its file, at the start and whenever a notification says that it changed.
 *
 * Invariant: there is always a valid config. What somebody wrote past the brokers and is no value, or cannot be changed
 * while brokers run, is left out with a line in the log; a change that makes no valid config leaves the old one in force.
 */
import {
  ConfigError,
  effectiveDynamicProperties,
  validateReconfiguration,
  type BrokerConfig,
  type DynamicProperties,
  type Properties,
} from '../config/index.ts';
import type { Logger } from '../runtime/index.ts';
import { DEFAULT_ENTITY_NAME, entityPath, type KafkaZkClient } from '../zookeeper/index.ts';

type ConfigReader = Pick<KafkaZkClient['configs'], 'getEntityConfigs'>;

export interface ConfigChange {
  readonly before: BrokerConfig;
  readonly after: BrokerConfig;
}

export class DynamicBrokerConfig {
  readonly #logger: Logger;
  #current: BrokerConfig;
  /** As last read, be it in force or not. */
  #properties: DynamicProperties = { perBroker: {}, clusterWide: {} };

  constructor(config: BrokerConfig, logger: Logger) {
    this.#current = config;
    this.#logger = logger;
  }

  get current(): BrokerConfig {
    return this.#current;
  }

  /** At the start: nothing runs yet that could not follow. */
  async load(configs: ConfigReader, brokerId: number): Promise<void> {
    for (const name of [DEFAULT_ENTITY_NAME, String(brokerId)]) {
      await this.#read(configs, name);
      this.#apply(name, (next) => next);
    }
  }

  /** Reads one of the two anew, this broker's or that of all; undefined when nothing comes of it. */
  async refresh(configs: ConfigReader, name: string): Promise<ConfigChange | undefined> {
    const before = this.#current;
    await this.#read(configs, name);
    this.#apply(name, (next) => {
      validateReconfiguration(before, next);
      return next;
    });
    return this.#current === before ? undefined : { before, after: this.#current };
  }

  async #read(configs: ConfigReader, name: string): Promise<void> {
    const found = Object.fromEntries(await configs.getEntityConfigs(entityPath('brokers', name)));
    const isOfAll = name === DEFAULT_ENTITY_NAME;
    const { effective, ignored } = effectiveDynamicProperties(found, !isOfAll);
    if (ignored.length > 0)
      this.#logger.error(`Configs of brokers in ZooKeeper that are ignored: ${ignored.join(', ')}`);
    this.#properties = isOfAll
      ? { ...this.#properties, clusterWide: effective }
      : { ...this.#properties, perBroker: effective };
  }

  #apply(name: string, check: (next: BrokerConfig) => BrokerConfig): void {
    const { perBroker, clusterWide } = this.#properties;
    if (same(this.#current.layers.dynamic, this.#properties)) return;
    try {
      this.#current = check(this.#current.withDynamic({ perBroker, clusterWide }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const whose =
        name === DEFAULT_ENTITY_NAME ? 'Cluster default configs' : `Per-broker configs of ${name}`;
      this.#logger.error(`${whose} could not be applied`, { error });
    }
  }
}

function same(one: DynamicProperties, other: DynamicProperties): boolean {
  return sameProperties(one.perBroker, other.perBroker) && sameProperties(one.clusterWide, other.clusterWide);
}

function sameProperties(one: Properties, other: Properties): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
