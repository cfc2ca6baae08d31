/** Steps 2: brokers stop, die and come back, and the crown moves with them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from '../step.ts';
import {
  alterConfigs,
  createTopic,
  deleteTopic,
  electLeaders,
  logDirOf,
  produce,
  reassign,
  RESOURCE,
} from '../verbs.ts';
import type { World } from '../world.ts';
import { moved, startOf } from './parts.ts';

/** Replicas of the topics that stay, when all moves of the first steps are through. */
const REPLICAS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  t1: [
    [1, 2],
    [2, 1],
    [2, 1],
    [0, 2],
  ],
  'my.topic_x': [[1, 2]],
};

/** Everybody who is alive is in the ISR of all of them. */
async function allCaughtUp(world: World, alive: readonly number[]): Promise<void> {
  for (const [topic, layout] of Object.entries(REPLICAS))
    for (const [partition, replicas] of layout.entries()) {
      const wanted = replicas.filter((id) => alive.includes(id));
      await world.untilData(`/brokers/topics/${topic}/partitions/${partition}/state`, (data) => {
        const { leader, isr } = JSON.parse(data) as { readonly leader: number; readonly isr: number[] };
        return leader >= 0 && wanted.every((id) => isr.includes(id));
      });
    }
}

/** It is in no ISR any more, unless as the last of it. */
async function isOut(world: World, gone: number): Promise<void> {
  for (const [topic, layout] of Object.entries(REPLICAS))
    await world.untilStates(
      topic,
      layout.length,
      ({ leader, isr }) => leader !== gone && (isr.length === 1 || !isr.includes(gone)),
    );
}

function stopOf(id: number, says = `broker ${id} stops in good order`): Step {
  return {
    says,
    async take(world) {
      await world.broker(id).stop();
      await world.untilGone(`/brokers/ids/${id}`);
      await isOut(world, id);
    },
  };
}

function killOf(id: number): Step {
  return {
    says: `broker ${id} is killed`,
    async take(world) {
      await world.broker(id).kill();
      await world.untilGone(`/brokers/ids/${id}`);
      await isOut(world, id);
    },
  };
}

/** Comes back to a cluster of those who are alive with it. */
function returnOf(id: number, alive: readonly number[], also?: (world: World) => Promise<void>): Step {
  const { says, take } = startOf(id);
  return {
    says,
    topicsApart: true,
    async take(world) {
      await take(world);
      await allCaughtUp(world, alive);
      await also?.(world);
    },
  };
}

const COMING_AND_GOING: readonly Step[] = [
  {
    says: 'create tb',
    async take(world) {
      await createTopic(world, 0, 'tb', [[1, 2]]);
      await world.untilStates('tb', 1, ({ isr }) => isr.length === 2);
    },
  },
  stopOf(2),
  {
    says: 'delete tb while broker 2 is away',
    take: (world) => deleteTopic(world, 0, 'tb', 'REQUEST_TIMED_OUT', 0),
  },
  returnOf(2, [0, 1, 2], (world) => world.untilGone('/admin/delete_topics/tb')),
  killOf(2),
  returnOf(2, [0, 1, 2]),
  {
    says: 'preferred leaders of all are elected',
    take: (world) => electLeaders(world, 0, 'preferred', null),
  },
];

const UNCLEAN: readonly Step[] = [
  {
    says: 'create uu and uc',
    async take(world) {
      for (const name of ['uu', 'uc']) {
        await createTopic(world, 0, name, [[1, 2]]);
        await world.untilStates(name, 1, ({ isr }) => isr.length === 2);
      }
    },
  },
  stopOf(2),
  stopOf(1, 'broker 1 stops, the last of several ISRs'),
  startOf(2),
  {
    says: 'an unclean leader of uu is elected',
    async take(world) {
      await electLeaders(world, 0, 'unclean', 'uu');
      await world.untilStates('uu', 1, ({ leader }) => leader === 2);
    },
  },
  {
    says: 'unclean leaders of uc are allowed',
    async take(world) {
      const configs = { 'unclean.leader.election.enable': 'true' };
      await alterConfigs(world, 2, RESOURCE.topic, 'uc', configs);
      await world.untilStates('uc', 1, ({ leader }) => leader === 2);
    },
  },
  returnOf(1, [0, 1, 2], async (world) => {
    for (const name of ['uu', 'uc']) await world.untilStates(name, 1, ({ isr }) => isr.length === 2);
  }),
];

