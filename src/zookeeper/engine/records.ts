/**
 * What travels between a client and a ZooKeeper server, as values of ours over the jute records of
 * node-zookeeper-client: requests to frames, replies to values. Knows bytes, no sockets and no time.
 *
 * Invariant: an expected version is written as given; 'any' alone becomes -1. Null data has length -1, empty data 0.
 */
import jute from 'node-zookeeper-client/lib/jute/index.js';
import { assert, unreachable } from '../../common/index.ts';
import { zkErrorName } from '../session.ts';
import type { JuteRecord, StatFields } from 'node-zookeeper-client/lib/jute/index.js';
import type {
  Acl,
  CreateMode,
  ExpectedVersion,
  MultiOp,
  MultiOpResult,
  MultiResult,
  Stat,
  ZkErrorName,
  ZnodeData,
} from '../session.ts';

const { protocol, data: types, OP_CODES } = jute;

/** Reserved ids of requests that are no calls. */
export const XID = { NOTIFICATION: -1, PING: -2, AUTH: -4, SET_WATCHES: -8 } as const;

const CREATE_FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: 0,
  ephemeral: 1,
  'persistent-sequential': 2,
  'ephemeral-sequential': 3,
};

const RUNTIME_INCONSISTENCY: ZkErrorName = 'RuntimeInconsistency';

const versionOf = (version: ExpectedVersion): number => (version === 'any' ? -1 : version);

function longOf(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
}

function aclRecords(acl: readonly Acl[]): JuteRecord[] {
  return acl.map(({ permissions, scheme, id }) => new types.ACL(permissions, new types.Id(scheme, id)));
}

/** A request's type and body. */
export interface Request {
  readonly type: number;
  readonly body: readonly JuteRecord[];
}

const one = (type: number, body: JuteRecord): Request => ({ type, body: [body] });

export const requests = {
  create: (path: string, data: Buffer | null, mode: CreateMode, acl: readonly Acl[]): Request =>
    one(OP_CODES.CREATE, createRecord(path, data, mode, acl)),
  delete: (path: string, version: ExpectedVersion): Request =>
    one(OP_CODES.DELETE, new protocol.DeleteRequest(path, versionOf(version))),
  exists: (path: string, watch: boolean): Request =>
    one(OP_CODES.EXISTS, new protocol.ExistsRequest(path, watch)),
  getData: (path: string, watch: boolean): Request =>
    one(OP_CODES.GET_DATA, new protocol.GetDataRequest(path, watch)),
  setData: (path: string, data: Buffer | null, version: ExpectedVersion): Request =>
    one(OP_CODES.SET_DATA, new protocol.SetDataRequest(path, data ?? undefined, versionOf(version))),
  getChildren: (path: string, watch: boolean): Request =>
    one(OP_CODES.GET_CHILDREN2, new protocol.GetChildren2Request(path, watch)),
  getAcl: (path: string): Request => one(OP_CODES.GET_ACL, new protocol.GetACLRequest(path)),
  setAcl: (path: string, acl: readonly Acl[], version: ExpectedVersion): Request =>
    one(OP_CODES.SET_ACL, new protocol.SetACLRequest(path, aclRecords(acl), versionOf(version))),
  // The package has no record for sync; a path alone is what it takes.
  sync: (path: string): Request => one(OP_CODES.SYNC, new protocol.GetACLRequest(path)),
  ping: (): Request => ({ type: OP_CODES.PING, body: [] }),
  closeSession: (): Request => ({ type: OP_CODES.CLOSE_SESSION, body: [] }),
  auth: (scheme: string, auth: Buffer): Request =>
    one(OP_CODES.AUTH, new protocol.AuthPacket(0, scheme, auth)),
  setWatches: (
    zxid: bigint,
    watches: { data: readonly string[]; exist: readonly string[]; child: readonly string[] },
  ): Request =>
    one(
      OP_CODES.SET_WATCHES,
      new protocol.SetWatches(longOf(zxid), watches.data, watches.exist, watches.child),
    ),
  multi: (
    ops: readonly (MultiOp & { readonly acl?: readonly Acl[] })[],
    openAcl: readonly Acl[],
  ): Request => ({
    type: OP_CODES.MULTI,
    body: [
      ...ops.flatMap((op) => {
        const { type, record } = multiStep(op, openAcl);
        return [new protocol.MultiHeader(type, false, -1), record];
      }),
      new protocol.MultiHeader(-1, true, -1),
    ],
  }),
};

function createRecord(path: string, data: Buffer | null, mode: CreateMode, acl: readonly Acl[]): JuteRecord {
  return new protocol.CreateRequest(path, data ?? undefined, aclRecords(acl), CREATE_FLAGS[mode]);
}

function multiStep(op: MultiOp, openAcl: readonly Acl[]): { type: number; record: JuteRecord } {
  switch (op.op) {
    case 'check':
      return {
        type: OP_CODES.CHECK,
        record: new protocol.CheckVersionRequest(op.path, versionOf(op.version)),
      };
    case 'create':
      return { type: OP_CODES.CREATE, record: createRecord(op.path, op.data, op.mode, op.acl ?? openAcl) };
    case 'setData':
      return {
        type: OP_CODES.SET_DATA,
        record: new protocol.SetDataRequest(op.path, op.data ?? undefined, versionOf(op.version)),
      };
    case 'delete':
      return { type: OP_CODES.DELETE, record: new protocol.DeleteRequest(op.path, versionOf(op.version)) };
    default:
      return unreachable(op);
  }
}

/** Length, header, body: one request as it goes on the wire. */
export function requestFrame(xid: number, { type, body }: Request): Buffer {
  return frameOf([new protocol.RequestHeader(xid, type), ...body]);
}

