/** The requests and replies of a ZooKeeper server that carry more than a path. */
import { ZK_ERROR, ZkFailure } from './data-tree.ts';
import type { Acl, Applied, Change, Znode } from './data-tree.ts';
import type { JuteReader, JuteWriter } from './jute.ts';

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
  for (const { change, path, node } of applied) {
    body.int(OP_OF_CHANGE[change.op]).bool(false).int(0);
    if (change.op === 'create') body.string(path);
    if (change.op === 'setData' && node !== undefined) writeStat(body, node);
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

export function writeStat(body: JuteWriter, node: Znode): void {
  body.long(node.czxid).long(node.mzxid).long(BigInt(node.ctimeMs)).long(BigInt(node.mtimeMs));
  // Children created and children removed both count, as the real server shows it.
  body
    .int(node.version)
    .int(node.createdChildren * 2 - node.children.size)
    .int(node.aclVersion);
  body
    .long(node.ephemeralOwner)
    .int(node.data?.length ?? 0)
    .int(node.children.size)
    .long(node.pzxid);
}
