/**
 * FindCoordinator (api key 10): which broker coordinates a group or a transactional id: the leader of the
 * partition of the internal topic that the key hashes to. Asking creates the internal topic if it is missing.
 *
 * - v1: transactional ids too (KIP-98).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: first flexible version (KIP-482).
 * - v4: several keys at a time (KIP-699).
 * - v5: may answer TRANSACTION_ABORTABLE (KIP-890).
 * - v6: share groups (KIP-932), which a ZooKeeper-mode broker has none of.
 */
import { array, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const FindCoordinatorRequest = message({
  name: 'FindCoordinatorRequest',
  apiKey: 10,
  versions: '0-6',
  flexible: '3+',
  fields: {
    key: string('0-3', { about: 'A group id or transactional id.' }),
    keyType: int8('1+', { default: 0, about: '0 group, 1 transaction.' }),
    coordinatorKeys: array('4+', 'string', { about: 'Several of the same type.' }),
  },
});

export const FindCoordinatorResponse = message({
  name: 'FindCoordinatorResponse',
  apiKey: 10,
  versions: '0-6',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0-3'),
    errorMessage: string('1-3', { nullable: '1-3', ignorable: true }),
    nodeId: int32('0-3', { entity: 'brokerId' }),
    host: string('0-3'),
    port: int32('0-3'),
    coordinators: array('4+', {
      key: string('4+'),
      nodeId: int32('4+', { entity: 'brokerId' }),
      host: string('4+'),
      port: int32('4+'),
      errorCode: int16('4+'),
      errorMessage: string('4+', { nullable: '4+', ignorable: true }),
    }),
  },
});

export type FindCoordinatorRequest = MessageOf<typeof FindCoordinatorRequest>;
export type FindCoordinatorResponse = MessageOf<typeof FindCoordinatorResponse>;
