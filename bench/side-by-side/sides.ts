/**
 * The two sides: how each starts a broker, and a cluster of its brokers. Both sides use the same ZooKeeper, each in a
 * chroot of its own, and brokers with the same properties.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BROKER_HEAP_OPTIONS } from '../../src/kit/index.ts';
import { BrokerProcess, type BrokerOptions } from './broker.ts';

export type SideName = 'original' | 'klassik';

type Command = BrokerOptions['command'];

const KLASSIK = fileURLToPath(new URL('../../bin/klassik.js', import.meta.url));
const LOG4J = fileURLToPath(new URL('log4j.properties', import.meta.url));

/** What the original's own kafka-server-start gives its JVM: KAFKA_HEAP_OPTS and KAFKA_JVM_PERFORMANCE_OPTS. */
const STOCK_FLAGS = [
  '-Xmx1G',
  '-Xms1G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
];

/** `libraries` is the folder of the original's jars. */
export function originalCommand(libraries: string): Command {
  const classes = ['-cp', join(libraries, '*'), 'kafka.Kafka'];
  return (properties) => [
    'java',
    ...STOCK_FLAGS,
    `-Dlog4j.configuration=file:${LOG4J}`,
    ...classes,
    properties,
  ];
}

/** As bin/kafka-server-start runs node. */
export function klassikCommand(nodeOptions: readonly string[] = []): Command {
  const node = [...BROKER_HEAP_OPTIONS, ...nodeOptions, KLASSIK];
  return (properties) => [process.execPath, ...node, '--as', 'kafka-server-start', properties];
}

export class Side {
  readonly name: SideName;
  readonly #brokers: readonly BrokerProcess[];

  private constructor(name: SideName, brokers: readonly BrokerProcess[]) {
    this.name = name;
    this.#brokers = brokers;
  }

  /** Starts its brokers together and waits until each knows all. */
  static async start(
    name: SideName,
    options: Pick<BrokerOptions, 'brokers' | 'command' | 'zookeeperConnect'> & { readonly dir: string },
  ): Promise<Side> {
    const ids = Array.from({ length: options.brokers }, (_value, id) => id);
    const brokers = await Promise.all(ids.map((id) => BrokerProcess.spawn({ ...options, id })));
    const side = new Side(name, brokers);
    try {
      await Promise.all(brokers.map((broker) => broker.serving()));
    } catch (error) {
      await side.end('SIGKILL');
      throw error;
    }
    return side;
  }

  get bootstrap(): string {
    return this.#brokers.map(({ address }) => address).join(',');
  }

  get pids(): readonly number[] {
    return this.#brokers.map(({ pid }) => pid);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.end(signal)));
  }
}
