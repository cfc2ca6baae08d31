/** Who watches what: one-shot watches of data and of children, each by the connection that set it. */

export const WATCH_EVENT = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;

export type Watcher = (event: number, path: string) => void;

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

  created(path: string, parent: string): void {
    fire(take(this.#data, path), WATCH_EVENT.created, path);
    fire(take(this.#children, parent), WATCH_EVENT.childrenChanged, parent);
  }

  /** Who watches both data and children hears of the deletion once. */
  deleted(path: string, parent: string): void {
    fire(new Set([...take(this.#data, path), ...take(this.#children, path)]), WATCH_EVENT.deleted, path);
    fire(take(this.#children, parent), WATCH_EVENT.childrenChanged, parent);
  }

  dataChanged(path: string): void {
    fire(take(this.#data, path), WATCH_EVENT.dataChanged, path);
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

function fire(watchers: ReadonlySet<Watcher>, event: number, path: string): void {
  for (const watcher of watchers) watcher(event, path);
}
