/** A broker that cannot start, and why, in a sentence that says what to do. The process ends with it. */
export class BrokerStartError extends Error {
  override readonly name = 'BrokerStartError';
}
