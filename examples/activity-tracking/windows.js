/**
 * Counting by windows of event time: when a page was viewed counts, not when we heard of it. Without a word of Kafka but
 * offsets. A window is closed once views have come that are so much later that nothing more is to be expected for it.
 */
export const WINDOW_MS = 60_000;

/** The counts of one partition. Since views are keyed by user, all views of a user are in one. */
export class WindowedCounts {
  #graceMs;
  #closedUntil;
  #next = 0n;
  /** By start of the window: `{ firstOffset, views }`, views by user. */
  #open = new Map();
  late = 0;

  /** `closedUntil`: windows that begin before it have been told already; what belongs to them is not counted. */
  constructor(graceMs, closedUntil = 0) {
    this.#graceMs = graceMs;
    this.#closedUntil = closedUntil;
  }

  /** Counts a view; returns the windows that are closed by it, as `[{ user, start, views }]`. */
  add({ user, at, offset }) {
    if (offset < this.#next) return [];
    this.#next = offset + 1n;
    const start = startOf(at);
    if (start < this.#closedUntil) this.late += 1;
    else this.#count(start, user, offset);
    return this.#closeBefore(startOf(at - this.#graceMs));
  }

  /**
   * Where somebody has to begin who is to go on from here and knows only what was told: with the first view of a window
   * that is still open. Those in between that belong to closed windows will be left out.
   */
  get bookmark() {
    const offsets = [...this.#open.values()].map(({ firstOffset }) => firstOffset);
    const offset = offsets.reduce((least, one) => (one < least ? one : least), this.#next);
    return { offset, closedUntil: this.#closedUntil };
  }

  #count(start, user, offset) {
    const window = this.#open.get(start) ?? { firstOffset: offset, views: new Map() };
    window.views.set(user, (window.views.get(user) ?? 0) + 1);
    this.#open.set(start, window);
  }

  #closeBefore(end) {
    if (end <= this.#closedUntil) return [];
    this.#closedUntil = end;
    const closed = [...this.#open].filter(([start]) => start < end);
    for (const [start] of closed) this.#open.delete(start);
    return closed.flatMap(([start, { views }]) =>
      [...views].map(([user, count]) => ({ user, start, views: count })),
    );
  }
}

function startOf(at) {
  return at - (at % WINDOW_MS);
}
