/** A step of the controller that failed for one partition or replica; others are not touched by it. */
export class StateChangeFailedError extends Error {
  override readonly name = 'StateChangeFailedError';
}
