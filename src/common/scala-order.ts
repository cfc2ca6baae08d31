/**
 * In which order Scala's hash maps, and Java's Properties, hand out what was put in them. Kafka's coordinators keep
 * members and offsets in such maps, so their order decides who leads a group after its leader went, which protocol wins a
 * tied vote, and how the bytes of a record run: a coordinator that takes over must come to the same. What Kafka writes to
 * ZooKeeper has its keys in that order, too.
 *
 * Only the order is told here; equal keys are the caller's business. Hash codes are Java's (java-hash.ts).
 */

const INITIAL_TABLE_LENGTH = 16;
/** Of a table that is made at once of entries whose number is known. */
const SMALLEST_TABLE_LENGTH = 8;
const LOAD_FACTOR = 0.75;

/** How many buckets a hash table has after so many entries were put in one by one. */
function tableLengthFor(entries: number, initialLength: number): number {
  let length = initialLength;
  while (entries >= length * LOAD_FACTOR) length *= 2;
  return length;
}

/**
 * Of a `scala.collection.mutable.HashMap`: by bucket, in a bucket by hash, equal hashes as they were put in. The table
 * never shrinks, so `mostEntries` is the most there ever were.
 */
export function inScalaMutableOrder<T>(
  entries: readonly T[],
  hashCodeOf: (entry: T) => number,
  mostEntries: number = entries.length,
): T[] {
  const length = tableLengthFor(mostEntries, INITIAL_TABLE_LENGTH);
  return bySlot(entries, hashCodeOf, length, (left, right) => left - right);
}

/**
 * Of a mutable set that was made at once of two, `counted` elements together: those in both count twice, and there is
 * at least one.
 */
export function inScalaUnionOrder<T>(
  entries: readonly T[],
  hashCodeOf: (entry: T) => number,
  counted: number,
): T[] {
  const length = tableLengthFor(counted, SMALLEST_TABLE_LENGTH);
  return bySlot(entries, hashCodeOf, length, (left, right) => left - right);
}

/** Of a `java.util.Properties`: by bucket, in a bucket as they were put in. */
export function inJavaPropertiesOrder<T>(entries: readonly T[], hashCodeOf: (entry: T) => number): T[] {
  return bySlot(entries, hashCodeOf, tableLengthFor(entries.length, INITIAL_TABLE_LENGTH), () => 0);
}

function bySlot<T>(
  entries: readonly T[],
  hashCodeOf: (entry: T) => number,
  tableLength: number,
  compareInSlot: (leftHash: number, rightHash: number) => number,
): T[] {
  if (entries.length < 2) return [...entries];
  const mask = tableLength - 1;
  return entries
    .map((entry) => {
      const code = hashCodeOf(entry);
      return { entry, hash: code ^ (code >>> 16) };
    })
    .sort((left, right) => (left.hash & mask) - (right.hash & mask) || compareInSlot(left.hash, right.hash))
    .map(({ entry }) => entry);
}

/** Up to so many entries a `scala.collection.immutable.Map` or `Set` keeps the order they were added in. */
export const SCALA_LINEAR_ENTRIES = 4;

/** Of a `scala.collection.immutable.Map` or `Set`, whatever its size. */
export function inScalaMapOrder<T>(entries: readonly T[], hashCodeOf: (entry: T) => number): T[] {
  return entries.length <= SCALA_LINEAR_ENTRIES ? [...entries] : inScalaImmutableOrder(entries, hashCodeOf);
}

const BITS_PER_LEVEL = 5;
const HASH_BITS = 32;

/**
 * Of a `scala.collection.immutable.HashMap`, a trie over five bits of the hash at a time: at each node first the
 * entries that are alone in their slot, then what lies in the slots that several share.
 */
export function inScalaImmutableOrder<T>(entries: readonly T[], hashCodeOf: (entry: T) => number): T[] {
  const hashed = entries.map((entry) => ({ entry, hash: improved(hashCodeOf(entry)) }));
  const ordered: T[] = [];
  walk(hashed, 0, (entry) => ordered.push(entry));
  return ordered;
}

interface Hashed<T> {
  readonly entry: T;
  readonly hash: number;
}

function walk<T>(entries: readonly Hashed<T>[], shift: number, visit: (entry: T) => void): void {
  // The whole hash is used up: what is left collides, and keeps its order.
  if (entries.length === 1 || shift >= HASH_BITS) {
    for (const { entry } of entries) visit(entry);
    return;
  }
  const slots = new Map<number, Hashed<T>[]>();
  for (const hashed of entries) {
    const slot = (hashed.hash >>> shift) & ((1 << BITS_PER_LEVEL) - 1);
    const inSlot = slots.get(slot);
    if (inSlot === undefined) slots.set(slot, [hashed]);
    else inSlot.push(hashed);
  }
  const inOrder = [...slots].sort(([left], [right]) => left - right).map(([, inSlot]) => inSlot);
  for (const inSlot of inOrder) if (inSlot.length === 1) visit(inSlot[0]!.entry);
  for (const inSlot of inOrder) if (inSlot.length > 1) walk(inSlot, shift + BITS_PER_LEVEL, visit);
}

/** Spreads a hash code over all its bits, as Scala's `Hashing.improve` does. */
function improved(code: number): number {
  let hash = (code + ~(code << 9)) | 0;
  hash ^= hash >>> 14;
  hash = (hash + (hash << 4)) | 0;
  return hash ^ (hash >>> 10);
}
