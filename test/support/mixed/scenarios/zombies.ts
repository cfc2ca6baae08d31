/**
 * Brokers that do not know yet that others have taken their place. A controller that stood still finds its writes refused
 * by ZooKeeper and its requests by the brokers; a leader cut off from ZooKeeper or from its followers acknowledges nothing
 * any more that needs two replicas.
 */
import { errorNameOf } from '../../../../src/protocol/index.ts';
import {
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
} from '../../../../src/protocol/messages/04-leader-and-isr.ts';
import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
} from '../../../../src/protocol/messages/07-controlled-shutdown.ts';
import {
  StopReplicaRequest,
  StopReplicaResponse,
} from '../../../../src/protocol/messages/05-stop-replica.ts';
import {
  UpdateMetadataRequest,
  UpdateMetadataResponse,
} from '../../../../src/protocol/messages/06-update-metadata.ts';
import { ClusterClient, electLeaders, PartitionReader } from '../../../../src/tools/client/index.ts';
import { LAYOUT } from '../mixed-brokers.ts';
import type { Scenario } from '../scenario.ts';
import type { Seat } from '../seat.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';
import { CONTROLLER_WITHOUT_OFFICE, LOSES_ITS_SESSION } from './expected-errors.ts';

/** What is written to an isolated leader in the scenario that Jepsen found. */
const UNSAFE_RECORDS = 20;

export const ZOMBIES: readonly Scenario[] = [
  {
    name: 'zombie-controller-past-its-session',
    about:
      'the controller stands still past its session, each of the others takes over in turn, and it goes on',
    expects: CONTROLLER_WITHOUT_OFFICE,
    steps: (world) => standStillBeforeEach(world, { pastSession: true }),
  },
  {
    name: 'zombie-controller-within-its-session',
    about:
      'the controller stands still, /controller is deleted, each of the others takes over in turn, and it goes on',
    expects: CONTROLLER_WITHOUT_OFFICE,
    steps: (world) => standStillBeforeEach(world, { pastSession: false }),
  },
  {
    name: 'zombie-leader-without-zookeeper',
    about: 'each broker in turn is cut off from ZooKeeper alone, past its session',
    expects: LOSES_ITS_SESSION,
    steps: async (world) => {
      const probe = await createProbe(world);
      for (const seat of world.brokers.seats) await loseZooKeeper(world, seat, probe);
    },
  },
  {
    name: 'zombie-leader-without-followers',
    about: 'each leader in turn is cut off from its followers alone, until its ISR is itself',
    steps: async (world) => {
      const probe = await createProbe(world);
      for (const seat of world.brokers.seats) {
        await loseFollowers(world, seat, [world.topic, probe]);
        await untilRefused(world, seat, probe);
        seat.peers.release();
        await world.untilInSync();
        await world.everyPartitionGoesOn();
      }
    },
  },
  {
    name: 'jepsen-2013-isolated-leader',
    about:
      'as Jepsen did to Kafka 0.8: a leader is cut off from its followers, its ISR is itself, it loses ZooKeeper, and a follower is elected although it was not in the ISR; with min.insync.replicas=1 that loses what was acknowledged, with 2 nothing (the one that is elected was the last to leave the ISR: were it the other, what two replicas acknowledged would be lost with 2 as well)',
    configs: { 'unclean.leader.election.enable': 'true' },
    expects: LOSES_ITS_SESSION,
    steps: jepsen2013,
  },
];

/** The controller of now, with each of the others as its successor. */
async function standStillBeforeEach(world: World, options: { readonly pastSession: boolean }): Promise<void> {
  const zombie = await world.controller();
  for (const successor of world.brokers.seats) {
    if (successor.id === zombie.id) continue;
    await world.brokers.restartStuckControllers();
    await world.brokers.makeController(zombie.id);
    await standStill(world, zombie, successor, options);
  }
}

