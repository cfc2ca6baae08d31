/** Steps 3: what is kept for users and clients. Broker 0 is alone. */
import type { Step } from '../step.ts';
import { alterQuotas, deleteScram, findCoordinator, initProducerId, upsertScram } from '../verbs.ts';

const ADD_PARTITIONS_TO_TXN = 24;
const ALTER_CLIENT_QUOTAS = 49;
const ALTER_USER_SCRAM_CREDENTIALS = 51;
const QUOTAS = { producer_byte_rate: 1_000_000, request_percentage: 50 };

const quotasOf = (
  says: string,
  entity: Readonly<Record<string, string | null>>,
  quotas: Readonly<Record<string, number | null>> = QUOTAS,
): Step => ({
  says,
  needs: ALTER_CLIENT_QUOTAS,
  take: (world) => alterQuotas(world, 0, entity, quotas),
});

export const USER_STEPS: readonly Step[] = [
  {
    says: 'a transactional producer',
    needs: ADD_PARTITIONS_TO_TXN,
    async take(world) {
      await findCoordinator(world, 0, 'transaction', 'tx1');
      await world.untilStates('__transaction_state', 3, ({ leader }) => leader === 0);
      await initProducerId(world, 0, 'tx1');
    },
  },
  {
    says: 'SCRAM credentials of alice',
    needs: ALTER_USER_SCRAM_CREDENTIALS,
    take: (world) => upsertScram(world, 0, 'alice'),
  },
  quotasOf('quotas of a user', { user: 'al ice@x/y' }),
  quotasOf('quotas of a user and a client', { user: 'carol', 'client-id': 'c 1' }),
  quotasOf('quotas of any user', { user: null }),
  quotasOf('quotas of any client', { 'client-id': null }),
  quotasOf('quotas of a client', { 'client-id': 'c2' }, { controller_mutation_rate: 2.5 }),
  quotasOf('quotas of an address', { ip: '127.0.0.5' }, { connection_creation_rate: 10 }),
  quotasOf(
    'quotas of a user and a client are removed',
    { user: 'carol', 'client-id': 'c 1' },
    { producer_byte_rate: null, request_percentage: null },
  ),
  quotasOf('quotas of a client are removed', { 'client-id': 'c2' }, { controller_mutation_rate: null }),
  {
    says: 'no SCRAM credentials of alice any more',
    needs: ALTER_USER_SCRAM_CREDENTIALS,
    take: (world) => deleteScram(world, 0, 'alice'),
  },
];
