/**
 * The znodes of a simulated ZooKeeper: versions, ephemerals, sequences, access control and multi as the real server
 * has them. A change is checked whole before any of it is made, which is what makes a multi one transaction. The tree
 * knows no time and no sessions of its own: the same transactions give the same tree, on whichever server.
 */
import { allows, fixedAcl, PERMISSION, WORLD } from './acl.ts';
import type { Acl, Identity } from './acl.ts';
import { ZK_ERROR, ZkFailure } from './errors.ts';

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

/** What a change did: the path it made, the znode it left, and how that stood then, before later steps changed it. */
export interface Applied {
  readonly change: Change;
  readonly path: string;
  readonly node: Znode | undefined;
  readonly stat: Stat | undefined;
  /** Of the znode, and of its parent when it came or went. */
  readonly acl: readonly Acl[];
  readonly parentAcl: readonly Acl[];
}

/** What clients are told of a znode beside its data. */
export type Stat = Omit<Znode, 'data' | 'acl' | 'children'> & {
  readonly dataLength: number;
  readonly numChildren: number;
};

export interface ChangeContext {
  readonly zxid: bigint;
  readonly session: bigint;
  readonly wallMs: number;
  /** Who asks; undefined when a server follows what the leader has allowed, or a session ends. */
  readonly identities: readonly Identity[] | undefined;
}

const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const LAST_FLAGS = EPHEMERAL | SEQUENTIAL;
const NOBODYS: readonly Acl[] = [];
const ANY_VERSION = -1;
/** There from the beginning, and for ever. */
const SYSTEM_PATHS = ['/zookeeper', '/zookeeper/config', '/zookeeper/quota'];

export class DataTree {
  readonly #nodes = new Map<string, Znode>();
  readonly #ephemerals = new Map<bigint, Set<string>>();
  /** Told of every transaction that was made. */
  onApplied: ((applied: readonly Applied[]) => void) | undefined;

  constructor() {
    const beginning = { zxid: 0n, session: 0n, wallMs: 0, identities: undefined };
    const empty = { data: Buffer.alloc(0), acl: WORLD };
    this.#nodes.set('/', newNode(empty, 0n, beginning));
    for (const path of SYSTEM_PATHS) {
      this.#nodes.set(path, newNode(empty, 0n, beginning));
      this.#nodes.get(parentOf(path))!.children.add(nameOf(path));
    }
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

  /** The ephemeral znodes of a session, in the order in which they were made. */
  ephemeralsOf(session: bigint): string[] {
    return [...(this.#ephemerals.get(session) ?? [])];
  }

  /** Makes the changes as one transaction, or throws the failure of the first that cannot be made, with its place. */
  apply(changes: readonly Change[], context: ChangeContext): Applied[] {
    const undo: (() => void)[] = [];
    try {
      const applied = changes.map((change) => this.#applyOne(change, context, undo));
      this.onApplied?.(applied);
      return applied;
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw Object.assign(error as ZkFailure, { failedAt: undo.length });
    }
  }

  /** Every change adds exactly one step to `undo`, so that their number tells how far a transaction got. */
  #applyOne(change: Change, context: ChangeContext, undo: (() => void)[]): Applied {
    switch (change.op) {
      case 'create':
        return this.#create(change, context, undo);
      case 'delete':
        return this.#delete(change, context, undo);
      case 'setData':
        return this.#setData(change, context, undo);
      case 'setAcl':
        return this.#setAcl(change, context, undo);
      case 'check': {
        const node = this.get(change.path);
        demand(node, PERMISSION.read, context);
        demandVersion(node.version, change.version);
        undo.push(() => undefined);
        return appliedTo(node, change);
      }
      default:
        throw new ZkFailure(ZK_ERROR.unimplemented);
    }
  }

  #create(change: Change & { op: 'create' }, context: ChangeContext, undo: (() => void)[]): Applied {
    // Containers and znodes with a time to live, which Kafka has no use for.
    if (change.flags > LAST_FLAGS) throw new ZkFailure(ZK_ERROR.unimplemented);
    const { identities, session } = context;
    const acl = identities === undefined ? change.acl : fixedAcl(change.acl, identities);
    const parent = this.get(parentOf(change.path));
    demand(parent, PERMISSION.create, context);
    const sequence =
      (change.flags & SEQUENTIAL) === 0 ? '' : String(parent.createdChildren).padStart(10, '0');
    const path = change.path + sequence;
    if (this.#nodes.has(path)) throw new ZkFailure(ZK_ERROR.nodeExists);
    if (parent.ephemeralOwner !== 0n) throw new ZkFailure(ZK_ERROR.noChildrenForEphemerals);
    const owner = (change.flags & EPHEMERAL) === 0 ? 0n : session;
    const node = newNode({ data: change.data, acl }, owner, context);
    const { pzxid, createdChildren } = parent;
    undo.push(() => {
      this.#remove(path, node, parent);
      Object.assign(parent, { pzxid, createdChildren });
    });
    this.#add(path, node, parent);
    parent.pzxid = context.zxid;
    parent.createdChildren = createdChildren + 1;
    // What the other servers are told to make has its list fixed.
    const made = acl === change.acl ? change : { ...change, acl };
    return { change: made, path, node, stat: statOf(node), acl, parentAcl: parent.acl };
  }

  #delete(change: Change & { op: 'delete' }, context: ChangeContext, undo: (() => void)[]): Applied {
    const { path } = change;
    if (path === '/' || SYSTEM_PATHS.includes(path)) throw new ZkFailure(ZK_ERROR.badArguments);
    // Who may not delete there is not told whether there is anything.
    const parent = this.get(parentOf(path));
    demand(parent, PERMISSION.delete, context);
    const node = this.get(path);
    demandVersion(node.version, change.version);
    if (node.children.size > 0) throw new ZkFailure(ZK_ERROR.notEmpty);
    const { pzxid } = parent;
    undo.push(() => {
      this.#add(path, node, parent);
      parent.pzxid = pzxid;
    });
    this.#remove(path, node, parent);
    parent.pzxid = context.zxid;
    return { change, path, node: undefined, stat: undefined, acl: node.acl, parentAcl: parent.acl };
  }

  #setData(change: Change & { op: 'setData' }, context: ChangeContext, undo: (() => void)[]): Applied {
    const node = this.get(change.path);
    demand(node, PERMISSION.write, context);
    demandVersion(node.version, change.version);
    const { data, mzxid, mtimeMs, version } = node;
    undo.push(() => Object.assign(node, { data, mzxid, mtimeMs, version }));
    node.data = change.data;
    node.mzxid = context.zxid;
    node.mtimeMs = context.wallMs;
    node.version = version + 1;
    return appliedTo(node, change);
  }

  #setAcl(change: Change & { op: 'setAcl' }, context: ChangeContext, undo: (() => void)[]): Applied {
    const { identities } = context;
    const acl = identities === undefined ? change.acl : fixedAcl(change.acl, identities);
    const node = this.get(change.path);
    demand(node, PERMISSION.admin, context);
    demandVersion(node.aclVersion, change.version);
    const { acl: before, aclVersion } = node;
    undo.push(() => Object.assign(node, { acl: before, aclVersion }));
    node.acl = acl;
    node.aclVersion = aclVersion + 1;
    return appliedTo(node, { ...change, acl });
  }