const CROWN: readonly Step[] = [
  {
    says: 'a move of pa begins that cannot end',
    async take(world) {
      await reassign(world, 0, 'pa', 0, [9, 2]);
      await world.untilStates('pa', 1, ({ isr }) => isr.includes(2));
    },
  },
  {
    says: 'another takes its place',
    async take(world) {
      await reassign(world, 0, 'pa', 0, [9, 1]);
      await world.untilStates('pa', 1, ({ isr }) => isr.includes(1) && !isr.includes(2));
    },
  },
  stopOf(2),
  {
    says: 'the controller stops, and broker 1 follows it',
    async take(world) {
      await world.broker(0).stop();
      await world.untilData('/controller', (data) => data.includes('"brokerid":1'));
      await world.untilStates('asked', 1, ({ leader }) => leader === -1);
      await isOut(world, 0);
    },
  },
  {
    says: 'the znode of the controller is deleted',
    async take(world) {
      await world.remove('/controller');
      await world.untilData('/controller_epoch', (data) => data === '3');
    },
  },
  returnOf(0, [0, 1], (world) => world.untilStates('pa', 1, ({ isr }) => isr.includes(0))),
  {
    says: 'the controller is killed, and broker 0 follows it',
    async take(world) {
      await world.broker(1).kill();
      await world.untilData('/controller', (data) => data.includes('"brokerid":0'));
      await isOut(world, 1);
    },
  },
  returnOf(1, [0, 1], (world) => world.untilStates('pa', 1, ({ isr }) => isr.includes(1))),
  returnOf(2, [0, 1, 2]),
  {
    says: 'the move of pa is called off',
    async take(world) {
      await reassign(world, 0, 'pa', 0, null);
      // What they were before is known from the znode, which has lost their order.
      await moved(world, 'pa', 0, [9, 0]);
    },
  },
];

const DISK: readonly Step[] = [
  startOf(3),
  {
    says: 'create torn and whole, each in a log dir of its own',
    async take(world) {
      for (const name of ['torn', 'whole']) {
        await createTopic(world, 0, name, [[3, 0]], { 'segment.bytes': '200' });
        await world.untilStates(name, 1, ({ isr }) => isr.length === 2);
      }
    },
  },
  {
    says: 'a log dir fails',
    async take(world) {
      await world.until('torn takes records', async () => (await produce(world, 3, 'torn')) === 'NONE');
      await rm(join(await logDirOf(world, 3, 'torn'), 'torn-0'), { recursive: true });
      await world.until('its disk refuses one', async () => (await produce(world, 3, 'torn')) !== 'NONE');
      await world.untilStates('torn', 1, ({ leader }) => leader === 0);
      await world.until(
        'the controller has heard of it',
        async () => (await world.children('/log_dir_event_notification')).length === 0,
      );
    },
  },
  {
    says: 'delete the offsets of groups',
    async take(world) {
      await deleteTopic(world, 0, '__consumer_offsets');
      await world.untilGone('/admin/delete_topics/__consumer_offsets');
    },
  },
];

export const BROKER_STEPS: readonly Step[] = [
  ...COMING_AND_GOING,
  ...UNCLEAN,
  ...CROWN,
  ...DISK,
  stopOf(3),
  stopOf(2),
  stopOf(1, 'broker 1 stops, and broker 0 is alone'),
];
