/**
 * Why a call to another broker ended without a response. The caller decides what follows (retry, resign, mark the
 * broker offline); nothing of this goes to a client as it is.
 */
export type NetworkFailure =
  /** The connection could not be made, or was lost. */
  | 'DISCONNECTED'
  /** No response within the time given; the connection is closed, since what it carries next is unknown. */
  | 'TIMED_OUT'
  /** As many calls as allowed are waiting for their responses. */
  | 'TOO_MANY_IN_FLIGHT'
  /** The other end sent bytes that are no response to the call. */
  | 'BAD_RESPONSE'
  /** The other end does not know the API in any version known here. */
  | 'UNSUPPORTED_VERSION'
  /** Closed from this side. */
  | 'CLOSED';

export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly failure: NetworkFailure;

  constructor(failure: NetworkFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}
