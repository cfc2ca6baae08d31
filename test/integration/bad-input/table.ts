/**
 * The whole table of bad input, in the order in which it is asked.
 *
 * Three lines of contract section 8 have no row, because no client can bring three brokers into the state they speak
 * of and hold them there: COORDINATOR_LOAD_IN_PROGRESS (test/unit/coordinator/moving.test.ts holds a load open),
 * NOT_ENOUGH_REPLICAS_AFTER_APPEND (test/unit/replication), which needs an ISR that shrinks between two lines of the
 * leader, and KAFKA_STORAGE_ERROR (failed-log-dir.ts, which tears a dir of a broker of its own).
 */
import type { Row } from './row.ts';
import { ACL_ROWS } from './rows/acls.ts';
import { ALTER_CONFIGS_ROWS } from './rows/alter-configs.ts';
import { BROKER_ROWS } from './rows/brokers.ts';
import { CONNECTION_ROWS } from './rows/connection.ts';
import { DELETE_RECORDS_ROWS } from './rows/delete-records.ts';
import { FETCH_ROWS } from './rows/fetch.ts';
import { GROUP_ROWS } from './rows/groups.ts';
import { MOVE_ROWS } from './rows/moves.ts';
import { OFFSET_DELETE_ROWS } from './rows/offset-delete.ts';
import { PRODUCE_ROWS } from './rows/produce.ts';
import { STAGED_ROWS } from './rows/staged.ts';
import { TOPIC_ROWS } from './rows/topics.ts';
import { TRANSACTION_ROWS } from './rows/transactions.ts';
import type { World } from './world.ts';

export const ROWS: readonly Row[] = [
  ...PRODUCE_ROWS,
  ...FETCH_ROWS,
  ...TOPIC_ROWS,
  ...GROUP_ROWS,
  ...OFFSET_DELETE_ROWS,
  ...BROKER_ROWS,
  ...ALTER_CONFIGS_ROWS,
  ...DELETE_RECORDS_ROWS,
  ...CONNECTION_ROWS,
  ...MOVE_ROWS,
  ...STAGED_ROWS,
  ...TRANSACTION_ROWS,
  ...ACL_ROWS,
];

/** The fixture: what each row was answered, by what it says. */
export type Answers = Readonly<Record<string, unknown>>;

export const FAILED = 'the row itself failed: ';

export async function answersOf(world: World): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const { says, answer } of ROWS)
    answers[says] = await answer(world).catch((error: unknown) => `${FAILED}${String(error)}`);
  return answers;
}
