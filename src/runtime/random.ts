/** Randomness by injection, so that a whole cluster runs under one seed. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  bytes(count: number): Buffer;
  /** A version 4 uuid in its 36-character hexadecimal form, as Java's UUID.randomUUID prints it (member ids). */
  uuid(): string;
}
