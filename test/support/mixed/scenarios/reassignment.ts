/**
 * Partitions that move between brokers while they are written to and read: asked for in both ways, through bounces of
 * every broker and fail-overs of the controller in the middle, called off half-way, and replaced by other moves.
 */
import type { Layout } from '../mixed-brokers.ts';
import {
  beginMove,
  callOff,
  checkHalfWay,
  holdBack,
  letGo,
  untilFilled,
  untilHalfWay,
  untilSettledOn,
  type Way,
} from '../moves.ts';
import type { Scenario } from '../scenario.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

/** Each partition goes round: it loses its first replica, which leads, and gets a new one. */
const PLACES: readonly Layout[] = [
  [
    [0, 1],
    [1, 2],
    [2, 0],
  ],
  [
    [1, 2],
    [2, 0],
    [0, 1],
  ],
  [
    [2, 0],
    [0, 1],
    [1, 2],
  ],
];
const [HERE, THERE, ELSEWHERE] = PLACES as readonly [Layout, Layout, Layout];
/** Where a move from here to there that is called off leaves them: those that stay first, as the original does. */
const BACK: Layout = [
  [1, 0],
  [2, 1],
  [0, 2],
];
const PARTITIONS = HERE.length;
const ROUNDS = 2;

/** Long enough for a move that is held back to be far from its end. */
const FILL_RECORDS = 500;
const KEY_BYTES = 1000;

const OF_TOPIC = {
  configs: { 'min.insync.replicas': '1' },
  layout: HERE,
  keyBytes: KEY_BYTES,
} as const;

/** Who takes a move up, or replaces it, finds the new replicas there already; the original says so, too. */
const TAKEN_UP: readonly RegExp[] = [
  /replica \d+ for partition \S+ from (New|Online|Offline)Replica to NewReplica/,
];

const TOLD: Readonly<Record<Way, string>> = { api: 'by API', znode: 'by /admin/reassign_partitions' };

export const REASSIGNMENT: readonly Scenario[] = [
  ...(['api', 'znode'] as const).flatMap((way): Scenario[] => [
    {
      ...OF_TOPIC,
      name: `reassignment-by-${way}`,
      about: `partitions of two replicas move round the three brokers, ${TOLD[way]}, first slowed down, then not`,
      steps: (world) => moveRound(world, way),
    },
    {
      ...OF_TOPIC,
      name: `reassignment-past-fail-overs-by-${way}`,
      about: `half-way of a move ${TOLD[way]} each broker in turn becomes the controller, then the controller is killed`,
      expects: TAKEN_UP,
      steps: (world) => failOver(world, way),
    },
    {
      ...OF_TOPIC,
      name: `reassignment-called-off-by-${way}`,
      about: `a move ${TOLD[way]} is called off half-way by API, again after a fail-over, and begun anew`,
      expects: TAKEN_UP,
      steps: (world) => callOffHalfWay(world, way),
    },
  ]),
  ...(['clean', 'hard'] as const).map((ending): Scenario => ({
    ...OF_TOPIC,
    name: `reassignment-with-${ending}-bounce`,
    about: `half-way of a move each broker in turn is ${ending === 'clean' ? 'stopped' : 'killed'} and started again`,
    expects: TAKEN_UP,
    steps: (world) => bounceAll(world, ending),
  })),
  {
    ...OF_TOPIC,
    name: 'reassignment-replaced',
    about:
      'a move is replaced half-way by another one, the first by znode, the second by API, then the other way round',
    expects: TAKEN_UP,
    steps: replaceHalfWay,
  },
];

async function moveRound(world: World, way: Way): Promise<void> {
  await beginHeldBack(world, THERE, way);
  await letGo(world);
  await untilSettledOn(world, THERE);
  for (let round = 0; round < ROUNDS; round++)
    for (const place of [ELSEWHERE, HERE, THERE]) {
      await beginMove(world, place, way);
      await untilSettledOn(world, place);
    }
}

async function failOver(world: World, way: Way): Promise<void> {
  const { brokers } = world;
  await beginHeldBack(world, THERE, way);
  const first = (await world.controller()).id;
  for (let step = 1; step <= brokers.seats.length; step++) {
    await brokers.makeController((first + step) % brokers.seats.length);
    await goesOnHalfWay(world, THERE);
  }
  const controller = await world.controller();
  await controller.kill();
  await world.untilGone(controller);
  await goesOnHalfWay(world, THERE);
  await controller.start();
  await world.untilBack(controller);
  await letGo(world);
  await untilSettledOn(world, THERE);
}

async function callOffHalfWay(world: World, way: Way): Promise<void> {
  const { brokers } = world;
  await beginHeldBack(world, THERE, way);
  check((await callOff(world, PARTITIONS)) === PARTITIONS, 'all moves are called off');
  await untilSettledOn(world, BACK);
  check((await callOff(world, PARTITIONS)) === 0, 'there is nothing left to call off');
  await beginMove(world, THERE, way);
  await untilHalfWay(world, THERE);
  const { id } = await world.controller();
  await brokers.makeController((id + 1) % brokers.seats.length);
  await goesOnHalfWay(world, THERE);
  check((await callOff(world, PARTITIONS)) === PARTITIONS, 'the next controller calls them off, too');
  await untilSettledOn(world, BACK);
  await letGo(world);
  await beginMove(world, THERE, way);
  await untilSettledOn(world, THERE);
}

async function replaceHalfWay(world: World): Promise<void> {
  await beginHeldBack(world, THERE, 'znode');
  await beginMove(world, ELSEWHERE, 'api');
  await letGo(world);
  await untilSettledOn(world, ELSEWHERE);
  await beginHeldBack(world, HERE, 'api');
  await beginMove(world, THERE, 'znode');
  await letGo(world);
  await untilSettledOn(world, THERE);
}

/** Whoever is away is no reason for the others to stop; a move waits for it. */
async function bounceAll(world: World, ending: 'clean' | 'hard'): Promise<void> {
  await beginHeldBack(world, THERE, ending === 'clean' ? 'api' : 'znode');
  for (const seat of world.brokers.seats) {
    await (ending === 'clean' ? seat.stop() : seat.kill());
    await world.untilGone(seat);
    await world.everyPartitionGoesOn();
    await seat.start();
    await world.untilBack(seat);
    await untilOldReplicasInSync(world);
    await goesOnHalfWay(world, THERE);
  }
  await letGo(world);
  await untilSettledOn(world, THERE);
}

async function untilOldReplicasInSync({ brokers, topic }: World): Promise<void> {
  await until('the replicas that were there before are in sync', async () =>
    (await brokers.states(topic)).every(({ isr }, partition) =>
      HERE[partition]!.every((id) => isr.includes(id)),
    ),
  );
}

async function beginHeldBack(world: World, to: Layout, way: Way): Promise<void> {
  await untilFilled(world, FILL_RECORDS);
  await holdBack(world, to);
  await beginMove(world, to, way);
  await untilHalfWay(world, to);
}

/** A controller that has just begun may not have taken the moves up yet. */
async function goesOnHalfWay(world: World, to: Layout): Promise<void> {
  await world.everyPartitionGoesOn();
  await until('the moves are taken up', async () => {
    await checkHalfWay(world, to);
    return true;
  });
}
