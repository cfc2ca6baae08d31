/**
 * ControlledShutdown: may this broker be helped to stop (contract 3.8)? The order of the checks, and the odd error for
 * an unknown broker that names an epoch, are what brokers of all versions meet and react to.
 */
import type { ErrorName } from '../../protocol/index.ts';

/** The epoch of a request of a broker older than KIP-380. */
const UNKNOWN_BROKER_EPOCH = -1;

/** `knownEpoch` is undefined when the broker is not live. Null: go ahead. */
export function decideControlledShutdown(
  isActive: boolean,
  requestEpoch: number,
  knownEpoch: number | undefined,
): ErrorName | null {
  // Not NOT_CONTROLLER: brokers take this one as "ask again, elsewhere".
  if (!isActive) return 'STALE_CONTROLLER_EPOCH';
  if (requestEpoch === UNKNOWN_BROKER_EPOCH) return knownEpoch === undefined ? 'BROKER_NOT_AVAILABLE' : null;
  if (knownEpoch === undefined) return 'UNKNOWN_SERVER_ERROR';
  return requestEpoch < knownEpoch ? 'STALE_BROKER_EPOCH' : null;
}
