/**
 * Bytes that are no message: too short, a length that cannot be, null where null is not allowed. Whoever sent them gets
 * no answer: the connection is closed, as Kafka does. It is thrown before anything is allocated for a length the bytes
 * at hand could not fill.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
