/**
 * Assertions guard against bugs of ours, never against bad input: input has error codes. They stay on in
 * production, because a broker that goes on after a broken invariant can lose data, and one that stops cannot.
 */

/** A bug: thrown where an invariant does not hold. Nothing catches it to go on; the process ends loudly. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws AssertionError unless `condition` holds. `message` says which invariant broke. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch that the types rule out: `default: unreachable(kind)`. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, or an AssertionError naming what was expected to be there. */
export function defined<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssertionError(`${what} is missing`);
  return value;
}
