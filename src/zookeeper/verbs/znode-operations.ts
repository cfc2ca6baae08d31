/**
 * The shapes in which Kafka writes to ZooKeeper, on which all its verbs are built: recursive creation, plain and
 * fenced writes, recursive deletion.
 *
 * Invariant: a fenced write is a transaction of its own, check(/controller_epoch) and one operation; many of them are
 * sent one behind the other without waiting, never as one big transaction, so one partition's conflict is its own
 * (contract section 2.1).
 */
import { assert, severalAtATime, unreachable } from '../../common/index.ts';
import { cluster } from '../registry.ts';
import { isZkError, OPEN_ACL, ZkError } from '../session.ts';
import type { Acl, CreateMode, ExpectedVersion, MultiOp, Stat, ZkErrorName, ZnodeData } from '../session.ts';
import type { ZooKeeperSession } from '../session.ts';
import type { ZooKeeperClient } from '../zookeeper-client.ts';

/** The check of a fenced write failed: another controller was elected, and this one must resign. */
export class ControllerMovedError extends Error {
  override readonly name = 'ControllerMovedError';
}

/** What became of one write of many. */
export type WriteOutcome =
  | { readonly ok: true; readonly path: string; readonly stat: Stat | null }
  | { readonly ok: false; readonly path: string; readonly error: ZkErrorName };

/** A write other than a check. */
export type WriteOp = Exclude<MultiOp, { readonly op: 'check' }>;

/** Which ACL a new znode gets: everybody's, or the secure one of `zookeeper.set.acl` (contract section 2.1). */
export type AclPolicy = (path: string) => readonly Acl[];

export const openAclPolicy: AclPolicy = () => OPEN_ACL;

/**
 * More than may be on their way to the server (zookeeper.max.in.flight.requests), so that the next one always waits for
 * its turn, and few enough for one turn of the event loop.
 */
const CALLS_AT_ONCE = 100;

export class ZnodeOperations {
  readonly client: ZooKeeperClient;
  readonly aclFor: AclPolicy;

  constructor(client: ZooKeeperClient, aclFor: AclPolicy = openAclPolicy) {
    this.client = client;
    this.aclFor = aclFor;
  }

  /** Null when there is no such znode. */
  async read(path: string): Promise<ZnodeData | null> {
    try {
      return await this.client.getData(path);
    } catch (error) {
      if (isZkError(error, 'NoNode')) return null;
      throw error;
    }
  }

  /** Reads many, pipelined, each decoded as it comes; those that are not there are left out. */
  async readAll<K, V>(
    keys: Iterable<K>,
    pathOf: (key: K) => string,
    decode: (found: ZnodeData, key: K, path: string) => V,
  ): Promise<[K, V][]> {
    const read = await severalAtATime(keys, CALLS_AT_ONCE, async (key): Promise<[K, V] | null> => {
      const path = pathOf(key);
      const found = await this.read(path);
      return found === null ? null : [key, decode(found, key, path)];
    });
    return read.filter((one) => one !== null);
  }

  /** Empty when the parent does not exist. */
  async children(path: string, watch = true): Promise<readonly string[]> {
    try {
      return (await this.client.getChildren(path, watch)).children;
    } catch (error) {
      if (isZkError(error, 'NoNode')) return [];
      throw error;
    }
  }

  async create(path: string, data: Buffer | null, mode: CreateMode = 'persistent'): Promise<string> {
    const created = await this.client.retryUntilConnected((session) =>
      session.create(path, data, mode, this.aclFor(path)),
    );
    return created.path;
  }

  /** Creates a znode and, only where needed, its parents with null data. Rejects with NodeExists. */
  async createRecursive(path: string, data: Buffer | null, mode: CreateMode = 'persistent'): Promise<string> {
    try {
      return await this.create(path, data, mode);
    } catch (error) {
      if (!isZkError(error, 'NoNode')) throw error;
    }
    await this.ensurePath(path.slice(0, path.lastIndexOf('/')));
    return await this.create(path, data, mode);
  }

  /** Makes sure that a persistent znode exists, without a look at its data. */
  async ensurePath(path: string): Promise<void> {
    try {
      await this.createRecursive(path, null);
    } catch (error) {
      if (!isZkError(error, 'NodeExists')) throw error;
    }
  }

  async setData(path: string, data: Buffer | null, version: ExpectedVersion): Promise<Stat> {
    return this.client.retryUntilConnected((session) => session.setData(path, data, version));
  }

