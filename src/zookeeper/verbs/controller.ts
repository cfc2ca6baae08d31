/**
 * Controller election in ZooKeeper, and the few znodes only a controller writes.
 *
 * Invariant: /controller comes into being only together with a higher /controller_epoch, in one transaction, so
 * whoever holds the version of the latter is the one controller, and older ones are fenced by it.
 */
import { cluster } from '../registry.ts';
import { isZkError, ZkError } from '../session.ts';
import { ControllerMovedError } from './znode-operations.ts';
import type { Clock } from '../../runtime/index.ts';
import type { ExpectedVersion, Stat } from '../session.ts';
import type { ControllerInfo, FinalizedFeatures, ProducerIdsBlock } from '../types.ts';
import type { ZnodeOperations } from './znode-operations.ts';

const INITIAL_CONTROLLER_EPOCH = 0;

export interface ControllerEpoch {
  readonly epoch: number;
  /** The version to fence with. */
  readonly zkVersion: number;
}

export interface Versioned<T> {
  readonly value: T;
  readonly zkVersion: number;
}

export class ControllerVerbs {
  readonly #znodes: ZnodeOperations;
  readonly #clock: Clock;

  constructor(znodes: ZnodeOperations, clock: Clock) {
    this.#znodes = znodes;
    this.#clock = clock;
  }

  /** Null while there is no controller. Sets the watch when a handler for /controller is registered. */
  async getController(): Promise<Versioned<ControllerInfo> | null> {
    const path = cluster.controller.path();
    const found = await this.#znodes.read(path);
    return found === null
      ? null
      : { value: cluster.controller.decode(found.data, path), zkVersion: found.stat.version };
  }

  async getControllerId(): Promise<number | null> {
    return (await this.getController())?.value.brokerId ?? null;
  }

  async getControllerEpoch(): Promise<ControllerEpoch | null> {
    const found = await this.#znodes.read(cluster.controllerEpoch.path());
    return found === null ? null : { epoch: decodeEpoch(found.data), zkVersion: found.stat.version };
  }

  /**
   * Becomes controller: creates /controller and raises the epoch in one transaction. Rejects with
   * ControllerMovedError when somebody else was faster. When the answer was lost with the connection, the retry meets
   * its own success; that it was ours is known by the id in /controller and the epoch we tried to write.
   */
  async registerControllerAndIncrementControllerEpoch(controllerId: number): Promise<ControllerEpoch> {
    const timestampMs = this.#clock.wallMs();
    const current = (await this.getControllerEpoch()) ?? (await this.#createControllerEpoch());
    const epoch = current.epoch + 1;
    const path = cluster.controller.path();
    const result = await this.#znodes.client.retryUntilConnected((session) =>
      session.multi([
        {
          op: 'create',
          path,
          data: cluster.controller.encode({ brokerId: controllerId, timestampMs, kraftControllerEpoch: -1 }),
          mode: 'ephemeral',
          acl: this.#znodes.aclFor(path),
        },
        {
          op: 'setData',
          path: cluster.controllerEpoch.path(),
          data: cluster.controllerEpoch.encode(epoch),
          version: current.zkVersion,
        },
      ]),
    );
    if (result.ok) {
      const raised = result.results[1];
      if (raised?.op === 'setData') return { epoch, zkVersion: raised.stat.version };
    } else if (result.error !== 'NodeExists' && result.error !== 'BadVersion') {
      throw new ZkError(result.error, path);
    }
    return this.#confirmElection(controllerId, epoch);
  }

  async #confirmElection(controllerId: number, epoch: number): Promise<ControllerEpoch> {
    if ((await this.getControllerId()) === controllerId) {
      const written = await this.getControllerEpoch();
      if (written?.epoch === epoch) return written;
    }
    throw new ControllerMovedError('another broker was elected controller');
  }

  async #createControllerEpoch(): Promise<ControllerEpoch> {
    const path = cluster.controllerEpoch.path();
    try {
      await this.#znodes.create(path, cluster.controllerEpoch.encode(INITIAL_CONTROLLER_EPOCH));
      return { epoch: INITIAL_CONTROLLER_EPOCH, zkVersion: 0 };
    } catch (error) {
      if (!isZkError(error, 'NodeExists')) throw error;
      const existing = await this.getControllerEpoch();
      if (existing === null) throw error;
      return existing;
    }
  }

  /** Gives the office up, so that another election begins. */
  async deleteController(expectedControllerEpochZkVersion: ExpectedVersion): Promise<void> {
    await this.#znodes.fencedOrThrow(
      [{ op: 'delete', path: cluster.controller.path(), version: 'any' }],
      expectedControllerEpochZkVersion,
      ['NoNode'],
    );
  }

  // ---- features

  /** Null when the znode does not exist. Its version is the finalized features epoch. */
  async getFeature(): Promise<Versioned<FinalizedFeatures> | null> {
    const path = cluster.feature.path();
    const found = await this.#znodes.read(path);
    return found === null
      ? null
      : { value: cluster.feature.decode(found.data, path), zkVersion: found.stat.version };
  }

  async createFeature(features: FinalizedFeatures): Promise<void> {
    await this.#znodes.create(cluster.feature.path(), cluster.feature.encode(features));
  }

  /** Resolves with the new version. */
  async updateFeature(features: FinalizedFeatures): Promise<number> {
    const stat = await this.#znodes.setData(cluster.feature.path(), cluster.feature.encode(features), 'any');
    return stat.version;
  }

  // ---- producer ids

  /** `value` is null until the first block was handed out. */
  async getLatestProducerIdsBlock(): Promise<Versioned<ProducerIdsBlock | null> | null> {
    const path = cluster.latestProducerIdBlock.path();
    const found = await this.#znodes.read(path);
    return found === null
      ? null
      : { value: cluster.latestProducerIdBlock.decode(found.data, path), zkVersion: found.stat.version };
  }

  /**
   * Takes a block of producer ids, unless another write came first: then null, and the caller reads again. A lost
   * answer is told from a lost race by comparing the data.
   */
  async setLatestProducerIdsBlock(block: ProducerIdsBlock, expectedVersion: number): Promise<Stat | null> {
    const path = cluster.latestProducerIdBlock.path();
    const data = cluster.latestProducerIdBlock.encode(block);
    try {
      return await this.#znodes.setData(path, data, expectedVersion);
    } catch (error) {
      if (!isZkError(error, 'BadVersion', 'NoNode')) throw error;
    }
    const found = await this.#znodes.read(path);
    return found?.stat.version === expectedVersion + 1 && isSame(found.data, data) ? found.stat : null;
  }
}

function isSame(left: Buffer | null, right: Buffer | null): boolean {
  return left !== null && right !== null && left.equals(right);
}

function decodeEpoch(data: Buffer | null): number {
  return cluster.controllerEpoch.decode(data);
}
