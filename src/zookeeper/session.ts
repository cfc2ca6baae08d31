/**
 * The port through which Klassik speaks to ZooKeeper: one `ZooKeeperSession` is one session in ZooKeeper's sense,
 * from its first handshake to its close or expiry, over as many connections as it takes.
 *
 * Invariants: every call ends (a value, a ZkError or its deadline), also across disconnect and expiry; a version
 * goes on the wire as given, 0 included, because Kafka's fencing hangs on it; null data and empty data are two
 * things. What to retry, and what to do after an expiry, is left to zookeeper-client.ts.
 */

/** ZooKeeper's KeeperException codes, by Kafka's spelling of their names. */
export const ZK_ERROR_CODES = {
  SystemError: -1,
  RuntimeInconsistency: -2,
  DataInconsistency: -3,
  ConnectionLoss: -4,
  MarshallingError: -5,
  Unimplemented: -6,
  OperationTimeout: -7,
  BadArguments: -8,
  UnknownSession: -12,
  NewConfigNoQuorum: -13,
  ReconfigInProgress: -14,
  ApiError: -100,
  NoNode: -101,
  NoAuth: -102,
  BadVersion: -103,
  NoChildrenForEphemerals: -108,
  NodeExists: -110,
  NotEmpty: -111,
  SessionExpired: -112,
  InvalidCallback: -113,
  InvalidAcl: -114,
  AuthFailed: -115,
  SessionMoved: -118,
  NotReadOnly: -119,
  EphemeralOnLocalSession: -120,
  NoWatcher: -121,
  RequestTimeout: -122,
  ReconfigDisabled: -123,
  SessionClosedRequireSaslAuth: -124,
  QuotaExceeded: -125,
  Throttled: -127,
} as const;

/** `Unknown` stands for a code of a newer server: it fails the one call that met it. */
export type ZkErrorName = keyof typeof ZK_ERROR_CODES | 'Unknown';

/** What went wrong with one call. `code` is what callers decide by. */
export class ZkError extends Error {
  override readonly name = 'ZkError';
  readonly code: ZkErrorName;
  readonly path: string | null;

  constructor(code: ZkErrorName, path: string | null = null, detail = '') {
    super(`ZooKeeper: ${code}${path === null ? '' : ` for ${path}`}${detail === '' ? '' : ` (${detail})`}`);
    this.code = code;
    this.path = path;
  }
}

/** True for a ZkError of one of these codes. */
export function isZkError(error: unknown, ...codes: readonly ZkErrorName[]): error is ZkError {
  return error instanceof ZkError && (codes.length === 0 || codes.includes(error.code));
}

const namesByCode = new Map<number, ZkErrorName>(
  Object.entries(ZK_ERROR_CODES).map(([name, code]) => [code, name as ZkErrorName]),
);

/** The name of an error code from the wire; not 0. */
export function zkErrorName(code: number): ZkErrorName {
  return namesByCode.get(code) ?? 'Unknown';
}

/** An expected znode version. A type of its own, so that nobody passes -1, which ZooKeeper takes for "any". */
export type ExpectedVersion = number | 'any';

/** A znode's metadata. Zxids and session ids need all 64 bits and are bigint. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  /** Counts changes of the data; what Kafka calls zkVersion. */
  readonly version: number;
  /** Counts changes of the children. */
  readonly childrenVersion: number;
  readonly aclVersion: number;
  /** The session an ephemeral znode lives with; 0n for a persistent one. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
}

export type CreateMode = 'persistent' | 'ephemeral' | 'persistent-sequential' | 'ephemeral-sequential';

/** Permission bits: read 1, write 2, create 4, delete 8, admin 16. */
export interface Acl {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

export const ALL_PERMISSIONS = 31;
export const READ_PERMISSION = 1;

/** Everybody may do everything: ZooKeeper's OPEN_ACL_UNSAFE, Kafka's choice unless `zookeeper.set.acl` is on. */
export const OPEN_ACL: readonly Acl[] = [{ permissions: ALL_PERMISSIONS, scheme: 'world', id: 'anyone' }];

export interface ZnodeData {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/**
 * What a watch saw, once. `session-ended` closes a watch that will never fire, because its session expired or was
 * closed.
 */
export interface WatchEvent {
  readonly kind: 'created' | 'deleted' | 'data-changed' | 'children-changed' | 'session-ended';
  readonly path: string;
}

/** The same function registered twice for one path fires once, as in ZooKeeper's Java client. */
export type Watcher = (event: WatchEvent) => void;

export interface WatchOption {
  readonly watch?: Watcher | undefined;
}

/** One step of a transaction; versions are always named. */
export type MultiOp =
  | { readonly op: 'check'; readonly path: string; readonly version: ExpectedVersion }
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data: Buffer | null;
      readonly mode: CreateMode;
      readonly acl?: readonly Acl[];
    }
  | {
      readonly op: 'setData';
      readonly path: string;
      readonly data: Buffer | null;
      readonly version: ExpectedVersion;
    }
  | { readonly op: 'delete'; readonly path: string; readonly version: ExpectedVersion };

export type MultiOpResult =
  | { readonly op: 'check' | 'delete' }
  | { readonly op: 'create'; readonly path: string }
  | { readonly op: 'setData'; readonly stat: Stat };

/**
 * All steps happened, or none. When none did, `failedIndex` names the culprit and `error` what it met; `errors` has
 * the code of every step as the server gave it ('ok' for those before the culprit).
 */
export type MultiResult =
  | { readonly ok: true; readonly results: readonly MultiOpResult[] }
  | {
      readonly ok: false;
      readonly failedIndex: number;
      readonly error: ZkErrorName;
      readonly errors: readonly (ZkErrorName | 'ok')[];
    };

/**
 * `connecting` until the first handshake and after each lost connection's retry begins; `expired`, `closed` and
 * `auth-failed` are final.
 */
export type SessionState = 'connecting' | 'connected' | 'disconnected' | 'expired' | 'closed' | 'auth-failed';

export interface ZooKeeperSession {
  readonly state: SessionState;
  /** 0n until the first handshake. */
  readonly sessionId: bigint;
  /** What the server granted; the asked-for value until the first handshake. */
  readonly sessionTimeoutMs: number;

  /** Resolves with the path, which for a sequential znode has the number the server appended. */
  create(
    path: string,
    data: Buffer | null,
    mode: CreateMode,
    acl?: readonly Acl[],
  ): Promise<{ readonly path: string }>;
  getData(path: string, options?: WatchOption): Promise<ZnodeData>;
  setData(path: string, data: Buffer | null, version: ExpectedVersion): Promise<Stat>;
  delete(path: string, version: ExpectedVersion): Promise<void>;
  /** Null when there is no such znode; the watch is set either way. */
  exists(path: string, options?: WatchOption): Promise<Stat | null>;
  getChildren(
    path: string,
    options?: WatchOption,
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }>;
  /** Rejects only when the whole call has no answer (ConnectionLoss, SessionExpired, ...). */
  multi(ops: readonly MultiOp[]): Promise<MultiResult>;
  getAcl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }>;
  setAcl(path: string, acl: readonly Acl[], aclVersion: ExpectedVersion): Promise<Stat>;
  /** Adds an identity to the session; it is presented again on every reconnect, before anything else. */
  addAuth(scheme: string, auth: Buffer): Promise<void>;
  /** Resolves when this session's server caught up with the leader. */
  sync(path: string): Promise<void>;

  /** Returns the function that ends the subscription. */
  onState(listener: (state: SessionState) => void): () => void;
  /** Ends the session, so that its ephemeral znodes go at once; safe in every state and called twice. */
  close(): Promise<void>;
}
