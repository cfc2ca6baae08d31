/**
 * Kafka's verbs on ZooKeeper (the original's KafkaZkClient), grouped by what they are about. The face through which
 * the controller, the brokers and the tools read and write the cluster's state.
 *
 * Invariants: every write has the shape of contract section 2; controller writes take `fence`, the version of
 * /controller_epoch, and reject with ControllerMovedError once it is stale. Lost connections are waited out; an
 * expired session is not: it rejects with SessionExpired, and the owners start over in `afterInitializingSession`.
 */
import { PERSISTENT_PATHS } from './registry.ts';
import { AccessVerbs } from './verbs/access.ts';
import { BrokerVerbs } from './verbs/brokers.ts';
import { ConfigVerbs } from './verbs/configs.ts';
import { ControllerVerbs } from './verbs/controller.ts';
import { PartitionVerbs } from './verbs/partitions.ts';
import { TopicVerbs } from './verbs/topics.ts';
import { openAclPolicy, ZnodeOperations } from './verbs/znode-operations.ts';
import type { Clock, Random } from '../runtime/index.ts';
import type { AclPolicy } from './verbs/znode-operations.ts';
import type { ZooKeeperClient } from './zookeeper-client.ts';

export interface KafkaZkClientOptions {
  readonly client: ZooKeeperClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly aclFor?: AclPolicy;
}

export class KafkaZkClient {
  /** Handlers of watched paths and of the session's fate are registered here. */
  readonly client: ZooKeeperClient;
  readonly brokers: BrokerVerbs;
  readonly controller: ControllerVerbs;
  readonly topics: TopicVerbs;
  readonly partitions: PartitionVerbs;
  readonly configs: ConfigVerbs;
  readonly access: AccessVerbs;
  /** The shapes beneath the verbs, for tools and tests. */
  readonly znodes: ZnodeOperations;

  constructor({ client, clock, random, aclFor = openAclPolicy }: KafkaZkClientOptions) {
    this.client = client;
    this.znodes = new ZnodeOperations(client, aclFor);
    this.brokers = new BrokerVerbs(this.znodes, clock, random);
    this.controller = new ControllerVerbs(this.znodes, clock);
    this.topics = new TopicVerbs(this.znodes);
    this.partitions = new PartitionVerbs(this.znodes);
    this.configs = new ConfigVerbs(this.znodes, this.controller);
    this.access = new AccessVerbs(this.znodes);
  }

  /** What every broker makes sure of before anything else, in the original's order. */
  async createTopLevelPaths(): Promise<void> {
    for (const path of PERSISTENT_PATHS) await this.znodes.ensurePath(path);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
