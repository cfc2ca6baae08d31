/**
 * What the writers of a compacted topic were told, key by key: which value is the latest that was acknowledged, and which
 * may be there because nobody knows what became of them. One writer at a time writes a key.
 *
 * A value in doubt may be stored later than the ones after it: what waited in a broken connection arrives when it is
 * mended. So it stays possible for good, but only behind the latest that was acknowledged.
 */

/** Null deletes the key. */
type Value = string | null;

interface Attempt {
  readonly key: string;
  readonly value: Value;
}

interface KnownKey {
  /** Undefined: none was ever acknowledged. Offset null: it is stored, and nobody was told where. */
  latest: { readonly value: Value; readonly offset: number | null } | undefined;
  readonly doubtful: Set<Attempt>;
}

export class KeyLedger {
  readonly #keys = new Map<string, KnownKey>();
  acknowledged = 0;
  tombstones = 0;

  /** Before it is sent; in doubt until more is known. */
  begins(key: string, value: Value): Attempt {
    const attempt = { key, value };
    this.#known(key).doubtful.add(attempt);
    return attempt;
  }

  stored(attempt: Attempt, offset: number | null): void {
    const known = this.#known(attempt.key);
    known.doubtful.delete(attempt);
    known.latest = { value: attempt.value, offset };
    this.acknowledged += 1;
    if (attempt.value === null) this.tombstones += 1;
  }

  refused(attempt: Attempt): void {
    this.#known(attempt.key).doubtful.delete(attempt);
  }

  /** `last`: of each key the last record that was read, beginning with the first of the log. */
  violations(last: ReadonlyMap<string, { readonly value: Value; readonly offset: number }>): string[] {
    const unknown = [...last.keys()].filter((key) => !this.#keys.has(key));
    return [
      ...unknown.map((key) => `compacted: ${key} was read and never written`),
      ...[...this.#keys].flatMap(([key, known]) => violationOf(key, known, last.get(key)) ?? []),
    ];
  }

  #known(key: string): KnownKey {
    const known = this.#keys.get(key) ?? { latest: undefined, doubtful: new Set() };
    this.#keys.set(key, known);
    return known;
  }
}

function violationOf(
  key: string,
  { latest, doubtful }: KnownKey,
  found: { readonly value: Value; readonly offset: number } | undefined,
): string | undefined {
  const mayBe = (value: Value): boolean => [...doubtful].some((attempt) => attempt.value === value);
  const told =
    latest === undefined
      ? 'nothing was acknowledged'
      : `${String(latest.value)} was acknowledged at ${String(latest.offset)}`;
  // A deletion leaves nothing in the end.
  if (found === undefined)
    return latest === undefined || latest.value === null || mayBe(null)
      ? undefined
      : `compacted: ${key} is gone, ${told}`;
  const wrong = `compacted: ${key} ends with ${String(found.value)} at ${found.offset}, ${told}`;
  if (latest === undefined) return mayBe(found.value) ? undefined : wrong;
  if (latest.offset === null) return found.value === latest.value || mayBe(found.value) ? undefined : wrong;
  if (found.offset < latest.offset) return wrong;
  if (found.offset === latest.offset) return found.value === latest.value ? undefined : wrong;
  return mayBe(found.value) ? undefined : wrong;
}
