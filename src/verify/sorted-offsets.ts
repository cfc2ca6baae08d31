/** Offsets in rising order, and the one question the analyses ask of them. */
export class SortedOffsets {
  readonly #offsets: readonly number[];

  constructor(offsets: Iterable<number>) {
    this.#offsets = [...offsets].sort((one, other) => one - other);
  }

  /** The lowest of those from `from` on and below `until`. */
  firstIn(from: number, until: number): number | undefined {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! < from) low = middle + 1;
      else high = middle;
    }
    const found = this.#offsets[low];
    return found !== undefined && found < until ? found : undefined;
  }
}
