/**
 * One broker alone at its ZooKeeper, the original (record.ts) or Klassik (broker-configs.test.ts): its own configs and
 * the levels of its loggers are changed over the wire. Kept of an answer is everything but ports, which are its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { connectKafkaZkClient, type KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS, METADATA } from '../bad-input/apis.ts';

export const BROKER = 4;
export const BROKER_LOGGER = 8;
const SET = 0;
export const DELETE = 1;
export const APPEND = 2;
export const SUBTRACT = 3;

/** Of both brokers, beside what is their own. */
export const SETTINGS: Readonly<Record<string, string>> = {
  'num.network.threads': '3',
  'num.io.threads': '8',
  'log.cleaner.threads': '1',
  'log.cleaner.dedupe.buffer.size': '16777216',
};

export type Change = readonly [name: string, value: string | null, operation?: number];

const TIMEOUT_MS = 30_000;
const RETRY_MS = 20;
const runtime = createNodeRuntime();

interface Address {
  readonly host: string;
  readonly port: number;
}

export class World {
  readonly zkClient: KafkaZkClient;
  /** Of the listener it was started with. */
  readonly port: number;
  /** Two that nobody listens on, the lower one first. */
  readonly freePorts: readonly [number, number];
  readonly #client: NetworkClient;

  private constructor(
    port: number,
    freePorts: readonly [number, number],
    client: NetworkClient,
    zkClient: KafkaZkClient,
  ) {
    this.port = port;
    this.freePorts = freePorts;
    this.#client = client;
    this.zkClient = zkClient;
  }

  static async create(
    port: number,
    freePorts: readonly [number, number],
    zookeeperConnect: string,
  ): Promise<World> {
    const client = await connectTo({ host: '127.0.0.1', port });
    const zkClient = await connectKafkaZkClient({
      connect: zookeeperConnect,
      sessionTimeoutMs: 10_000,
      runtime,
    });
    return new World(port, freePorts, client, zkClient);
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.zkClient.close();
  }

  /** `name`: of the broker, or '' for all. */
  async alter(
    resourceType: number,
    resourceName: string,
    changes: readonly Change[],
    validateOnly = false,
  ): Promise<unknown> {
    const { responses } = await this.#client.send(...INCREMENTAL_ALTER_CONFIGS, 1, {
      resources: [
        {
          resourceType,
          resourceName,
          configs: changes.map(([name, value, configOperation = SET]) => ({ name, value, configOperation })),
        },
      ],
      validateOnly,
    });
    return this.#outcome(responses[0]);
  }

  async alterWhole(
    resourceType: number,
    resourceName: string,
    changes: readonly (readonly [name: string, value: string | null])[],
    validateOnly = false,
  ): Promise<unknown> {
    const { responses } = await this.#client.send(...ALTER_CONFIGS, 2, {
      resources: [{ resourceType, resourceName, configs: changes.map(([name, value]) => ({ name, value })) }],
      validateOnly,
    });
    return this.#outcome(responses[0]);
  }

  async describe(
    resourceType: number,
    resourceName: string,
    keys: readonly string[] | null,
  ): Promise<unknown> {
    const { results } = await this.#client.send(...DESCRIBE_CONFIGS, 4, {
      resources: [{ resourceType, resourceName, configurationKeys: keys === null ? null : [...keys] }],
      includeSynonyms: true,
      includeDocumentation: false,
    });
    const { errorCode = -1, errorMessage = null, configs = [] } = results[0] ?? {};
    const told = configs.map(
      ({ name, value, configSource, configType, readOnly, isSensitive, synonyms }) =>
        `${name}=${this.#portless(value ?? 'null')}, source ${configSource}, type ${configType}` +
        (readOnly ? ', read-only' : '') +
        (isSensitive ? ', sensitive' : '') +
        synonyms
          .map((each) => `, ${each.source} ${each.name}=${this.#portless(each.value ?? 'null')}`)
          .join(''),
    );
    return { error: errorNameOf(errorCode), errorMessage, configs: told.sort() };
  }

  /** What stands in /brokers/ids, once it is as wanted. */
  async registeredWhen(isWanted: (endpoints: readonly string[]) => boolean): Promise<unknown> {
    return this.until('another registration', async () => {
      const text = (await this.zkClient.znodes.read('/brokers/ids/0'))?.data?.toString() ?? '{}';
      const { endpoints } = JSON.parse(text) as { readonly endpoints: readonly string[] };
      if (!isWanted(endpoints)) return undefined;
      return this.#portless(text).replace(/"(timestamp|jmx_port)":"?-?\d+"?/g, '"$1":0');
    });
  }

  /** What a client is told at an address of where it shall go: the broker itself hears of it from the controller. */
  async metadataAt(port: number, wanted: string): Promise<unknown> {
    return this.until('an answer', async () => {
      const client = await connectTo({ host: '127.0.0.1', port }).catch(() => undefined);
      if (client === undefined) return undefined;
      const { brokers } = await client.send(...METADATA, 8, {
        topics: [],
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: false,
      });
      client.close();
      const told = brokers.map((each) => this.#portless(`${each.nodeId} ${each.host}:${each.port}`));
      return told.join().includes(wanted) ? told : undefined;
    });
  }

  /** Nobody listens there any more. */
  async untilGone(port: number): Promise<void> {
    await this.until('a closed listener', async () => {
      const client = await connectTo({ host: '127.0.0.1', port }).catch(() => undefined);
      client?.close();
      return client === undefined ? true : undefined;
    });
  }

  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
      await sleep(RETRY_MS);
    }
  }

  #outcome(
    answer: { readonly errorCode: number; readonly errorMessage: string | null } | undefined,
  ): unknown {
    const { errorCode = -1, errorMessage = null } = answer ?? {};
    return [errorNameOf(errorCode), errorMessage === null ? null : this.#portless(errorMessage)];
  }

  #portless(text: string): string {
    return text
      .replaceAll(String(this.port), '<port>')
      .replaceAll(String(this.freePorts[0]), '<port 1>')
      .replaceAll(String(this.freePorts[1]), '<port 2>');
  }
}

function connectTo(address: Address): Promise<NetworkClient> {
  return NetworkClient.connect(runtime, address, { clientId: 'broker-configs' });
}
