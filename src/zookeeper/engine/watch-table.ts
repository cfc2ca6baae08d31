/**
 * Who watches what in one session. A watch fires once and is gone; the server keeps its own list per connection, so
 * after a reconnect the client presents its list again, with the last zxid it saw, and the server fires at once what
 * it would have missed (ZOOKEEPER-706 is why that list is cut into pieces).
 */
import type { WatchEvent, Watcher } from '../session.ts';

/** `exist` watches a znode that was not there when it was asked for. */
export type WatchKind = 'data' | 'exist' | 'child';

type Watched = Map<string, Set<Watcher>>;

/** The event types of the wire, and the lists each one empties. */
const EVENTS: readonly {
  readonly type: number;
  readonly kind: WatchEvent['kind'];
  readonly fires: readonly WatchKind[];
}[] = [
  { type: 1, kind: 'created', fires: ['data', 'exist'] },
  { type: 2, kind: 'deleted', fires: ['data', 'exist', 'child'] },
  { type: 3, kind: 'data-changed', fires: ['data', 'exist'] },
  { type: 4, kind: 'children-changed', fires: ['child'] },
];

/** As the Java client: larger pieces could pass the server's jute.maxbuffer. */
const SET_WATCHES_MAX_BYTES = 128 * 1024;

export class WatchTable {
  readonly #watched: Readonly<Record<WatchKind, Watched>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
  };

  add(kind: WatchKind, path: string, watcher: Watcher): void {
    const watchers = this.#watched[kind].get(path);
    if (watchers === undefined) this.#watched[kind].set(path, new Set([watcher]));
    else watchers.add(watcher);
  }

  /** The event and those to tell, who are forgotten; null for a type of event we do not know. */
  take(type: number, path: string): { event: WatchEvent; watchers: readonly Watcher[] } | null {
    const row = EVENTS.find((known) => known.type === type);
    if (row === undefined) return null;
    const watchers = new Set<Watcher>();
    for (const kind of row.fires) {
      for (const watcher of this.#watched[kind].get(path) ?? []) watchers.add(watcher);
      this.#watched[kind].delete(path);
    }
    return { event: { kind: row.kind, path }, watchers: [...watchers] };
  }

  /** Every watch with its path, once; the table is empty afterwards. */
  takeAll(): { path: string; watchers: readonly Watcher[] }[] {
    const byPath = new Map<string, Set<Watcher>>();
    for (const kind of ['data', 'exist', 'child'] as const) {
      for (const [path, watchers] of this.#watched[kind]) {
        const all = byPath.get(path) ?? new Set<Watcher>();
        for (const watcher of watchers) all.add(watcher);
        byPath.set(path, all);
      }
      this.#watched[kind].clear();
    }
    return [...byPath].map(([path, watchers]) => ({ path, watchers: [...watchers] }));
  }

  /** The whole list in pieces that any server takes; `prefix` is the chroot. */
  *pieces(prefix: string): Generator<Record<WatchKind, string[]>> {
    let piece: Record<WatchKind, string[]> = { data: [], exist: [], child: [] };
    let bytes = 0;
    for (const kind of ['data', 'exist', 'child'] as const) {
      for (const path of this.#watched[kind].keys()) {
        const full = prefix === '' ? path : path === '/' ? prefix : prefix + path;
        piece[kind].push(full);
        bytes += 4 + Buffer.byteLength(full);
        if (bytes < SET_WATCHES_MAX_BYTES) continue;
        yield piece;
        piece = { data: [], exist: [], child: [] };
        bytes = 0;
      }
    }
    if (bytes > 0) yield piece;
  }
}
