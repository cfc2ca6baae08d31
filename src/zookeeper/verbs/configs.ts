/**
 * Dynamic configs in ZooKeeper: /config/<type>/<entity> and the notifications of their changes.
 *
 * Invariant: a config is written only while some ZooKeeper controller is in office, checked in the same transaction;
 * after a migration to KRaft took over the write is refused, since nobody would read it (contract section 2.1).
 */
import { cluster, entities } from '../registry.ts';
import { isZkError, ZkError } from '../session.ts';
import { sanitize } from '../sanitizer.ts';
import { ControllerMovedError } from './znode-operations.ts';
import type { ExpectedVersion } from '../session.ts';
import type { ConfigEntityType, ConfigMap } from '../types.ts';
import type { ControllerVerbs } from './controller.ts';
import type { ZnodeOperations } from './znode-operations.ts';

/** What follows /config in a path and is named in notifications: `topics/t1`, `users/alice/clients/c%201`. */
export type EntityPath = string;

/** `topics/t1`; names of users and clients are sanitized here, except "<default>". */
export function entityPath(type: ConfigEntityType, name: string): EntityPath {
  return `${type}/${type === 'users' || type === 'clients' ? sanitizedName(name) : name}`;
}

/** `users/alice/clients/c%201` */
export function userClientPath(user: string, client: string): EntityPath {
  return `users/${sanitizedName(user)}/clients/${sanitizedName(client)}`;
}

function sanitizedName(name: string): string {
  return name === '<default>' ? name : sanitize(name);
}

const znodePath = (entity: EntityPath): string => `/config/${entity}`;

export class ConfigVerbs {
  readonly #znodes: ZnodeOperations;
  readonly #controller: ControllerVerbs;

  constructor(znodes: ZnodeOperations, controller: ControllerVerbs) {
    this.#znodes = znodes;
    this.#controller = controller;
  }

  /** Empty when the entity has none. */
  async getEntityConfigs(entity: EntityPath): Promise<Map<string, string>> {
    const found = await this.#znodes.read(znodePath(entity));
    // Parents such as /config/users/<user>, made for a client's quota, have no data.
    if (found?.data === null || found === null || found.data.length === 0) return new Map();
    return new Map(entities.entityConfig.decode(found.data, znodePath(entity)));
  }

  /** The configs of many topics at once, pipelined. */
  async getTopicConfigs(topics: Iterable<string>): Promise<Map<string, Map<string, string>>> {
    const configs = await Promise.all(
      [...topics].map(async (topic): Promise<[string, Map<string, string>]> => [
        topic,
        await this.getEntityConfigs(entityPath('topics', topic)),
      ]),
    );
    return new Map(configs);
  }

  /** The sanitized names below /config/<type>, `<default>` among them; or below a deeper path of ours. */
  async getAllEntitiesWithConfig(type: EntityPath): Promise<string[]> {
    return [...(await this.#znodes.children(znodePath(type), false))];
  }

  /**
   * Writes the configs of one entity, empty ones too. The write rides on check(/controller); when the entity has no
   * znode yet it is created plainly. Rejects with ControllerMovedError when no ZooKeeper controller is in office.
   */
  async setOrCreateEntityConfigs(entity: EntityPath, config: ConfigMap): Promise<void> {
    const path = znodePath(entity);
    const data = entities.entityConfig.encode(config);
    for (;;) {
      const version = await this.#controllerVersion();
      const result = await this.#znodes.client.retryUntilConnected((session) =>
        session.multi([
          { op: 'check', path: cluster.controller.path(), version },
          { op: 'setData', path, data, version: 'any' },
        ]),
      );
      if (result.ok) return;
      if (result.failedIndex === 0) continue; // another election in between: look who is in office now
      if (result.error !== 'NoNode') throw new ZkError(result.error, path);
      try {
        await this.#znodes.createRecursive(path, data);
        return;
      } catch (error) {
        if (!isZkError(error, 'NodeExists')) throw error; // somebody else created it: set it
      }
    }
  }

  async #controllerVersion(): Promise<number> {
    const controller = await this.#controller.getController();
    if (controller === null)
      throw new ControllerMovedError('there is no controller to check a config write against');
    if (controller.value.kraftControllerEpoch > 0)
      throw new ControllerMovedError('a KRaft controller holds this cluster: configs are written there');
    return controller.zkVersion;
  }

  /** Removes an entity's znode; false when there was none. */
  async deleteEntityConfigs(entity: EntityPath): Promise<boolean> {
    try {
      return await this.#znodes.deletePath(znodePath(entity));
    } catch (error) {
      if (isZkError(error, 'NotEmpty')) return false;
      throw error;
    }
  }

  /**
   * Writes an entity of quotas or credentials the way the original does: with no configs left and no children, it is
   * deleted, and so are parents that held nothing else.
   */
  async changeOrCleanEntityConfigs(entity: EntityPath, config: ConfigMap): Promise<void> {
    const cleans = config.size === 0 && (await this.#znodes.children(znodePath(entity), false)).length === 0;
    if (!cleans) return this.setOrCreateEntityConfigs(entity, config);
    await this.deleteEntityConfigs(entity);
    const segments = entity.split('/');
    while (segments.length > 2) {
      segments.pop();
      const parent = segments.join('/');
      if ((await this.getEntityConfigs(parent)).size > 0 || !(await this.deleteEntityConfigs(parent))) return;
    }
  }

  /** The controller's last steps of a topic deletion. */
  async deleteTopicConfigs(topics: readonly string[], fence: ExpectedVersion): Promise<void> {
    await this.#znodes.fencedOrThrow(
      topics.map((topic) => ({
        op: 'delete' as const,
        path: znodePath(entityPath('topics', topic)),
        version: 'any' as const,
      })),
      fence,
      ['NoNode'],
    );
  }

  /** Tells every broker to read this entity's configs again. */
  async createConfigChangeNotification(entity: EntityPath): Promise<void> {
    await this.#znodes.ensurePath(entities.configChanges.path());
    await this.#znodes.create(
      entities.configChange.path({ sequence: '' }),
      entities.configChange.encode(entity),
      'persistent-sequential',
    );
  }
}
