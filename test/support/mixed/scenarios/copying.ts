/**
 * The original's TransactionsTest and GroupModeTransactionsTest: its copiers copy a topic in transactions while brokers or
 * they themselves are stopped or killed. Who reads what is committed, then or afterwards, finds every record once and in
 * order.
 */
import { Copier } from '../clients/copier.ts';
import { committedNumbers, writeNumbers } from '../clients/numbers.ts';
import { LAYOUT } from '../mixed-brokers.ts';
import type { Scenario } from '../scenario.ts';
import type { Ending } from '../seat.ts';
import { SteadyConsumer } from '../steady-consumer.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

type Mode = 'assigned' | 'in-a-group';

interface Plan {
  readonly mode: Mode;
  readonly records: number;
  readonly transactionSize: number;
}

const COPIERS = 2;
const PARTITIONS: Readonly<Record<Mode, number>> = { assigned: COPIERS, 'in-a-group': 2 * COPIERS };
const RECORDS = 100_000;
/** So small that the copying goes on until the last one is back. */
const TRANSACTION_SIZE = { brokers: 200, copiers: 100 };
const COPIER_BOUNCES = 3;
/** What a copier copies before it is bounced: less than what it has to, all bounces together. */
const COPIED_BEFORE_BOUNCE = 1000;
/** What waits for a killed member to be given up, or for a transaction that a killed copier left. */
const COPYING_PATIENCE_MS = 240_000;

export const COPYING: readonly Scenario[] = (['assigned', 'in-a-group'] as const).flatMap((mode) =>
  (['brokers', 'copiers'] as const).flatMap((target) =>
    (['clean', 'hard'] as const).map((ending): Scenario => ({
      name: `copiers-${mode}-with-${ending}-bounce-of-${target}`,
      about: `${RECORDS} records are copied in transactions of ${TRANSACTION_SIZE[target]} by two of the original's copiers, ${
        mode === 'assigned' ? 'each its own partition' : 'who share the partitions as a group'
      }, while ${target === 'brokers' ? 'each broker in turn' : `each of them, ${COPIER_BOUNCES} times,`} is ${
        ending === 'clean' ? 'stopped' : 'killed'
      } and started again`,
      steps: (world) => {
        const plan = { mode, records: RECORDS, transactionSize: TRANSACTION_SIZE[target] };
        return copyWhile(world, plan, (copiers) =>
          target === 'brokers' ? bounceBrokers(world, ending, copiers) : bounceCopiers(ending, copiers),
        );
      },
    })),
  ),
);

/** Everything is copied while `faults` happen, and what is committed is what there was. */
export async function copyWhile(
  world: World,
  { mode, records, transactionSize }: Plan,
  faults: (copiers: readonly Copier[]) => Promise<void>,
): Promise<void> {
  const { brokers, topic } = world;
  const partitions = PARTITIONS[mode];
  const perPartition = records / partitions;
  const [from, to] = [`${topic}-from`, `${topic}-to`];
  const layout = Array.from({ length: partitions }, (_, partition) => LAYOUT[partition % LAYOUT.length]!);
  for (const each of [from, to]) await brokers.createTopic(each, {}, layout);
  await writeNumbers(brokers, from, partitions, perPartition);
  const reader = new SteadyConsumer(brokers.client, to, partitions, true);
  const copiers = Array.from(
    { length: COPIERS },
    (_, index) =>
      new Copier({
        ...{ libraries: brokers.libraries, bootstrap: brokers.bootstrap, from, to, transactionSize },
        transactionalId: `${topic}-copier-${index}`,
        group: `${topic}-copiers`,
        partition: mode === 'assigned' ? index : null,
      }),
  );
  try {
    reader.start();
    for (const copier of copiers) await untilCopied(copier, 1);
    await faults(copiers);
    await until('the copiers are done', () => copiers.every(isDone), COPYING_PATIENCE_MS);
    await until('all that was copied is read', () => reader.consumed >= records);
    await reader.stop();
  } finally {
    reader.abandon();
    for (const copier of copiers) await copier.end('hard');
  }
  const afterwards = await committedNumbers(brokers.client, to, partitions);
  const outcome = { lost: 0, duplicates: reader.duplicates, outOfOrder: reader.gaps };
  for (const numbers of afterwards) {
    const different = new Set(numbers).size;
    outcome.lost += perPartition - different;
    outcome.duplicates += numbers.length - different;
    outcome.outOfOrder += numbers.filter((number, index) => number < (numbers[index - 1] ?? 0)).length;
  }
  world.account({ acknowledged: records, consumed: reader.consumed, ...outcome });
}

function isDone(copier: Copier): boolean {
  if (copier.failure !== undefined) throw copier.failure;
  return copier.isDone;
}

/** By the run of it that is at work; or all there was. */
async function untilCopied(copier: Copier, records: number): Promise<void> {
  await until(
    `a copier has copied ${records} records`,
    () => copier.copied >= records || isDone(copier),
    COPYING_PATIENCE_MS,
  );
}

async function bounceBrokers(world: World, ending: Ending, copiers: readonly Copier[]): Promise<void> {
  for (const seat of world.brokers.seats) {
    await world.bounce(seat, ending);
    check(!copiers.every(isDone), `there is something to copy while broker ${seat.id} bounces`);
  }
}

async function bounceCopiers(ending: Ending, copiers: readonly Copier[]): Promise<void> {
  for (let time = 0; time < COPIER_BOUNCES; time++)
    for (const copier of copiers) {
      await untilCopied(copier, COPIED_BEFORE_BOUNCE);
      check(!isDone(copier), 'a copier that is bounced has something to do');
      await copier.bounce(ending);
    }
}