/** The controller is stopped, deposed, and goes on: nothing it does or says after that counts. */
async function standStill(
  world: World,
  zombie: Seat,
  successor: Seat,
  { pastSession }: { readonly pastSession: boolean },
): Promise<void> {
  const { brokers } = world;
  const oldEpoch = await brokers.controllerEpoch();
  await zombie.signal('SIGSTOP');
  let late: Promise<string> | undefined;
  try {
    if (pastSession) {
      await world.untilGone(zombie);
      await until('another one is the controller', async () => {
        const id = await brokers.controllerId();
        return id >= 0 && id !== zombie.id;
      });
    }
    await brokers.makeController(successor.id, zombie.id);
    // The first it reads when it goes on: work for a controller.
    if (!pastSession) late = askToMoveLeaders(zombie, successor);
  } finally {
    await zombie.signal('SIGCONT');
  }
  if (late !== undefined)
    check((await late) === 'STALE_CONTROLLER_EPOCH', 'the old controller moves no leaders any more');
  const epoch = await brokers.controllerEpoch();
  check(epoch > oldEpoch, 'every controller has an epoch of its own');
  await world.untilBack(zombie);
  await world.untilInSync();
  await refuseOldController(world, zombie, oldEpoch);
  await world.everyPartitionGoesOn();
  check((await brokers.controllerId()) === successor.id, `broker ${successor.id} is still the controller`);
  check((await brokers.controllerEpoch()) === epoch, 'nobody else has been elected');
}

/** As a broker about to stop asks its controller. */
async function askToMoveLeaders(zombie: Seat, stopping: Seat): Promise<string> {
  const client = new ClusterClient({ bootstrapServers: [zombie.address] });
  try {
    const api = { request: ControlledShutdownRequest, response: ControlledShutdownResponse };
    const { errorCode } = await client.toAny(api, { brokerId: stopping.id, brokerEpoch: -1 });
    return errorNameOf(errorCode);
  } finally {
    await client.close();
  }
}

/** What the deposed controller would send: every broker that has heard of the new one refuses it by its epoch. */
async function refuseOldController(
  { brokers, topic }: World,
  zombie: Seat,
  controllerEpoch: number,
): Promise<void> {
  const { client } = brokers;
  const from = { controllerId: zombie.id, controllerEpoch, brokerEpoch: -1 };
  const partitionStates = [{ partitionIndex: 0, leaderEpoch: -2, deletePartition: true }];
  const isRefused = ({ errorCode }: { readonly errorCode: number }): boolean =>
    errorNameOf(errorCode) === 'STALE_CONTROLLER_EPOCH';
  for (const { id } of brokers.seats) {
    const leaderAndIsr = { request: LeaderAndIsrRequest, response: LeaderAndIsrResponse };
    const updateMetadata = { request: UpdateMetadataRequest, response: UpdateMetadataResponse };
    const stopReplica = { request: StopReplicaRequest, response: StopReplicaResponse };
    await until(`broker ${id} refuses the old controller's LeaderAndIsr`, async () =>
      isRefused(
        await client.toBroker(id, leaderAndIsr, { ...from, type: 0, topicStates: [], liveLeaders: [] }),
      ),
    );
    check(
      isRefused(await client.toBroker(id, updateMetadata, { ...from, topicStates: [], liveBrokers: [] })),
      `broker ${id} refuses the old controller's UpdateMetadata`,
    );
    check(
      isRefused(
        await client.toBroker(id, stopReplica, {
          ...from,
          topicStates: [{ topicName: topic, partitionStates }],
        }),
      ),
      `broker ${id} refuses the old controller's StopReplica`,
    );
  }
}

/** It goes on taking itself for the leader of the partition that it prefers. */
async function loseZooKeeper(world: World, seat: Seat, probe: string): Promise<void> {
  const { brokers, topic } = world;
  const partition = seat.id;
  check(
    (await brokers.state(topic, partition)).leader === seat.id,
    `broker ${seat.id} leads ${topic}-${partition}`,
  );
  seat.loseZooKeeper();
  await untilOthersLead(world, seat, [topic, probe]);
  await world.everyPartitionGoesOn();
  check(
    (await world.produceTo(seat, probe, partition, 'never')) !== 'NONE',
    'a leader whose followers follow another one acknowledges nothing',
  );
  seat.findZooKeeper();
  await world.untilBack(seat);
  await world.untilInSync();
  await world.everyPartitionGoesOn();
}

/** Until its ISR is itself: who has everything is in sync however long ago it fetched, so there must be something new. */
async function loseFollowers(world: World, seat: Seat, topics: readonly string[]): Promise<void> {
  const { brokers } = world;
  const partition = seat.id;
  seat.peers.hold(({ isFetcher }) => isFetcher);
  for (const topic of topics) {
    if (topic !== world.topic) await world.produceTo(seat, topic, partition, 'new');
    await until(`broker ${seat.id} alone is the ISR of ${topic}`, async () => {
      const { leader, isr } = await brokers.state(topic, partition);
      return leader === seat.id && isr.length === 1;
    });
  }
}

