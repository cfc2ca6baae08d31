/**
 * What follows from a changed config while the broker runs: Kafka's config handlers and BrokerReconfigurables. Configs
 * that are read where they are used need nothing here; the rooms that keep something of a config are told of its change.
 */
import { TopicConfig, type BrokerConfig, type Properties } from '../config/index.ts';
import type { ServerListener } from '../network/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { logConfigFrom, type LogConfig } from '../storage/index.ts';
import {
  ChangeNotificationListener,
  DEFAULT_ENTITY_NAME,
  entityPath,
  registry,
  type KafkaZkClient,
} from '../zookeeper/index.ts';
import { connectionLimitsOf } from './connection-limits.ts';
import type { ConfigChange, DynamicBrokerConfig } from './dynamic-broker-config.ts';
import { changeableLogSettings, logCleanerSettings, type BrokerParts } from './parts.ts';

export interface ConfigChangesOptions {
  readonly zkClient: KafkaZkClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly brokerId: number;
  readonly config: DynamicBrokerConfig;
  readonly parts: Pick<BrokerParts, 'logManager' | 'replicaManager' | 'controller'>;
  readonly sockets: {
    changeLimits(limits: ReturnType<typeof connectionLimitsOf>): void;
    addListener(listener: ServerListener): Promise<number>;
    removeListener(listenerName: string): Promise<void>;
  };
  /** Writes anew what is registered of this broker. */
  readonly updateRegistration: () => Promise<void>;
}

export class ConfigChanges {
  readonly #options: ConfigChangesOptions;

  constructor(options: ConfigChangesOptions) {
    this.#options = options;
  }

  /** Configs that brokers and tools change are read again when a notification names them (contract 2.6). */
  async start(): Promise<void> {
    const { zkClient, clock, logger } = this.#options;
    const { configChange, configChanges } = registry.entities;
    const listener = new ChangeNotificationListener({
      zkClient,
      clock,
      logger,
      root: configChanges.path(),
      prefix: 'config_change_',
      process: async (data) => {
        const [type = '', name = ''] = configChange.decode(data).split('/');
        if (type === 'topics') await this.#onTopicChange(name);
        else if (type === 'brokers') await this.#onBrokersChange(name);
      },
    });
    await listener.start();
  }

  async #onTopicChange(topic: string): Promise<void> {
    const { zkClient, parts } = this.#options;
    const overrides = Object.fromEntries(
      await zkClient.configs.getEntityConfigs(entityPath('topics', topic)),
    );
    parts.logManager.updateTopicConfig(topic, this.#logConfig(overrides));
    parts.replicaManager.updateTopicThrottles(topic, overrides);
    // Switched on for a topic, it is what the topic's partitions without a leader have waited for.
    if (overrides['unclean.leader.election.enable']?.trim().toLowerCase() === 'true')
      parts.controller.enableTopicUncleanLeaderElection(topic);
  }

  async #onBrokersChange(name: string): Promise<void> {
    const { zkClient, brokerId, config } = this.#options;
    if (name !== DEFAULT_ENTITY_NAME && name !== String(brokerId)) return;
    const change = await config.refresh(zkClient.configs, name);
    if (change === undefined) return;
    await this.#updateLogs(change);
    const { parts, sockets } = this.#options;
    await parts.replicaManager.reconfigure(change.after);
    sockets.changeLimits(connectionLimitsOf(change.after));
    await this.#updateListeners(change);
  }

  async #updateLogs({ before, after }: ConfigChange): Promise<void> {
    const { zkClient, parts } = this.#options;
    parts.logManager.reconfigure(changeableLogSettings(after), logCleanerSettings(after));
    parts.logManager.updateDefaultConfig(this.#logConfig({}));
    const topics = new Set([...parts.replicaManager.partitions()].map(({ topic }) => topic));
    for (const [topic, overrides] of await zkClient.configs.getTopicConfigs(topics))
      parts.logManager.updateTopicConfig(topic, this.#logConfig(Object.fromEntries(overrides)));
    const isUnclean = (config: BrokerConfig): boolean => config.get('unclean.leader.election.enable');
    if (isUnclean(after) && !isUnclean(before)) parts.controller.enableDefaultUncleanLeaderElection();
  }

  /** By their names: one that is there already stays where it is bound, whatever its new address. */
  async #updateListeners({ before, after }: ConfigChange): Promise<void> {
    const { sockets, updateRegistration } = this.#options;
    const namesOf = ({ listeners }: BrokerConfig): Set<string> =>
      new Set(listeners.map(({ listenerName }) => listenerName));
    const [old, wanted] = [namesOf(before), namesOf(after)];
    for (const name of old) if (!wanted.has(name)) await sockets.removeListener(name);
    for (const { listenerName, host, port } of after.listeners)
      if (!old.has(listenerName)) await sockets.addListener({ listenerName, host, port });
    if (JSON.stringify(before.advertisedListeners) !== JSON.stringify(after.advertisedListeners))
      await updateRegistration();
  }

  #logConfig(overrides: Properties): LogConfig {
    return logConfigFrom(TopicConfig.of(this.#options.config.current, overrides));
  }
}
