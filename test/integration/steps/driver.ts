/**
 * Takes the steps one after the other and writes down after each what became of the tree of znodes, and what every broker's
 * session wrote meanwhile, from ZooKeeper's own transaction log.
 */
import { readTransactions, type Transaction } from '../../support/zookeeper-transaction-log.ts';
import type { StepCluster } from './cluster.ts';
import type { Step } from './step.ts';
import { ALL_STEPS } from './table/index.ts';
import { brokerSessions, toldDifference, toldSessions, type Tree } from './told.ts';
import { World } from './world.ts';

export interface Taken {
  readonly znodes: readonly string[];
  /** By broker and life, in order. */
  readonly sessions: Readonly<Record<string, readonly string[]>>;
}

export interface DriverOptions {
  /** Who is asked what it serves. */
  readonly asked: number;
  /** Resolves when nothing more will come of a step; `look` reads the transaction log. */
  readonly settle: (step: Step, look: () => Promise<Taken['sessions']>) => Promise<void>;
}

/** What came of each step; of steps that the brokers cannot take, nothing. */
export async function takeSteps(
  cluster: StepCluster,
  { asked, settle }: DriverOptions,
): Promise<Record<string, Taken>> {
  const world = new World(cluster);
  const taken: Record<string, Taken> = {};
  let tree: Tree = new Map();
  let seen = 0;
  const look = (transactions: readonly Transaction[]): Taken['sessions'] =>
    toldSessions(transactions.slice(seen), brokerSessions(transactions));
  try {
    for (const step of ALL_STEPS) {
      if (step.needs !== undefined && !(await world.serves(asked, step.needs))) continue;
      await step.take(world);
      await settle(step, async () => look(await readTransactions(cluster.zookeeperDataDir)));
      const after = await world.tree();
      const transactions = await readTransactions(cluster.zookeeperDataDir);
      const sessions = look(transactions);
      seen = transactions.length;
      taken[step.says] = { znodes: toldDifference(tree, after), sessions };
      tree = after;
    }
    return taken;
  } finally {
    await world.close();
  }
}