/** A topic for what must not be acknowledged, so that the load's own stays in order whatever becomes of it. */
async function createProbe(
  { brokers, topic }: World,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const probe = `${topic}-probe`;
  await brokers.createTopic(probe, configs);
  return probe;
}

/** Its ISR in ZooKeeper is itself already; it hears of that a moment later. */
async function untilRefused(world: World, seat: Seat, probe: string): Promise<void> {
  await until(
    `broker ${seat.id}, alone in the ISR, refuses acks=all`,
    async () => (await world.produceTo(seat, probe, seat.id, 'never')) === 'NOT_ENOUGH_REPLICAS',
  );
}

async function untilOthersLead({ brokers }: World, seat: Seat, topics: readonly string[]): Promise<void> {
  for (const topic of topics)
    await until(`another one leads ${topic}-${seat.id}`, async () => {
      const { leader } = await brokers.state(topic, seat.id);
      return leader >= 0 && leader !== seat.id;
    });
}

async function jepsen2013(world: World): Promise<void> {
  const { brokers, topic } = world;
  const unclean = { 'unclean.leader.election.enable': 'true' };
  const probe = await createProbe(world, unclean);
  const unsafe = `${topic}-unsafe`;
  await brokers.createTopic(unsafe, { 'min.insync.replicas': '1', ...unclean });
  const topics = [topic, probe, unsafe];
  let lost = 0;
  for (const seat of brokers.seats) {
    const partition = seat.id;
    await electPreferredLeaders(world, topics);
    await loseFollowersInTurn(world, seat, topics);
    await untilRefused(world, seat, probe);
    for (let number = 0; number < UNSAFE_RECORDS; number++)
      check(
        (await world.produceTo(seat, unsafe, partition, `${seat.id}/${number}`)) === 'NONE',
        'with min.insync.replicas=1 it acknowledges',
      );
    seat.loseZooKeeper();
    // Followers that were not in the ISR.
    await untilOthersLead(world, seat, topics);
    await world.everyPartitionGoesOn();
    seat.peers.release();
    seat.findZooKeeper();
    await world.untilBack(seat);
    await world.untilInSync();
    for (const each of topics)
      await until(`every replica of ${each} is in sync`, () => brokers.isInSync(each));
    lost += UNSAFE_RECORDS - (await countRecords(world, unsafe, partition, `${seat.id}/`));
  }
  check(lost === brokers.seats.length * UNSAFE_RECORDS, 'with min.insync.replicas=1 all of them are lost');
}

async function electPreferredLeaders({ brokers }: World, topics: readonly string[]): Promise<void> {
  for (const topic of topics)
    for (const [partition, [preferred]] of LAYOUT.entries())
      await until(`broker ${preferred} leads ${topic}-${partition}`, async () => {
        if ((await brokers.state(topic, partition)).leader === preferred) return true;
        await electLeaders(brokers.client, 'PREFERRED', [{ topic, partition }]);
        return false;
      });
}

/**
 * The one that is elected must be the last that was in the ISR with the leader: what they acknowledged together only they
 * have. It is the first after the leader in the order of the replicas, so the other one leaves before.
 */
async function loseFollowersInTurn(world: World, seat: Seat, topics: readonly string[]): Promise<void> {
  const { brokers } = world;
  const first = LAYOUT[seat.id]![2]!;
  seat.peers.hold(({ isFetcher, brokerId }) => isFetcher && brokerId === first);
  for (const topic of topics) {
    if (topic !== world.topic) await world.produceTo(seat, topic, seat.id, 'new');
    await until(
      `broker ${first} is not in the ISR of ${topic}-${seat.id}`,
      async () => !(await brokers.state(topic, seat.id)).isr.includes(first),
    );
  }
  await loseFollowers(world, seat, topics);
}

/** Those whose value begins so. */
async function countRecords(
  { brokers }: World,
  topic: string,
  partition: number,
  prefix: string,
): Promise<number> {
  const reader = new PartitionReader(brokers.client, {
    ...{ readCommitted: false, resetTo: 'earliest', maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 },
    maxWaitMs: 500,
  });
  await reader.assign([{ topic, partition, offset: 0 }]);
  return (await reader.poll()).filter(({ value }) => value?.toString().startsWith(prefix)).length;
}
