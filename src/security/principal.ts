/** Who is on the other end of a connection. On a PLAINTEXT listener that is always `User:ANONYMOUS` (contract 6.3). */
export interface Principal {
  readonly type: string;
  readonly name: string;
}

export const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' };

/** `User:alice`, as ACLs and logs spell it. */
export function principalName({ type, name }: Principal): string {
  return `${type}:${name}`;
}
