/** The original's own producer and consumers, who tell of each record, while brokers or they themselves go and come back. */
import { accountOf, Ledger, VerifiableConsumer, VerifiableProducer } from '../clients/verifiable.ts';
import type { Scenario } from '../scenario.ts';
import type { Ending } from '../seat.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

const RECORDS = 100_000;
/** So that the writing outlasts the bounces of three brokers, or of three clients three times, each a JVM that starts. */
const PER_SECOND = { brokers: 1200, clients: 700 } as const;
const CONSUMERS = 2;
const CLIENT_BOUNCES = 3;
/** What is acknowledged, and consumed, between two bounces of clients. */
const RECORDS_BETWEEN = 5000;
const PATIENCE_MS = 240_000;

interface Clients {
  readonly producer: VerifiableProducer;
  readonly consumers: readonly VerifiableConsumer[];
  readonly consumed: Ledger;
}

export const VERIFIABLE_CLIENTS: readonly Scenario[] = (['brokers', 'clients'] as const).flatMap((target) =>
  (['clean', 'hard'] as const).map((ending): Scenario => {
    const how = ending === 'clean' ? 'stopped' : 'killed';
    const who = target === 'brokers' ? 'each broker in turn is' : `${CLIENT_BOUNCES} times each of them is`;
    return {
      name: `verifiable-clients-with-${ending}-bounce-of-${target}`,
      about: `the original's VerifiableProducer writes ${RECORDS} records and two VerifiableConsumers of one group read them, while ${who} ${how} and started again`,
      steps: (world) =>
        writeAndReadWhile(world, PER_SECOND[target], (clients) =>
          target === 'brokers' ? bounceBrokers(world, ending, clients) : bounceClients(ending, clients),
        ),
    };
  }),
);

async function writeAndReadWhile(
  world: World,
  perSecond: number,
  faults: (clients: Clients) => Promise<void>,
): Promise<void> {
  const { brokers } = world;
  const { libraries, bootstrap } = brokers;
  const topic = `${world.topic}-verifiable`;
  await brokers.createTopic(topic);
  const target = { libraries, bootstrap, topic };
  const consumed = new Ledger();
  const producer = new VerifiableProducer({ ...target, perSecond }, RECORDS);
  const consumers = Array.from(
    { length: CONSUMERS },
    () => new VerifiableConsumer({ ...target, group: `${topic}-readers` }, consumed),
  );
  const clients = { producer, consumers, consumed };
  try {
    await untilFurther(clients, 1);
    await faults(clients);
    await until('all is written', () => producer.isDone, PATIENCE_MS);
    check(producer.acknowledged.size === RECORDS, `${RECORDS} records are acknowledged`);
    await until('and all is read', () => isConsumed(clients), PATIENCE_MS);
    for (const consumer of consumers) await consumer.end('clean');
  } finally {
    for (const client of [producer, ...consumers]) await client.end('hard');
  }
  const gaps = consumers.reduce((sum, consumer) => sum + consumer.gaps, 0);
  world.account(accountOf(producer.acknowledged, consumed, gaps));
}

function isConsumed({ producer, consumers, consumed }: Clients): boolean {
  for (const { failure } of consumers) if (failure !== undefined) throw failure;
  // Not by their number: of a producer that was killed there are records in the log that it never told of.
  return producer.acknowledged.partitions.every(
    (partition) => consumed.end(partition) >= producer.acknowledged.end(partition),
  );
}

/** So many more are acknowledged, and then so many more consumed. */
async function untilFurther({ producer, consumed }: Clients, records: number): Promise<void> {
  for (const ledger of [producer.acknowledged, consumed]) {
    const size = ledger.size + records;
    await until(`${records} more`, () => ledger.size >= size || producer.isDone, PATIENCE_MS);
  }
}

async function bounceBrokers(world: World, ending: Ending, clients: Clients): Promise<void> {
  for (const seat of world.brokers.seats) {
    await world.bounce(seat, ending);
    check(!clients.producer.isDone, `there is something to write while broker ${seat.id} bounces`);
  }
}

async function bounceClients(ending: Ending, clients: Clients): Promise<void> {
  for (let time = 0; time < CLIENT_BOUNCES; time++)
    for (const client of [clients.producer, ...clients.consumers]) {
      await untilFurther(clients, RECORDS_BETWEEN);
      check(!clients.producer.isDone, 'there is something to write while clients bounce');
      await client.bounce(ending);
    }
}
