/**
 * The znodes of a simulated ZooKeeper: versions, ephemerals, sequences and multi as the real server has them. A
 * change is checked whole before any of it is made, which is what makes a multi one transaction.
 */

/** The error codes of the real server that this one gives. */
export const ZK_ERROR = {
  ok: 0,
  runtimeInconsistency: -2,
  unimplemented: -6,
  noNode: -101,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
} as const;

export class ZkFailure extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`ZooKeeper error ${code}`);
    this.code = code;
  }
}

export interface Acl {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

export interface Znode {
  data: Buffer | null;
  acl: readonly Acl[];
  readonly children: Set<string>;
  readonly czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  readonly ctimeMs: number;
  mtimeMs: number;
  version: number;
  /** Children created so far: the next sequence number. */
  createdChildren: number;
  aclVersion: number;
  readonly ephemeralOwner: bigint;
}

export type Change =
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data: Buffer | null;
      readonly acl: readonly Acl[];
      readonly flags: number;
    }
  | { readonly op: 'delete'; readonly path: string; readonly version: number }
  | { readonly op: 'setData'; readonly path: string; readonly data: Buffer | null; readonly version: number }
  | { readonly op: 'setAcl'; readonly path: string; readonly acl: readonly Acl[]; readonly version: number }
  | { readonly op: 'check'; readonly path: string; readonly version: number };

/** What a change did: the path it made, or the znode it left. */
export interface Applied {
  readonly change: Change;
  readonly path: string;
  readonly node: Znode | undefined;
}

export interface ChangeContext {
  readonly session: bigint;
  readonly wallMs: number;
}

const EPHEMERAL = 1;
const SEQUENTIAL = 2;

export class DataTree {
  readonly #nodes = new Map<string, Znode>();
  #zxid = 0n;
  /** Told of every transaction that was made. */
  onApplied: ((applied: readonly Applied[]) => void) | undefined;

  constructor() {
    const context = { session: 0n, wallMs: 0 };
    this.#nodes.set('/', newNode({ data: null, acl: [] }, 0n, 0n, context));
    for (const path of ['/zookeeper', '/zookeeper/quota'])
      this.apply([{ op: 'create', path, data: null, acl: [], flags: 0 }], context);
    this.#zxid = 0n;
  }

  get zxid(): bigint {
    return this.#zxid;
  }

  find(path: string): Znode | undefined {
    return this.#nodes.get(path);
  }

  get(path: string): Znode {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new ZkFailure(ZK_ERROR.noNode);
    return node;
  }

  paths(): string[] {
    return [...this.#nodes.keys()].sort();
  }

  /** Makes the changes as one transaction, or throws the failure of the first that cannot be made, with its place. */
  apply(changes: readonly Change[], context: ChangeContext): Applied[] {
    const undo: (() => void)[] = [];
    const before = this.#zxid;
    this.#zxid += 1n;
    try {
      const applied = changes.map((change) => this.#applyOne(change, context, undo));
      this.onApplied?.(applied);
      return applied;
    } catch (error) {
      for (const step of undo.reverse()) step();
      this.#zxid = before;
      throw Object.assign(error as ZkFailure, { failedAt: undo.length });
    }
  }

  ephemeralsOf(session: bigint): string[] {
    return this.paths().filter((path) => this.#nodes.get(path)!.ephemeralOwner === session);
  }

  /** Every change adds exactly one step to `undo`, so that their number tells how far a transaction got. */
  #applyOne(change: Change, context: ChangeContext, undo: (() => void)[]): Applied {
    switch (change.op) {
      case 'create':
        return this.#create(change, context, undo);
      case 'delete':
        return this.#delete(change, undo);
      case 'setData': {
        const node = this.#checked(change.path, change.version);
        const { data, mzxid, mtimeMs, version } = node;
        undo.push(() => Object.assign(node, { data, mzxid, mtimeMs, version }));
        Object.assign(node, {
          data: change.data,
          mzxid: this.#zxid,
          mtimeMs: context.wallMs,
          version: version + 1,
        });
        return { change, path: change.path, node };
      }
      case 'setAcl': {
        const node = this.get(change.path);
        const { acl, aclVersion } = node;
        if (change.version >= 0 && change.version !== aclVersion) throw new ZkFailure(ZK_ERROR.badVersion);
        undo.push(() => Object.assign(node, { acl, aclVersion }));
        Object.assign(node, { acl: change.acl, aclVersion: aclVersion + 1 });
        return { change, path: change.path, node };
      }
      case 'check': {
        const node = this.#checked(change.path, change.version);
        undo.push(() => undefined);
        return { change, path: change.path, node };
      }
      default:
        throw new ZkFailure(ZK_ERROR.unimplemented);
    }
  }

  #create(change: Change & { op: 'create' }, context: ChangeContext, undo: (() => void)[]): Applied {
    const parent = this.get(parentOf(change.path));
    if (parent.ephemeralOwner !== 0n) throw new ZkFailure(ZK_ERROR.noChildrenForEphemerals);
    const sequence =
      (change.flags & SEQUENTIAL) === 0 ? '' : String(parent.createdChildren).padStart(10, '0');
    const path = change.path + sequence;
    if (this.#nodes.has(path)) throw new ZkFailure(ZK_ERROR.nodeExists);
    const owner = (change.flags & EPHEMERAL) === 0 ? 0n : context.session;
    const node = newNode(change, this.#zxid, owner, context);
    const { pzxid, createdChildren } = parent;
    const name = path.slice(path.lastIndexOf('/') + 1);
    undo.push(() => {
      this.#nodes.delete(path);
      parent.children.delete(name);
      Object.assign(parent, { pzxid, createdChildren });
    });
    this.#nodes.set(path, node);
    parent.children.add(name);
    Object.assign(parent, { pzxid: this.#zxid, createdChildren: createdChildren + 1 });
    return { change, path, node };
  }

  #delete(change: Change & { op: 'delete' }, undo: (() => void)[]): Applied {
    const { path } = change;
    const node = this.#checked(path, change.version);
    if (node.children.size > 0) throw new ZkFailure(ZK_ERROR.notEmpty);
    const parent = this.get(parentOf(path));
    const { pzxid } = parent;
    const name = path.slice(path.lastIndexOf('/') + 1);
    undo.push(() => {
      this.#nodes.set(path, node);
      parent.children.add(name);
      parent.pzxid = pzxid;
    });
    this.#nodes.delete(path);
    parent.children.delete(name);
    parent.pzxid = this.#zxid;
    return { change, path, node: undefined };
  }

  #checked(path: string, version: number): Znode {
    const node = this.get(path);
    if (version >= 0 && version !== node.version) throw new ZkFailure(ZK_ERROR.badVersion);
    return node;
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function newNode(
  { data, acl }: { readonly data: Buffer | null; readonly acl: readonly Acl[] },
  zxid: bigint,
  ephemeralOwner: bigint,
  { wallMs }: ChangeContext,
): Znode {
  return {
    data,
    acl,
    children: new Set(),
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctimeMs: wallMs,
    mtimeMs: wallMs,
    version: 0,
    createdChildren: 0,
    aclVersion: 0,
    ephemeralOwner,
  };
}
