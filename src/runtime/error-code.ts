/**
 * System errors are told apart by their `code`. They may come from another realm (jest, worker threads), so their
 * class says nothing: everybody who handles one asks here.
 */

/** `ENOENT`, `ECONNRESET`, ...; undefined when the error carries no code. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What an unknown thrown value says, for a log line. */
export function errorMessageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string')
    return error.message;
  return String(error);
}
