/** What a server answers from its own tree, and the watches that a read leaves behind. */
import { allows, PERMISSION, redacted } from './acl.ts';
import type { Identity } from './acl.ts';
import { statOf } from './data-tree.ts';
import type { DataTree } from './data-tree.ts';
import { ZK_ERROR, ZkFailure } from './errors.ts';
import type { JuteReader, JuteWriter } from './jute.ts';
import { OP, writeAcl, writeStat } from './messages.ts';
import { WATCH_EVENT } from './watches.ts';
import type { Watcher, Watches } from './watches.ts';

interface Reading {
  readonly tree: DataTree;
  readonly watches: Watches;
  readonly watcher: Watcher;
  readonly identities: readonly Identity[];
}

export function read(
  { tree, watches, watcher, identities }: Reading,
  op: number,
  reader: JuteReader,
  body: JuteWriter,
): void {
  const path = reader.string();
  const wantsWatch = !reader.isAtEnd && reader.bool();
  // What is not there can be waited for.
  if (op === OP.exists && wantsWatch && tree.find(path) === undefined) watches.watchData(path, watcher);
  const node = tree.get(path);
  const demand = (permissions: number): void => {
    if (!allows(node.acl, permissions, identities)) throw new ZkFailure(ZK_ERROR.noAuth);
  };
  switch (op) {
    case OP.exists:
      demand(PERMISSION.read);
      if (wantsWatch) watches.watchData(path, watcher);
      writeStat(body, statOf(node));
      return;
    case OP.getData:
      demand(PERMISSION.read);
      if (wantsWatch) watches.watchData(path, watcher);
      writeStat(body.bytes(node.data), statOf(node));
      return;
    case OP.getAcl:
      demand(PERMISSION.read | PERMISSION.admin);
      writeAcl(body, allows(node.acl, PERMISSION.admin, identities) ? node.acl : redacted(node.acl));
      writeStat(body, statOf(node));
      return;
    case OP.getChildren:
    case OP.getChildren2:
      demand(PERMISSION.read);
      if (wantsWatch) watches.watchChildren(path, watcher);
      body.vector([...node.children], (name) => body.string(name));
      if (op === OP.getChildren2) writeStat(body, statOf(node));
      return;
    default:
      throw new ZkFailure(ZK_ERROR.unimplemented);
  }
}

/** A client that reconnects names its watches: it hears at once of what changed meanwhile. */
export function setWatches({ tree, watches, watcher }: Reading, reader: JuteReader): void {
  const seen = reader.long();
  const [data, exist, child] = [0, 1, 2].map(() => reader.vector(() => reader.string()));
  for (const path of data!) {
    const node = tree.find(path);
    if (node === undefined) watcher(WATCH_EVENT.deleted, path);
    else if (node.mzxid > seen) watcher(WATCH_EVENT.dataChanged, path);
    else watches.watchData(path, watcher);
  }
  for (const path of exist!) {
    if (tree.find(path) === undefined) watches.watchData(path, watcher);
    else watcher(WATCH_EVENT.created, path);
  }
  for (const path of child!) {
    const node = tree.find(path);
    if (node === undefined) watcher(WATCH_EVENT.deleted, path);
    else if (node.pzxid > seen) watcher(WATCH_EVENT.childrenChanged, path);
    else watches.watchChildren(path, watcher);
  }
}
