/**
 * Whom the questions about configs are asked: one broker, the original (record.ts) or Klassik
 * (describe-configs.test.ts), with the same settings in its file. Told is all of the answer but the words of the
 * documentation, which are everybody's own, and what lies in a file of each broker's own: ports and folders.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient } from '../../../src/network/index.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../../src/protocol/messages/32-describe-configs.ts';
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../src/protocol/messages/44-incremental-alter-configs.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const TIMEOUT_MS = 30_000;
const RETRY_MS = 50;
const SET = 0;
export const TOPIC = 2;
export const BROKER = 4;
const LATEST_VERSION = 4;

/** Of every broker that is asked: what a file holds beside the broker's own ports and folders. */
export const SETTINGS: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '16777216',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'controlled.shutdown.retry.backoff.ms': '500',
  'log.retention.hours': '100',
  'log.roll.ms': '5000000',
  'log.roll.hours': '50',
  'log.segment.bytes': '1000000',
  'log.cleanup.policy': 'delete, compact',
  'min.insync.replicas': '1',
  'ssl.truststore.password': 'hidden',
  'a.plugin.password': 'hidden',
};

/** Values that are each broker's own. */
const OWN: ReadonlySet<string> = new Set([
  'listeners',
  'advertised.listeners',
  'log.dirs',
  'zookeeper.connect',
]);

type Entry = DescribeConfigsResponse['results'][number]['configs'][number];

export interface Asked {
  readonly type: number;
  readonly name: string;
  readonly keys?: readonly string[];
  readonly version?: number;
  readonly includeSynonyms?: boolean;
  readonly includeDocumentation?: boolean;
}

export class World {
  readonly #client: NetworkClient;

  private constructor(client: NetworkClient) {
    this.#client = client;
  }

  static async connect(bootstrap: string): Promise<World> {
    const [host = '', port = ''] = bootstrap.split(':');
    const address = { host, port: Number(port) };
    return new World(
      await NetworkClient.connect(createNodeRuntime(), address, { clientId: 'describe-configs' }),
    );
  }

  close(): void {
    this.#client.close();
  }

  async createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#until(`${name} is created`, async () => {
      const { topics } = await this.#client.send(CreateTopicsRequest, CreateTopicsResponse, 5, {
        topics: [
          {
            name,
            numPartitions: 1,
            replicationFactor: 1,
            assignments: [],
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs: TIMEOUT_MS,
        validateOnly: false,
      });
      return topics[0]?.errorCode === 0;
    });
    await this.#until(`${name} is known`, async () => {
      const { errorCode } = await this.#describe({ type: TOPIC, name });
      return errorCode === 0;
    });
  }

  /** Sets them, and waits until the broker shows them. */
  async set(type: number, name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const changes = Object.entries(configs);
    const { responses } = await this.#client.send(
      IncrementalAlterConfigsRequest,
      IncrementalAlterConfigsResponse,
      1,
      {
        resources: [
          {
            resourceType: type,
            resourceName: name,
            configs: changes.map(([key, value]) => ({ name: key, configOperation: SET, value })),
          },
        ],
        validateOnly: false,
      },
    );
    if (responses[0]?.errorCode !== 0)
      throw new Error(`${name} was not altered: ${responses[0]?.errorMessage}`);
    const keys = Object.keys(configs);
    await this.#until(`${keys.join()} of ${name}`, async () => {
      const found = (await this.#describe({ type, name, keys })).configs;
      return changes.every(([key, value]) => {
        const entry = found.find((each) => each.name === key);
        return entry !== undefined && (entry.isSensitive || entry.value === value);
      });
    });
  }

  /** One line a config, in the order of the names. */
  async ask(asked: Asked): Promise<unknown> {
    const { errorCode, errorMessage, configs } = await this.#describe(asked);
    const told = configs.map((entry) => toldOf(entry, asked.version ?? LATEST_VERSION));
    return { errorCode, errorMessage, configs: told.sort() };
  }

  async #describe(asked: Asked): Promise<DescribeConfigsResponse['results'][number]> {
    const { type, name, keys, version = LATEST_VERSION, ...include } = asked;
    const { includeSynonyms = version >= 1, includeDocumentation = version >= 3 } = include;
    const answer = await this.#client.send(DescribeConfigsRequest, DescribeConfigsResponse, version, {
      resources: [
        { resourceType: type, resourceName: name, configurationKeys: keys === undefined ? null : [...keys] },
      ],
      includeSynonyms,
      includeDocumentation,
    });
    return answer.results[0]!;
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
      await sleep(RETRY_MS);
    }
  }
}

function toldOf(entry: Entry, version: number): string {
  const { name, configSource, configType, readOnly, isSensitive, isDefault, documentation } = entry;
  const shown = (key: string, value: string | null): string =>
    value === null ? 'null' : OWN.has(key) ? '<own>' : JSON.stringify(value);
  return [
    `${name} = ${shown(name, entry.value)}`,
    version === 0 ? `default ${isDefault}` : `source ${configSource}`,
    `type ${configType}`,
    ...(readOnly ? ['read-only'] : []),
    ...(isSensitive ? ['sensitive'] : []),
    ...(documentation ? ['documented'] : []),
    ...entry.synonyms.map((each) => `${each.source} ${each.name}=${shown(each.name, each.value)}`),
  ].join(', ');
}