  #add(path: string, node: Znode, parent: Znode): void {
    this.#nodes.set(path, node);
    parent.children.add(nameOf(path));
    if (node.ephemeralOwner === 0n) return;
    const paths = this.#ephemerals.get(node.ephemeralOwner);
    if (paths === undefined) this.#ephemerals.set(node.ephemeralOwner, new Set([path]));
    else paths.add(path);
  }

  #remove(path: string, node: Znode, parent: Znode): void {
    this.#nodes.delete(path);
    parent.children.delete(nameOf(path));
    const paths = this.#ephemerals.get(node.ephemeralOwner);
    paths?.delete(path);
    if (paths?.size === 0) this.#ephemerals.delete(node.ephemeralOwner);
  }
}

/** Of a znode that was there and is. */
function appliedTo(node: Znode, change: Change): Applied {
  return { change, path: change.path, node, stat: statOf(node), acl: node.acl, parentAcl: NOBODYS };
}

export function statOf(node: Znode): Stat {
  const { czxid, mzxid, pzxid, ctimeMs, mtimeMs, version, createdChildren, aclVersion } = node;
  const { data, children, ephemeralOwner } = node;
  return {
    czxid,
    mzxid,
    pzxid,
    ctimeMs,
    mtimeMs,
    version,
    createdChildren,
    aclVersion,
    ephemeralOwner,
    dataLength: data?.length ?? 0,
    numChildren: children.size,
  };
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function demand(node: Znode, permission: number, { identities }: ChangeContext): void {
  if (identities !== undefined && !allows(node.acl, permission, identities))
    throw new ZkFailure(ZK_ERROR.noAuth);
}

function demandVersion(version: number, wanted: number): void {
  if (wanted !== ANY_VERSION && wanted !== version) throw new ZkFailure(ZK_ERROR.badVersion);
}

function newNode(
  { data, acl }: { readonly data: Buffer | null; readonly acl: readonly Acl[] },
  ephemeralOwner: bigint,
  { zxid, wallMs }: ChangeContext,
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