  async setOrCreate(path: string, data: Buffer | null): Promise<void> {
    try {
      await this.setData(path, data, 'any');
    } catch (error) {
      if (!isZkError(error, 'NoNode')) throw error;
      await this.createRecursive(path, data);
    }
  }

  /** False when there was none. */
  async deletePath(path: string, version: ExpectedVersion = 'any'): Promise<boolean> {
    try {
      await this.client.retryUntilConnected((session) => session.delete(path, version));
      return true;
    } catch (error) {
      if (isZkError(error, 'NoNode')) return false;
      throw error;
    }
  }

  /** Deletes a znode and all below it, children first, each delete fenced. */
  async deleteRecursive(path: string, expectedControllerEpochZkVersion: ExpectedVersion): Promise<boolean> {
    for (const child of await this.children(path, false))
      await this.deleteRecursive(`${path}/${child}`, expectedControllerEpochZkVersion);
    const [outcome] = await this.fenced(
      [{ op: 'delete', path, version: 'any' }],
      expectedControllerEpochZkVersion,
    );
    if (outcome === undefined || outcome.ok) return true;
    if (outcome.error === 'NoNode') return false;
    throw new ZkError(outcome.error, path);
  }

  /**
   * Writes, one behind the other and drawn from `ops` as they are sent, each only if /controller_epoch still has the
   * expected version ('any': unfenced). Outcomes come in order; a failed check is no outcome but a ControllerMovedError.
   */
  async fenced(
    ops: Iterable<WriteOp>,
    expectedControllerEpochZkVersion: ExpectedVersion,
  ): Promise<WriteOutcome[]> {
    return severalAtATime(ops, CALLS_AT_ONCE, (given) => {
      const op = given.op === 'create' ? { ...given, acl: given.acl ?? this.aclFor(given.path) } : given;
      return this.client.retryUntilConnected((session) =>
        expectedControllerEpochZkVersion === 'any'
          ? plainWrite(session, op)
          : fencedWrite(session, op, expectedControllerEpochZkVersion),
      );
    });
  }

  /** Like `fenced`, where anything but success is an error; codes in `tolerated` pass. */
  async fencedOrThrow(
    ops: readonly WriteOp[],
    expectedControllerEpochZkVersion: ExpectedVersion,
    tolerated: readonly ZkErrorName[] = [],
  ): Promise<void> {
    for (const outcome of await this.fenced(ops, expectedControllerEpochZkVersion))
      if (!outcome.ok && !tolerated.includes(outcome.error)) throw new ZkError(outcome.error, outcome.path);
  }
}

async function fencedWrite(
  session: ZooKeeperSession,
  op: WriteOp,
  controllerEpochZkVersion: number,
): Promise<WriteOutcome> {
  const path = cluster.controllerEpoch.path();
  const result = await session.multi([{ op: 'check', path, version: controllerEpochZkVersion }, op]);
  if (result.ok) {
    const written = result.results[1];
    assert(written !== undefined, 'a transaction of two steps has two results');
    return {
      ok: true,
      path: written.op === 'create' ? written.path : op.path,
      stat: written.op === 'setData' ? written.stat : null,
    };
  }
  if (result.failedIndex === 0)
    throw new ControllerMovedError(
      `${path} no longer has version ${controllerEpochZkVersion} (${result.error}): another controller was elected`,
    );
  return { ok: false, path: op.path, error: result.error };
}

const SESSION_ERRORS: readonly ZkErrorName[] = ['ConnectionLoss', 'SessionExpired', 'AuthFailed'];

/** Errors of the connection reject, so that they are retried; the server's verdict on the write is a value. */
async function plainWrite(session: ZooKeeperSession, op: WriteOp): Promise<WriteOutcome> {
  try {
    switch (op.op) {
      case 'create':
        return {
          ok: true,
          path: (await session.create(op.path, op.data, op.mode, op.acl)).path,
          stat: null,
        };
      case 'setData':
        return { ok: true, path: op.path, stat: await session.setData(op.path, op.data, op.version) };
      case 'delete':
        await session.delete(op.path, op.version);
        return { ok: true, path: op.path, stat: null };
      default:
        return unreachable(op);
    }
  } catch (error) {
    if (!isZkError(error) || SESSION_ERRORS.includes(error.code)) throw error;
    return { ok: false, path: op.path, error: error.code };
  }
}

/** A zxid as a broker epoch: a number for as long as ZooKeeper has not held two million leader elections. */
export function epochFromZxid(zxid: bigint): number {
  const epoch = Number(zxid);
  assert(Number.isSafeInteger(epoch), `zxid ${zxid} does not fit a number`);
  return epoch;
}
