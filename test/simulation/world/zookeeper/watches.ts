/** Who watches what: one-shot watches of data and of children, each by the connection that set it. */
import type { Acl } from './acl.ts';

export const WATCH_EVENT = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;

/** Is told of `path` only if it may read it; undefined: it may. */
export type Watcher = (event: number, path: string, acl?: readonly Acl[]) => void;

/** Of a change: where it was, and who may read it there. */
interface Place {
  readonly path: string;
  readonly parent: string;
  readonly acl: readonly Acl[];
  readonly parentAcl: readonly Acl[];
}

export class Watches {
  readonly #data = new Map<string, Set<Watcher>>();
  readonly #children = new Map<string, Set<Watcher>>();

  watchData(path: string, watcher: Watcher): void {
    add(this.#data, path, watcher);
  }

  watchChildren(path: string, watcher: Watcher): void {
    add(this.#children, path, watcher);
  }

  forget(watcher: Watcher): void {
    for (const table of [this.#data, this.#children])
      for (const [path, watchers] of table)
        if (watchers.delete(watcher) && watchers.size === 0) table.delete(path);
  }

  created({ path, parent, acl, parentAcl }: Place): void {
    fire(take(this.#data, path), WATCH_EVENT.created, path, acl);
    fire(take(this.#children, parent), WATCH_EVENT.childrenChanged, parent, parentAcl);
  }

  /** Who watches both data and children hears of the deletion once. */
  deleted({ path, parent, acl, parentAcl }: Place): void {
    const watchers = new Set([...take(this.#data, path), ...take(this.#children, path)]);
    fire(watchers, WATCH_EVENT.deleted, path, acl);
    fire(take(this.#children, parent), WATCH_EVENT.childrenChanged, parent, parentAcl);
  }

  dataChanged({ path, acl }: Place): void {
    fire(take(this.#data, path), WATCH_EVENT.dataChanged, path, acl);
  }
}

function add(table: Map<string, Set<Watcher>>, path: string, watcher: Watcher): void {
  let watchers = table.get(path);
  if (watchers === undefined) table.set(path, (watchers = new Set()));
  watchers.add(watcher);
}

function take(table: Map<string, Set<Watcher>>, path: string): Set<Watcher> {
  const watchers = table.get(path) ?? new Set();
  table.delete(path);
  return watchers;
}

function fire(watchers: ReadonlySet<Watcher>, event: number, path: string, acl: readonly Acl[]): void {
  for (const watcher of watchers) watcher(event, path, acl);
}
