/**
 * ACLs and delegation tokens in ZooKeeper.
 *
 * Invariant: a resource's ACLs are written only on the version they were read at; who loses reads again. Every change
 * is followed by a notification, which carries the name of what changed, not the change (contract section 6.3).
 */
import { entities } from '../registry.ts';
import { isZkError } from '../session.ts';
import type { AccessControlEntryJson, DelegationTokenInfo } from '../types.ts';
import type { Versioned } from './controller.ts';
import type { ZnodeOperations } from './znode-operations.ts';

export type AclPatternType = 'LITERAL' | 'PREFIXED';

/** As in paths: `Topic`, `Group`, `Cluster`, `TransactionalId`, `DelegationToken`, `User`. */
export const ACL_RESOURCE_TYPES = [
  'Topic',
  'Group',
  'Cluster',
  'TransactionalId',
  'DelegationToken',
  'User',
] as const;
export type AclResourceType = (typeof ACL_RESOURCE_TYPES)[number];

export interface AclResource {
  readonly type: AclResourceType;
  readonly name: string;
  readonly patternType: AclPatternType;
}

const ACL_ROOTS: Readonly<Record<AclPatternType, string>> = {
  LITERAL: '/kafka-acl',
  PREFIXED: '/kafka-acl-extended/prefixed',
};
export const ACL_CHANGES_PATH = '/kafka-acl-changes';
export const EXTENDED_ACL_CHANGES_PATH = '/kafka-acl-extended-changes';
export const TOKEN_CHANGES_PATH = '/delegation_token/token_changes';
const TOKENS_PATH = '/delegation_token/tokens';

function aclPath({ type, name, patternType }: AclResource): string {
  const row = patternType === 'LITERAL' ? entities.literalAcl : entities.prefixedAcl;
  return row.path({ type, name });
}

export class AccessVerbs {
  readonly #znodes: ZnodeOperations;

  constructor(znodes: ZnodeOperations) {
    this.#znodes = znodes;
  }

  // ---- ACLs

  /** Made by a broker with an authorizer, at start. */
  async createAclPaths(): Promise<void> {
    for (const root of Object.values(ACL_ROOTS)) {
      await this.#znodes.ensurePath(root);
      for (const type of ACL_RESOURCE_TYPES) await this.#znodes.ensurePath(`${root}/${type}`);
    }
    await this.#znodes.ensurePath(ACL_CHANGES_PATH);
    await this.#znodes.ensurePath(EXTENDED_ACL_CHANGES_PATH);
  }

  /** Every resource that has ACLs. */
  async getAclResources(): Promise<AclResource[]> {
    const resources: AclResource[] = [];
    for (const patternType of ['LITERAL', 'PREFIXED'] as const)
      for (const type of ACL_RESOURCE_TYPES)
        for (const name of await this.#znodes.children(`${ACL_ROOTS[patternType]}/${type}`, false))
          resources.push({ type, name, patternType });
    return resources;
  }

  /** Null when the resource has none. */
  async getVersionedAcls(
    resource: AclResource,
  ): Promise<Versioned<readonly AccessControlEntryJson[]> | null> {
    const path = aclPath(resource);
    const found = await this.#znodes.read(path);
    return found === null
      ? null
      : { value: entities.literalAcl.decode(found.data, path), zkVersion: found.stat.version };
  }

  /** The new version, or null when another broker wrote first. */
  async conditionalSetAcls(
    resource: AclResource,
    acls: readonly AccessControlEntryJson[],
    expectedVersion: number,
  ): Promise<number | null> {
    try {
      const data = entities.literalAcl.encode(acls);
      return (await this.#znodes.setData(aclPath(resource), data, expectedVersion)).version;
    } catch (error) {
      if (isZkError(error, 'BadVersion', 'NoNode')) return null;
      throw error;
    }
  }

  /** The first version, or null when another broker was first. */
  async createAclsIfNotExists(
    resource: AclResource,
    acls: readonly AccessControlEntryJson[],
  ): Promise<number | null> {
    try {
      await this.#znodes.createRecursive(aclPath(resource), entities.literalAcl.encode(acls));
      return 0;
    } catch (error) {
      if (isZkError(error, 'NodeExists')) return null;
      throw error;
    }
  }

  /** True when gone; false when another broker wrote in between. */
  async conditionalDeleteAcls(resource: AclResource, expectedVersion: number): Promise<boolean> {
    try {
      await this.#znodes.deletePath(aclPath(resource), expectedVersion);
      return true;
    } catch (error) {
      if (isZkError(error, 'BadVersion')) return false;
      throw error;
    }
  }

  async createAclChangeNotification({ type, name, patternType }: AclResource): Promise<void> {
    const resourceType = type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
    if (patternType === 'LITERAL')
      await this.#znodes.create(
        entities.literalAclChange.path({ sequence: '' }),
        entities.literalAclChange.encode(`${resourceType}:${name}`),
        'persistent-sequential',
      );
    else
      await this.#znodes.create(
        entities.extendedAclChange.path({ sequence: '' }),
        entities.extendedAclChange.encode({ resourceType, name, patternType }),
        'persistent-sequential',
      );
  }

  // ---- delegation tokens

  async createDelegationTokenPaths(): Promise<void> {
    await this.#znodes.ensurePath(TOKEN_CHANGES_PATH);
    await this.#znodes.ensurePath(TOKENS_PATH);
  }

  async getDelegationTokenIds(): Promise<string[]> {
    return [...(await this.#znodes.children(TOKENS_PATH, false))];
  }

  async getDelegationTokenInfo(tokenId: string): Promise<DelegationTokenInfo | null> {
    const path = entities.delegationToken.path({ tokenId });
    const found = await this.#znodes.read(path);
    return found === null ? null : entities.delegationToken.decode(found.data, path);
  }

  async setOrCreateDelegationToken(token: DelegationTokenInfo): Promise<void> {
    const path = entities.delegationToken.path({ tokenId: token.tokenId });
    await this.#znodes.setOrCreate(path, entities.delegationToken.encode(token));
  }

  async deleteDelegationToken(tokenId: string): Promise<boolean> {
    return this.#znodes.deletePath(entities.delegationToken.path({ tokenId }));
  }

  async createTokenChangeNotification(tokenId: string): Promise<void> {
    await this.#znodes.create(
      entities.delegationTokenChange.path({ sequence: '' }),
      entities.delegationTokenChange.encode(tokenId),
      'persistent-sequential',
    );
  }
}
