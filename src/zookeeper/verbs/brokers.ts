/**
 * Brokers in ZooKeeper: registration, who is alive, generated ids, the cluster's id.
 *
 * Invariant: a broker's epoch is the czxid of its registration; whoever registers again after an expiry has a higher
 * one, so requests meant for the earlier life are told apart (KIP-380).
 */
import { uuidFromRandom } from '../../common/index.ts';
import { cluster, topicZnodes } from '../registry.ts';
import { isZkError, ZkError } from '../session.ts';
import { epochFromZxid } from './znode-operations.ts';
import type { Clock, Random } from '../../runtime/index.ts';
import type { Stat, ZnodeData } from '../session.ts';
import type { BrokerInfo, BrokerRegistration } from '../types.ts';
import type { ZnodeOperations } from './znode-operations.ts';

/** `owned-by-another-session`: a live broker has this id, or a dead one's session has not expired yet. */
export type RegistrationOutcome =
  | { readonly kind: 'registered'; readonly brokerEpoch: number }
  | { readonly kind: 'owned-by-another-session'; readonly owner: bigint };

export class BrokerVerbs {
  readonly #znodes: ZnodeOperations;
  readonly #clock: Clock;
  readonly #random: Random;
  /** The session that holds our registration; after an expiry its leftovers are ours to remove. */
  #registeredSessionId = 0n;

  constructor(znodes: ZnodeOperations, clock: Clock, random: Random) {
    this.#znodes = znodes;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Creates /brokers/ids/<id>: null first and set at once in the same transaction, so its version is 1. A znode that
   * is there already is ours when this session owns it (a retry after a lost connection), is replaced when our
   * previous session owns it, and is somebody else's otherwise (contract section 2.3).
   */
  async registerBroker(broker: BrokerRegistration): Promise<RegistrationOutcome> {
    const path = cluster.brokerId.path({ id: broker.id });
    for (;;) {
      const created = await this.#createRegistration(path, broker);
      if (created !== null) return this.#registered(created);
      const existing = await this.#znodes.read(path);
      if (existing === null) continue;
      const owner = existing.stat.ephemeralOwner;
      if (owner !== 0n && owner === this.#registeredSessionId) {
        await this.#removeOwn(path, existing.stat);
        continue;
      }
      if (owner !== this.#znodes.client.sessionId) return { kind: 'owned-by-another-session', owner };
      return this.#registered(existing.stat);
    }
  }

  #registered(stat: Stat): RegistrationOutcome {
    this.#registeredSessionId = stat.ephemeralOwner;
    return { kind: 'registered', brokerEpoch: epochFromZxid(stat.czxid) };
  }

  async #createRegistration(path: string, broker: BrokerRegistration): Promise<Stat | null> {
    const data = cluster.brokerId.encode({ registration: broker, timestampMs: this.#clock.wallMs() });
    const result = await this.#znodes.client.retryUntilConnected((session) =>
      session.multi([
        { op: 'create', path, data: null, mode: 'ephemeral', acl: this.#znodes.aclFor(path) },
        { op: 'setData', path, data, version: 0 },
      ]),
    );
    if (!result.ok) {
      if (result.error === 'NodeExists') return null;
      throw new ZkError(result.error, path);
    }
    const written = result.results[1];
    return written?.op === 'setData' ? written.stat : null;
  }

  async #removeOwn(path: string, stat: Stat): Promise<void> {
    try {
      await this.#znodes.deletePath(path, stat.version);
    } catch (error) {
      if (!isZkError(error, 'BadVersion')) throw error;
    }
  }

  /** Writes changed listeners or features over a registration; its epoch stays. */
  async updateBrokerInfo(broker: BrokerRegistration): Promise<void> {
    const data = cluster.brokerId.encode({ registration: broker, timestampMs: this.#clock.wallMs() });
    await this.#znodes.setData(cluster.brokerId.path({ id: broker.id }), data, 'any');
  }

  /** Null when that broker is not alive. */
  async getBroker(id: number): Promise<BrokerInfo | null> {
    const found = await this.#znodes.read(cluster.brokerId.path({ id }));
    return found === null ? null : brokerInfo(id, found);
  }

  /** The live brokers with their epochs, by id. */
  async getAllBrokersInCluster(): Promise<BrokerInfo[]> {
    const ids = await this.getSortedBrokerList();
    const found = await this.#znodes.readAll(
      ids,
      (id) => cluster.brokerId.path({ id }),
      (znode, id) => brokerInfo(id, znode),
    );
    return found.map(([, broker]) => broker);
  }

  /** The ids of the live brokers, ascending; sets the child watch when a handler is registered. */
  async getSortedBrokerList(): Promise<number[]> {
    const ids = await this.#znodes.children(cluster.brokerIds.path());
    return ids.map(Number).sort((left, right) => left - right);
  }

  /** An id for a broker that has none configured: it counts up from the reserved ones. */
  async generateBrokerId(maxReservedBrokerId: number): Promise<number> {
    const path = cluster.brokerSequenceId.path();
    const bump = async (): Promise<number> =>
      (await this.#znodes.setData(path, Buffer.alloc(0), 'any')).version + maxReservedBrokerId;
    try {
      return await bump();
    } catch (error) {
      if (!isZkError(error, 'NoNode')) throw error;
      await this.#znodes.ensurePath(path);
      return await bump();
    }
  }

  /** Null in a cluster that has never been started. */
  async getClusterId(): Promise<string | null> {
    const found = await this.#znodes.read(cluster.clusterId.path());
    return found === null ? null : cluster.clusterId.decode(found.data);
  }

  /** The cluster's id; the first broker ever makes it up, and loses gracefully when another was first. */
  async createOrGetClusterId(): Promise<string> {
    const known = await this.getClusterId();
    if (known !== null) return known;
    const proposed = uuidFromRandom((count) => this.#random.bytes(count));
    try {
      await this.#znodes.createRecursive(cluster.clusterId.path(), cluster.clusterId.encode(proposed));
      return proposed;
    } catch (error) {
      if (!isZkError(error, 'NodeExists')) throw error;
      return (await this.getClusterId()) ?? proposed;
    }
  }

  /** Tells the controller that a log directory of this broker failed. */
  async propagateLogDirEvent(brokerId: number): Promise<void> {
    await this.#znodes.create(
      topicZnodes.logDirEventNotification.path({ sequence: '' }),
      topicZnodes.logDirEventNotification.encode(brokerId),
      'persistent-sequential',
    );
  }
}

function brokerInfo(id: number, { data, stat }: ZnodeData): BrokerInfo {
  const path = cluster.brokerId.path({ id });
  const { registration } = cluster.brokerId.decode(data, path);
  return { ...registration, id, epoch: epochFromZxid(stat.czxid) };
}