function frameOf(records: readonly JuteRecord[], trailingBytes = 0): Buffer {
  const length = records.reduce((sum, record) => sum + record.byteLength(), trailingBytes);
  const frame = Buffer.alloc(4 + length);
  frame.writeInt32BE(length, 0);
  let offset = 4;
  for (const record of records) offset += record.serialize(frame, offset);
  return frame;
}

/** What a client presents when it connects; id 0n asks for a new session. */
export interface Handshake {
  readonly lastZxid: bigint;
  readonly sessionTimeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Buffer;
}

export const PASSWORD_BYTES = 16;

/** The package's record lacks the last field, "may be read-only", without which a server logs a complaint. */
export function handshakeFrame({ lastZxid, sessionTimeoutMs, sessionId, password }: Handshake): Buffer {
  const record = new protocol.ConnectRequest(
    0,
    longOf(lastZxid),
    sessionTimeoutMs,
    longOf(sessionId),
    password,
  );
  return frameOf([record], 1);
}

/** `sessionTimeoutMs` of 0 or less says that the session is no more. */
export function readHandshake(frame: Buffer): Omit<Handshake, 'lastZxid'> {
  const response = new protocol.ConnectResponse();
  response.deserialize(frame, 0);
  return {
    sessionTimeoutMs: response.timeOut,
    sessionId: response.sessionId.readBigInt64BE(),
    password: response.passwd ?? Buffer.alloc(PASSWORD_BYTES),
  };
}

export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly body: Buffer;
}

const REPLY_HEADER_BYTES = 16;

export function readReply(frame: Buffer): Reply {
  const header = new protocol.ReplyHeader();
  header.deserialize(frame, 0);
  return {
    xid: header.xid,
    zxid: header.zxid.readBigInt64BE(),
    error: header.err,
    body: frame.subarray(REPLY_HEADER_BYTES),
  };
}

function stat(fields: StatFields): Stat {
  return {
    czxid: fields.czxid.readBigInt64BE(),
    mzxid: fields.mzxid.readBigInt64BE(),
    pzxid: fields.pzxid.readBigInt64BE(),
    ctimeMs: Number(fields.ctime.readBigInt64BE()),
    mtimeMs: Number(fields.mtime.readBigInt64BE()),
    version: fields.version,
    childrenVersion: fields.cversion,
    aclVersion: fields.aversion,
    ephemeralOwner: fields.ephemeralOwner.readBigInt64BE(),
    dataLength: fields.dataLength,
    numChildren: fields.numChildren,
  };
}

/** Reads a whole record; one that claims more bytes than came is refused. */
function read<T extends JuteRecord>(record: T, body: Buffer): T {
  const length = record.deserialize(body, 0);
  assert(length <= body.length, `a reply of ${body.length} bytes claims ${length}`);
  return record;
}

export const replies = {
  path: (body: Buffer): string => read(new protocol.CreateResponse(), body).path,
  stat: (body: Buffer): Stat => stat(read(new protocol.SetDataResponse(), body).stat),
  data: (body: Buffer): ZnodeData => {
    const response = read(new protocol.GetDataResponse(), body);
    return { data: response.data ?? null, stat: stat(response.stat) };
  },
  children: (body: Buffer): { children: readonly string[]; stat: Stat } => {
    const response = read(new protocol.GetChildren2Response(), body);
    return { children: response.children, stat: stat(response.stat) };
  },
  acl: (body: Buffer): { acl: readonly Acl[]; stat: Stat } => {
    const response = read(new protocol.GetACLResponse(), body);
    return {
      acl: response.acl.map(({ perms, id }) => ({ permissions: perms, scheme: id.scheme, id: id.id })),
      stat: stat(response.stat),
    };
  },
  nothing: (): void => undefined,
  multi: readMulti,
};

/** One event of a watch; the state in it is always "connected" and says nothing. */
export function readWatcherEvent(body: Buffer): { readonly type: number; readonly path: string } {
  const event = read(new protocol.WatcherEvent(), body);
  return { type: event.type, path: event.path };
}

/** Of a transaction that failed, every step has an error: 0 before the culprit, -2 after it. */
function readMulti(body: Buffer): MultiResult {
  const results: MultiOpResult[] = [];
  const errors: (ZkErrorName | 'ok')[] = [];
  let offset = 0;
  const next = <T extends JuteRecord>(record: T): T => {
    offset += record.deserialize(body, offset);
    return record;
  };
  for (;;) {
    const header = next(new protocol.MultiHeader());
    if (header.done) break;
    switch (header.type) {
      case OP_CODES.CREATE:
        results.push({ op: 'create', path: next(new protocol.CreateResponse()).path });
        break;
      case OP_CODES.SET_DATA:
        results.push({ op: 'setData', stat: stat(next(new protocol.SetDataResponse()).stat) });
        break;
      case OP_CODES.DELETE:
        results.push({ op: 'delete' });
        break;
      case OP_CODES.CHECK:
        results.push({ op: 'check' });
        break;
      case OP_CODES.ERROR: {
        const { err } = next(new protocol.ErrorResponse());
        errors.push(err === 0 ? 'ok' : zkErrorName(err));
        break;
      }
      default:
        throw new RangeError(`a transaction has a result of unknown type ${header.type}`);
    }
  }
  if (errors.length === 0) return { ok: true, results };
  const culprit = errors.findIndex((error) => error !== 'ok' && error !== RUNTIME_INCONSISTENCY);
  const failedIndex = culprit >= 0 ? culprit : errors.findIndex((error) => error !== 'ok');
  const error = errors[failedIndex];
  assert(error !== undefined && error !== 'ok', 'a failed transaction names no culprit');
  return { ok: false, failedIndex, error, errors };
}
