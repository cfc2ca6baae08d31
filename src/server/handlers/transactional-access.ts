/** What producers need for what they do under a transactional id. */
import type { Access } from '../handler.ts';

export function writeTransactionalId(name: string): Access {
  return {
    operation: 'WRITE',
    resource: { type: 'TRANSACTIONAL_ID', name },
    ifDenied: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  };
}
