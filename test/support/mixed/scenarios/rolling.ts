/** One broker after the other is replaced by one of the other kind, with its id, its properties and its folders. */
import { OpenTransactions } from '../clients/open-transactions.ts';
import type { Scenario } from '../scenario.ts';
import type { Kind } from '../seat.ts';
import { check, type World } from '../world.ts';
import { copyWhile } from './copying.ts';

const COPIED_RECORDS = 100_000;
/** So small that the copying goes on until the last broker is back. */
const TRANSACTION_SIZE = 100;

export const ROLLING: readonly Scenario[] = [
  {
    name: 'rolling-replacement',
    about:
      'from three JVM brokers to three of Klassik and back: the one that is the controller is the last of each round',
    lineUps: ['3 JVM'],
    steps: async (world) => {
      await replaceAll(world, 'klassik');
      await replaceAll(world, 'jvm');
    },
  },
  {
    name: 'rolling-replacement-with-transactions',
    about:
      "from three JVM brokers to three of Klassik and back, while a group of the original's copiers copies in transactions, and a transaction, with offsets of a group, is open over each replacement and ends after it",
    lineUps: ['3 JVM'],
    steps: async (world) => {
      const plan = {
        mode: 'in-a-group',
        records: COPIED_RECORDS,
        transactionSize: TRANSACTION_SIZE,
      } as const;
      await copyWhile(world, plan, async (copiers) => {
        const open = await OpenTransactions.begin(world);
        for (const kind of ['klassik', 'jvm'] as const) {
          await replaceAll(world, kind, (replace) => open.over(replace));
          check(
            !copiers.every(({ isDone }) => isDone),
            `there is something to copy while all become ${kind}`,
          );
        }
        await open.close();
      });
    },
  },
];

async function replaceAll(
  world: World,
  kind: Kind,
  during: (replace: () => Promise<void>) => Promise<void> = (replace) => replace(),
): Promise<void> {
  const { brokers } = world;
  const last = await world.controller();
  const order = [...brokers.seats.filter(({ id }) => id !== last.id), last];
  for (const seat of order) {
    await during(async () => {
      await seat.stop();
      await world.untilGone(seat);
      await world.everyPartitionGoesOn();
      await seat.start(kind);
      await world.untilInSync();
    });
    await world.everyPartitionGoesOn();
  }
  check(brokers.idsOf(kind).length === brokers.seats.length, `all brokers are ${kind}`);
}
