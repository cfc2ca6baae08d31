/** Whole clusters in a simulated world: brokers, each on a machine of its own, and a simulated ZooKeeper. */
import { Broker } from '../../src/broker/index.ts';
import { BrokerConfig } from '../../src/config/index.ts';
import type { RecordedFact } from '../../src/observe/index.ts';
import { NetworkClient } from '../../src/network/index.ts';
import { prepareCompression } from '../../src/records/index.ts';
import { LeaderChecker } from './soak/invariants/leader-checker.ts';
import { createWorld } from './world/index.ts';
import type { World } from './world/index.ts';
import { SimulatedZooKeeper } from './world/zookeeper/zookeeper.ts';

const PORT = 9092;

export interface SimulatedCluster {
  readonly world: World;
  readonly zooKeeper: SimulatedZooKeeper;
  readonly brokers: Map<number, Broker>;
  /** The latest process of each broker, from before it has started. */
  readonly processes: ReadonlyMap<number, Broker>;
  /** What made a broker stop by itself. */
  readonly fatal: string[];
  readonly leaders: LeaderChecker;
  /** Starts a broker on its machine, for the first time or after `world.kill` and `world.crash`. */
  startBroker(id: number): Promise<Broker>;
  /** A controlled shutdown, then the end of the process. */
  stopBroker(id: number): Promise<void>;
  /** What ZooKeeper says of a topic's partitions, by number. */
  partitionStates(topic: string): PartitionState[];
  /** A connection to a broker with its versions negotiated, from a machine of clients. */
  connect(id: number, port?: number, from?: string): Promise<NetworkClient>;
}

export const hostOf = (id: number): string => `broker-${id}`;

/** Where clients find a broker. */
export const addressOf = (id: number): string => `${hostOf(id)}:${PORT}`;

interface PartitionState {
  readonly leader: number;
  readonly leader_epoch: number;
  readonly isr: readonly number[];
}

export interface SimulationOptions {
  readonly brokers?: number;
  /** Servers of the ensemble. */
  readonly zookeepers?: 1 | 3;
  readonly overrides?: Readonly<Record<string, string>>;
  /** Of one broker, above the others. */
  readonly overridesOf?: (id: number) => Readonly<Record<string, string>>;
  readonly onTrace?: (line: string) => void;
  readonly onFact?: (fact: RecordedFact) => void;
}

export async function startCluster(
  seed: string | number,
  options: SimulationOptions = {},
): Promise<SimulatedCluster> {
  const { brokers: count = 3, zookeepers = 1, overrides = {}, overridesOf = () => ({}) } = options;
  const { onTrace = () => undefined, onFact = () => undefined } = options;
  // Loads a library: really, while no virtual time passes.
  await prepareCompression();
  const world = createWorld(seed);
  world.trace.onLine = onTrace;
  const zooKeeper = await world.settle(new SimulatedZooKeeper(world, { servers: zookeepers }).start());
  const brokers = new Map<number, Broker>();
  const processes = new Map<number, Broker>();
  const fatal: string[] = [];
  const leaders = new LeaderChecker();

  const startBroker = async (id: number): Promise<Broker> => {
    const { config } = BrokerConfig.parse({
      'broker.id': String(id),
      listeners: `PLAINTEXT://${addressOf(id)}`,
      'log.dirs': '/data',
      'zookeeper.connect': zooKeeper.connectString,
      'offsets.topic.num.partitions': '3',
      'group.initial.rebalance.delay.ms': '0',
      ...overrides,
      ...overridesOf(id),
    });
    const runtime = world.runtimeFor(hostOf(id));
    const onFatal = (reason: string, error: unknown): void => {
      fatal.push(`broker ${id}: ${reason}: ${String(error)}`);
      world.kill(hostOf(id));
    };
    const broker = new Broker({ runtime, config, hostName: hostOf(id), onFatal });
    processes.set(id, broker);
    broker.facts.subscribe((fact) => {
      world.note(hostOf(id), fact);
      leaders.see(fact);
      onFact(fact);
    });
    await broker.start();
    brokers.set(id, broker);
    return broker;
  };

  const connect = async (id: number, port = PORT, from = 'client'): Promise<NetworkClient> => {
    const options = { clientId: 'simulation' };
    const connecting = NetworkClient.connect(world.runtimeFor(from), { host: hostOf(id), port }, options);
    const client = await connecting;
    await client.negotiate();
    return client;
  };

  const stopBroker = async (id: number): Promise<void> => {
    await brokers.get(id)?.shutdown();
    world.kill(hostOf(id));
  };

  const partitionStates = (topic: string): PartitionState[] => {
    const root = `/brokers/topics/${topic}/partitions`;
    const children = [...(zooKeeper.tree.find(root)?.children ?? [])].map(Number).sort((a, b) => a - b);
    return children.flatMap((partition) => {
      const data = zooKeeper.tree.find(`${root}/${partition}/state`)?.data;
      return data === undefined || data === null ? [] : [JSON.parse(data.toString()) as PartitionState];
    });
  };

  for (let id = 0; id < count; id++) await world.settle(startBroker(id));
  return {
    world,
    zooKeeper,
    brokers,
    processes,
    fatal,
    leaders,
    startBroker,
    stopBroker,
    partitionStates,
    connect,
  };
}
