/**
 * One scenario, run: a topic of its own under load, the steps, and then what must always hold: every record that was
 * acknowledged has been consumed, once and in order; the replicas are in sync and the same bytes; all brokers and
 * ZooKeeper tell the same of leaders and controller; and no broker has logged an error that nobody expected.
 */
import { readBack } from '../../failover/read-back.ts';
import { ClusterClient } from '../../../src/tools/client/index.ts';
import { logLengths, unexpectedErrors } from './logged-errors.ts';
import { LAYOUT, type Layout, type MixedBrokers } from './mixed-brokers.ts';
import { until } from '../until.ts';
import { World, type Account } from './world.ts';

export interface Scenario {
  readonly name: string;
  /** What is done, for the report. */
  readonly about: string;
  /** Of the topic under load. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Of the topic under load; three partitions of three replicas where it does not say. */
  readonly layout?: Layout;
  /** How large each record's key is, where a log has to become long. */
  readonly keyBytes?: number;
  readonly zookeepers?: 3;
  /** Line-ups it is for, by name; all but `rolling` where it does not say. */
  readonly lineUps?: readonly string[];
  /** Errors a broker of either kind has reason to log here. */
  readonly expects?: readonly RegExp[];
  steps(world: World): Promise<void>;
}

export interface ScenarioResult {
  readonly acknowledged: number;
  readonly consumed: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly leaderElections: number;
  readonly controllerElections: number;
  readonly seconds: number;
  readonly findings: readonly string[];
}

export async function runScenario(
  brokers: MixedBrokers,
  scenario: Scenario,
  topic: string,
): Promise<ScenarioResult> {
  const startMs = performance.now();
  const { layout = LAYOUT, keyBytes } = scenario;
  await brokers.createTopic(topic, scenario.configs, layout);
  const logStarts = await logLengths(brokers);
  const before = await standing(brokers, topic);
  const world = new World(brokers, topic, layout.length, keyBytes);
  try {
    world.load.start();
    world.consumer.start();
    await world.everyPartitionGoesOn();
    await scenario.steps(world);
    await untilWhole(world);
    const after = await standing(brokers, topic);
    const account = totalOf([...world.accounts, await accountOfLoad(world)]);
    const { acknowledged, consumed, lost, duplicates, outOfOrder } = account;
    const findings = [
      ...(lost > 0 ? [`${lost} acknowledged records are lost`] : []),
      ...(duplicates > 0 ? [`${duplicates} records are there, or were given to a consumer, twice`] : []),
      ...(outOfOrder > 0 ? [`${outOfOrder} records are in another order, or were missed by a consumer`] : []),
      ...(await unexpectedErrors(brokers, logStarts, scenario.expects)),
    ];
    return {
      ...{ acknowledged, consumed, lost, duplicates, findings },
      leaderElections: after.leaderEpochs - before.leaderEpochs,
      controllerElections: after.controllerEpoch - before.controllerEpoch,
      seconds: Math.round((performance.now() - startMs) / 100) / 10,
    };
  } finally {
    await world.close();
  }
}

/** What the log itself and the consumer that read along tell of the records of the load. */
async function accountOfLoad({ brokers, topic, load, consumer }: World): Promise<Account> {
  const { lost, duplicated, reordered } = await readBack(brokers.client, topic, load.histories);
  return {
    ...{ acknowledged: load.acknowledged, consumed: consumer.consumed, lost },
    duplicates: duplicated + consumer.duplicates,
    outOfOrder: reordered + consumer.gaps,
  };
}

function totalOf(accounts: readonly Account[]): Account {
  const sum = (count: keyof Account): number =>
    accounts.reduce((total, account) => total + account[count], 0);
  return {
    acknowledged: sum('acknowledged'),
    consumed: sum('consumed'),
    lost: sum('lost'),
    duplicates: sum('duplicates'),
    outOfOrder: sum('outOfOrder'),
  };
}

/** The end of every scenario: nothing is under way any more. */
async function untilWhole({ brokers, topic, load, consumer }: World): Promise<void> {
  for (const { id } of brokers.seats)
    await until(`broker ${id} is registered`, () => brokers.isRegistered(id));
  await until(`every replica of ${topic} is in sync`, () => brokers.isInSync(topic));
  await load.stop();
  await until('all that was acknowledged is consumed', () => consumer.consumed >= load.acknowledged);
  await consumer.stop();
  await until(`the replicas of ${topic} are the same bytes`, () => brokers.isSameEverywhere(topic));
  await until('all brokers tell what ZooKeeper tells', () => allAgree(brokers, topic));
}

interface Standing {
  readonly leaderEpochs: number;
  readonly controllerEpoch: number;
}

async function standing(brokers: MixedBrokers, topic: string): Promise<Standing> {
  const states = await brokers.states(topic);
  const leaderEpochs = states.reduce((sum, { leaderEpoch }) => sum + leaderEpoch, 0);
  return { leaderEpochs, controllerEpoch: await brokers.controllerEpoch() };
}

async function allAgree(brokers: MixedBrokers, topic: string): Promise<boolean> {
  const states = await brokers.states(topic);
  const controllerEpoch = await brokers.controllerEpoch();
  if (states.some((state) => state.controllerEpoch > controllerEpoch)) return false;
  const controllerId = await brokers.controllerId();
  for (const { address } of brokers.seats) {
    const client = new ClusterClient({ bootstrapServers: [address] });
    try {
      const told = await client.metadata([topic]);
      const partitions = told.topics[0]?.partitions ?? [];
      const isSame = partitions.every(({ partitionIndex, leaderId, leaderEpoch, isrNodes }) => {
        const state = states[partitionIndex];
        return (
          state?.leader === leaderId &&
          state.leaderEpoch === leaderEpoch &&
          state.isr.length === isrNodes.length
        );
      });
      if (!isSame || partitions.length !== states.length || told.controllerId !== controllerId) return false;
    } finally {
      await client.close();
    }
  }
  return true;
}
