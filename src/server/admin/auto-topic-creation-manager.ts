/**
 * Topics that come into being because somebody asked for them: Metadata with auto-creation, and the internal topics
 * when the first group or transaction shows up. The broker that was asked writes them to ZooKeeper itself, controller
 * or not (contract 1.3).
 *
 * Invariant: one creation of a topic at a time per broker; whoever asks meanwhile hears that it is not there yet.
 */
import type { BrokerConfig } from '../../config/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../../common/index.ts';
import { isValidTopicName } from '../topic-name.ts';
import type { CreatableTopic, ZkAdminManager } from './zk-admin-manager.ts';

export class AutoTopicCreationManager {
  readonly #config: BrokerConfig;
  readonly #adminManager: Pick<ZkAdminManager, 'createTopics'>;
  readonly #inFlight = new Set<string>();

  constructor(config: BrokerConfig, adminManager: Pick<ZkAdminManager, 'createTopics'>) {
    this.#config = config;
    this.#adminManager = adminManager;
  }

  /** Per topic what Metadata answers: LEADER_NOT_AVAILABLE for one that was created, now or by somebody else. */
  async createTopics(names: readonly string[]): Promise<Map<string, ErrorName>> {
    const answers = new Map<string, ErrorName>();
    const creatable: string[] = [];
    for (const name of new Set(names)) {
      if (!isValidTopicName(name)) answers.set(name, 'INVALID_TOPIC_EXCEPTION');
      else if (this.#inFlight.has(name)) answers.set(name, 'UNKNOWN_TOPIC_OR_PARTITION');
      else creatable.push(name);
    }
    for (const name of creatable) this.#inFlight.add(name);
    try {
      // Timeout 0: written is all we want to know, and that is told as REQUEST_TIMED_OUT.
      const options = { timeoutMs: 0, validateOnly: false };
      const topics = creatable.map((name) => creatableTopic(name, this.#config));
      for (const [name, { error }] of await this.#adminManager.createTopics(topics, options)) {
        const created = error === 'REQUEST_TIMED_OUT' || error === 'TOPIC_ALREADY_EXISTS';
        answers.set(name, created ? 'LEADER_NOT_AVAILABLE' : error);
      }
    } finally {
      for (const name of creatable) this.#inFlight.delete(name);
    }
    return answers;
  }
}

/** Internal topics have counts and configurations of their own (contract 3.12). */
export function creatableTopic(name: string, config: BrokerConfig): CreatableTopic {
  switch (name) {
    case GROUP_METADATA_TOPIC:
      return topicOf(
        name,
        config.get('offsets.topic.num.partitions'),
        config.get('offsets.topic.replication.factor'),
        {
          'compression.type': 'producer',
          'cleanup.policy': 'compact',
          'segment.bytes': config.get('offsets.topic.segment.bytes'),
        },
      );
    case TRANSACTION_STATE_TOPIC:
      return topicOf(
        name,
        config.get('transaction.state.log.num.partitions'),
        config.get('transaction.state.log.replication.factor'),
        {
          'compression.type': 'uncompressed',
          'cleanup.policy': 'compact',
          'min.insync.replicas': config.get('transaction.state.log.min.isr'),
          'segment.bytes': config.get('transaction.state.log.segment.bytes'),
          'unclean.leader.election.enable': false,
        },
      );
    default:
      return topicOf(name, config.get('num.partitions'), config.get('default.replication.factor'), {});
  }
}

function topicOf(
  name: string,
  numPartitions: number,
  replicationFactor: number,
  configs: Readonly<Record<string, string | number | boolean>>,
): CreatableTopic {
  return {
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) })),
  };
}
