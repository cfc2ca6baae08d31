/**
 * Thrown where the only honest answer is to close the client's connection: Kafka does so for a failed produce with
 * acks 0 and for requests it does not serve (contract 1.2, 8.1).
 */
export class ConnectionMustClose extends Error {
  override readonly name = 'ConnectionMustClose';
}
