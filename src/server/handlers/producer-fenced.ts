/**
 * PRODUCER_FENCED (KIP-588) for clients that do not know it: they hear INVALID_PRODUCER_EPOCH, and do the same.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { RequestContext } from '../handler.ts';

export function fencedFor({ apiVersion }: RequestContext, sinceVersion: number, error: ErrorName): ErrorName {
  return error === 'PRODUCER_FENCED' && apiVersion < sinceVersion ? 'INVALID_PRODUCER_EPOCH' : error;
}
