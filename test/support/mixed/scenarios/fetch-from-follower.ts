/**
 * Consumers read from the replica in their rack (KIP-392), a follower of either kind, and go on in order while leaders
 * move, and while the broker in their rack is away.
 */
import { electLeaders } from '../../../../src/tools/client/index.ts';
import { LAYOUT, rackOf } from '../mixed-brokers.ts';
import { RackReader, type RackReading } from '../rack-reader.ts';
import type { Scenario } from '../scenario.ts';
import type { Seat } from '../seat.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

export const FETCH_FROM_FOLLOWER: readonly Scenario[] = [
  {
    name: 'fetch-from-follower',
    about:
      "a consumer of the original's in the rack of each broker in turn reads from it what others lead, then leaders move, then that broker bounces",
    steps: async (world) => {
      for (const seat of world.brokers.seats) await readInRack(world, seat);
    },
  },
];

async function readInRack(world: World, seat: Seat): Promise<void> {
  const { brokers, topic } = world;
  const { libraries, bootstrap, seats } = brokers;
  const reader = new RackReader(libraries, bootstrap, topic, LAYOUT.length, rackOf(seat.id));
  try {
    await untilServedBy(world, reader, seat);
    // One that is neither in this rack nor the broker that is looked at.
    const other = seats.find(({ id }) => id !== seat.id)!;
    for (const away of [other, seat]) {
      await away.stop();
      await world.untilGone(away);
      await goesOn(world, reader);
      await away.start();
      await world.untilInSync();
      await untilServedBy(world, reader, seat);
      await electLeaders(brokers.client, 'PREFERRED', null);
      await untilServedBy(world, reader, seat);
    }
  } finally {
    reader.close();
  }
}

/** Whoever leads a partition serves it itself. */
async function untilServedBy(world: World, reader: RackReader, seat: Seat): Promise<void> {
  const { brokers, topic } = world;
  await until(`broker ${seat.id} serves the consumer in its rack`, async () => {
    const leaders = (await brokers.states(topic)).map(({ leader }) => leader);
    const { from } = await readingOf(reader);
    return (
      leaders.some((leader) => leader !== seat.id) &&
      from.every((id, partition) => id === seat.id || (id === -1 && leaders[partition] === seat.id))
    );
  });
  await goesOn(world, reader);
}

/** It is given what is acknowledged now, too. */
async function goesOn(world: World, reader: RackReader): Promise<void> {
  await world.everyPartitionGoesOn();
  const { acknowledged } = world.load;
  await until('the consumer in a rack goes on', async () => (await readingOf(reader)).read >= acknowledged);
}

async function readingOf(reader: RackReader): Promise<RackReading> {
  const reading = await reader.reading();
  check(reading.astray === 0, `the consumer in a rack was given ${reading.astray} records out of their turn`);
  return reading;
}
