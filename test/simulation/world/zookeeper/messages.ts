/** The requests and replies of a ZooKeeper server that carry more than a path. */
import type { Acl } from './acl.ts';
import type { Applied, Change, Stat } from './data-tree.ts';
import { ZK_ERROR, ZkFailure } from './errors.ts';
import { JuteWriter } from './jute.ts';
import type { JuteReader } from './jute.ts';

export const OP = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  auth: 100,
  setWatches: 101,
  closeSession: -11,
  error: -1,
} as const;

/** Those that the leader decides; all others are answered by the server that is asked. */
export const WRITES: ReadonlySet<number> = new Set([
  OP.create,
  OP.create2,
  OP.delete,
  OP.setData,
  OP.setAcl,
  OP.multi,
  OP.check,
]);

/** Where a message answers no request, and belongs to no transaction. */
const NOTIFICATION_XID = -1;
const NO_ZXID = -1n;
const SYNC_CONNECTED = 3;
const PASSWORD_BYTES = 16;

const OP_OF_CHANGE = {
  create: OP.create,
  delete: OP.delete,
  setData: OP.setData,
  setAcl: OP.setAcl,
  check: OP.check,
};

export function readChange(op: number, reader: JuteReader): Change {
  const path = reader.string();
  switch (op) {
    case OP.create:
    case OP.create2:
      return { op: 'create', path, data: reader.bytes(), acl: readAcl(reader), flags: reader.int() };
    case OP.delete:
      return { op: 'delete', path, version: reader.int() };
    case OP.setData:
      return { op: 'setData', path, data: reader.bytes(), version: reader.int() };
    case OP.setAcl:
      return { op: 'setAcl', path, acl: readAcl(reader), version: reader.int() };
    case OP.check:
      return { op: 'check', path, version: reader.int() };
    default:
      throw new ZkFailure(ZK_ERROR.unimplemented);
  }
}

function readAcl(reader: JuteReader): Acl[] {
  return reader.vector(() => ({ permissions: reader.int(), scheme: reader.string(), id: reader.string() }));
}

/** Each change stands behind a header of its type; a header that says "done" ends them. */
export function readMulti(reader: JuteReader): Change[] {
  const changes: Change[] = [];
  for (;;) {
    const type = reader.int();
    const isDone = reader.bool();
    reader.int();
    if (isDone) return changes;
    changes.push(readChange(type, reader));
  }
}

export function writeMultiResult(body: JuteWriter, applied: readonly Applied[]): void {
  for (const { change, path, stat } of applied) {
    body.int(OP_OF_CHANGE[change.op]).bool(false).int(0);
    if (change.op === 'create') body.string(path);
    if (change.op === 'setData' && stat !== undefined) writeStat(body, stat);
  }
  writeEnd(body);
}

/** Of a multi that failed: what came before the failure is "ok", what came after "inconsistent"; nothing was done. */
export function writeMultiFailure(
  body: JuteWriter,
  count: number,
  failure: ZkFailure & { failedAt?: number },
): void {
  const failedAt = failure.failedAt ?? 0;
  for (let index = 0; index < count; index++) {
    const after = index > failedAt ? ZK_ERROR.runtimeInconsistency : ZK_ERROR.ok;
    const code = index === failedAt ? failure.code : after;
    body.int(OP.error).bool(false).int(code).int(code);
  }
  writeEnd(body);
}

function writeEnd(body: JuteWriter): void {
  body.int(-1).bool(true).int(-1);
}

export function writeStat(body: JuteWriter, stat: Stat): void {
  body.long(stat.czxid).long(stat.mzxid).long(BigInt(stat.ctimeMs)).long(BigInt(stat.mtimeMs));
  // Children created and children removed both count, as the real server shows it.
  body
    .int(stat.version)
    .int(stat.createdChildren * 2 - stat.numChildren)
    .int(stat.aclVersion);
  body.long(stat.ephemeralOwner).int(stat.dataLength).int(stat.numChildren).long(stat.pzxid);
}

export function writeAcl(body: JuteWriter, acl: readonly Acl[]): void {
  body.vector(acl, ({ permissions, scheme, id }) => body.int(permissions).string(scheme).string(id));
}

export function replyOf(xid: number, zxid: bigint, error: number, body?: JuteWriter): JuteWriter {
  const reply = new JuteWriter().int(xid).long(zxid).int(error);
  return error === ZK_ERROR.ok && body !== undefined ? reply.append(body) : reply;
}

export function notificationOf(event: number, path: string): JuteWriter {
  const reply = replyOf(NOTIFICATION_XID, NO_ZXID, ZK_ERROR.ok);
  return reply.int(event).int(SYNC_CONNECTED).string(path);
}

/** What a client presents when it connects; session 0 asks for a new one. */
export interface ConnectRequest {
  readonly lastZxid: bigint;
  readonly timeoutMs: number;
  readonly session: bigint;
  readonly password: Buffer | null;
}

export function readConnect(reader: JuteReader): ConnectRequest {
  reader.int();
  const [lastZxid, timeoutMs, session] = [reader.long(), reader.int(), reader.long()];
  return { lastZxid, timeoutMs, session, password: reader.bytes() };
}

/** Undefined: that session is no more, or never was. */
export function connectReplyOf(
  session: { readonly timeoutMs: number; readonly id: bigint; readonly password: Buffer } | undefined,
): JuteWriter {
  const { timeoutMs, id, password } = session ?? {
    timeoutMs: 0,
    id: 0n,
    password: Buffer.alloc(PASSWORD_BYTES),
  };
  return new JuteWriter().int(0).int(timeoutMs).long(id).bytes(password).bool(false);
}
