/** Processes and machines: killed, without power, stopped, paused, rolled, with a wrong clock. */
import { hostOf } from '../../cluster.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Stage } from './stage.ts';

/** Between the end of one process of a roll and the end of the next, when that is long enough for it to be whole again. */
const ROLL_WAIT_MS = 20_000;
const ROLL_LOOK_MS = 500;
const CLOCK_OFF_MS = 30_000;

const killed = (stage: Stage, id: number): Promise<() => Promise<void>> =>
  stage.takeDown(id, () => stage.cluster.world.kill(hostOf(id)));

export const BROKER_FAULTS = {
  kill: {
    about: 'a broker is killed; its files are as it left them',
    begin: (stage, [draw = 0, choice = 0]) => killed(stage, stage.victimOf(draw, choice)),
  },
  'kill-all': {
    about: 'every broker is killed, one shortly after the other',
    begin: async (stage, [gap = 0]) => {
      const { timers } = stage.cluster.world.runtimeFor('chaos');
      const ends: (() => Promise<void>)[] = [];
      for (const id of stage.brokerIds) {
        ends.push(await killed(stage, id));
        await timers.sleep(gap * 3000);
      }
      return async () => {
        await Promise.all(ends.map((end) => end()));
      };
    },
  },
  'lose-power': {
    about:
      'a machine goes down without a word and loses what it had not synced; it boots when nobody counts on it any more',
    isAlone: true,
    begin: async (stage, [draw = 0, choice = 0]) => {
      const id = stage.victimOf(draw, choice);
      const start = await stage.takeDown(id, () => stage.cluster.world.crash(hostOf(id)));
      return async () => {
        await stage.untilOutOfSync(id);
        await start();
      };
    },
  },
  stop: {
    about: 'a controlled shutdown',
    begin: async (stage, [draw = 0, choice = 0]) => {
      const id = stage.victimOf(draw, choice);
      let stopping: Promise<void> | undefined;
      const start = await stage.takeDown(id, () => {
        // Not waited for: other faults may begin while it stops.
        stopping = stage.stop(id);
      });
      return async () => {
        await stopping;
        await start();
      };
    },
  },
  roll: {
    about: 'every broker in turn is stopped and started again',
    begin: async (stage) => {
      const { timers } = stage.cluster.world.runtimeFor('chaos');
      for (const id of stage.brokerIds) {
        const start = await stage.takeDown(id, () => stage.stop(id));
        await start();
        for (let waitedMs = 0; waitedMs < ROLL_WAIT_MS && !stage.isWhole(); waitedMs += ROLL_LOOK_MS)
          await timers.sleep(ROLL_LOOK_MS);
      }
      return () => undefined;
    },
  },
  pause: {
    about: 'a broker stands still, and goes on as if nothing had been',
    begin: (stage, [draw = 0, choice = 0]) => {
      const host = hostOf(stage.victimOf(draw, choice));
      stage.cluster.world.pause(host);
      return () => stage.cluster.world.resume(host);
    },
  },
  'clock-off': {
    about: 'the wall clock of a machine is set, up to half a minute off, and set back',
    begin: (stage, [draw = 0, off = 0]) => {
      const host = hostOf(stage.brokerOf(draw));
      stage.cluster.world.setWallOffset(host, Math.round((2 * off - 1) * CLOCK_OFF_MS));
      return () => stage.cluster.world.setWallOffset(host, 0);
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
