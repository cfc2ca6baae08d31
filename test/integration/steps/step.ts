/** One step of the driver: what is done, and how ZooKeeper shows that it is over. */
import type { World } from './world.ts';

export interface Step {
  readonly says: string;
  /** Resolves when it is over. */
  readonly take: (world: World) => Promise<void>;
  /** The api without which a broker cannot take it; others are taken without. */
  readonly needs?: number;
  /** Several topics change in events of their own, whose order is left to chance. */
  readonly topicsApart?: true;
}
