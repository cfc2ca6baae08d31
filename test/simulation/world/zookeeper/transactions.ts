/**
 * What the leader makes of a write: a transaction with a zxid of its own, also when it fails, and the answer to it.
 * The answer is written at once, because the znodes it speaks of will have moved on when it is sent.
 */
import type { Identity } from './acl.ts';
import type { Applied, Change, DataTree } from './data-tree.ts';
import { ZK_ERROR, ZkFailure } from './errors.ts';
import { JuteWriter } from './jute.ts';
import type { JuteReader } from './jute.ts';
import { OP, readChange, readMulti, writeMultiFailure, writeMultiResult, writeStat } from './messages.ts';

/** One entry of the ensemble's log: what every server does to its own tree, in this order. */
export interface Transaction {
  readonly zxid: bigint;
  /** Whose it is. */
  readonly session: bigint;
  readonly wallMs: number;
  readonly kind: 'open-session' | 'close-session' | 'write' | 'failed-write';
  /** Empty when nothing changed; ephemeral znodes that went with their session are among them. */
  readonly changes: readonly Change[];
}

export interface WriteRequest {
  readonly session: bigint;
  readonly identities: readonly Identity[];
  readonly op: number;
  readonly reader: JuteReader;
}

export interface Outcome {
  readonly error: number;
  readonly body: JuteWriter;
  readonly applied: readonly Applied[];
}

export function perform(
  tree: DataTree,
  { session, identities, op, reader }: WriteRequest,
  at: { readonly zxid: bigint; readonly wallMs: number },
): Outcome {
  const context = { ...at, session, identities };
  const body = new JuteWriter();
  let requested = 0;
  try {
    const changes = op === OP.multi ? readMulti(reader) : [readChange(op, reader)];
    requested = changes.length;
    const applied = tree.apply(changes, context);
    if (op === OP.multi) writeMultiResult(body, applied);
    else writeResult(body, op, applied[0]!);
    return { error: ZK_ERROR.ok, body, applied };
  } catch (failure) {
    if (!(failure instanceof ZkFailure)) throw failure;
    // The answer to a multi says in its body what failed, and in its header that all is well.
    if (op !== OP.multi || requested === 0) return { error: failure.code, body, applied: [] };
    writeMultiFailure(body, requested, failure);
    return { error: ZK_ERROR.ok, body, applied: [] };
  }
}

/** The end of a session: its ephemeral znodes go, all with one zxid. */
export function endSession(
  tree: DataTree,
  session: bigint,
  at: { readonly zxid: bigint; readonly wallMs: number },
): readonly Applied[] {
  const changes = tree.ephemeralsOf(session).map((path): Change => ({ op: 'delete', path, version: -1 }));
  return tree.apply(changes, { ...at, session, identities: undefined });
}

function writeResult(body: JuteWriter, op: number, { path, stat }: Applied): void {
  if (op === OP.create || op === OP.create2) body.string(path);
  if (op === OP.create2 || op === OP.setData || op === OP.setAcl) writeStat(body, stat!);
}
