/** Links between brokers: cut, cut one way, slow, connections lost. Those to ZooKeeper are among the ZooKeeper faults. */
import { hostOf } from '../../cluster.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Stage } from './stage.ts';

const SLOW_MS = [50, 900] as const;
const RESETS_EVERY_MS = 700;

function pairOf(stage: Stage, draw: number, choice: number): readonly [string, string] {
  const one = stage.victimOf(draw, choice);
  const others = stage.othersOf(one);
  return [hostOf(one), hostOf(others[Math.floor(choice * others.length)]!)];
}

export const NETWORK_FAULTS = {
  isolate: {
    about: 'a broker is cut off from the other brokers, not from ZooKeeper, nor from clients',
    begin: (stage, [draw = 0, choice = 0]) => {
      const id = stage.victimOf(draw, choice);
      const { network } = stage.cluster.world;
      for (const other of stage.othersOf(id)) network.cut(hostOf(id), hostOf(other));
      return () => {
        for (const other of stage.othersOf(id)) network.mend(hostOf(id), hostOf(other));
      };
    },
  },
  'cut-one-way': {
    about: 'what one broker sends to another does not arrive',
    begin: (stage, [draw = 0, choice = 0]) => {
      const [from, to] = pairOf(stage, draw, choice);
      stage.cluster.world.network.cutOneWay(from, to);
      return () => stage.cluster.world.network.mend(from, to);
    },
  },
  'lose-connections': {
    about: 'the connections between two brokers break again and again',
    begin: (stage, [draw = 0, choice = 0, gap = 0]) => {
      const { world } = stage.cluster;
      const [one, other] = pairOf(stage, draw, choice);
      let isOver = false;
      const resets = async (): Promise<void> => {
        while (!isOver) {
          world.network.reset(one, other);
          await world.runtimeFor('chaos').timers.sleep(50 + gap * RESETS_EVERY_MS);
        }
      };
      void resets();
      return () => void (isOver = true);
    },
  },
  'slow-link': {
    about:
      'pieces between two brokers take up to a second, and those of different connections pass each other',
    begin: (stage, [draw = 0, choice = 0]) => {
      const [one, other] = pairOf(stage, draw, choice);
      const { network } = stage.cluster.world;
      network.setDelay(one, other, SLOW_MS);
      return () => network.setDelay(one, other, network.delayMs);
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
