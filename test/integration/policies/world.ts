/** One broker alone, the original (record.ts) or Klassik (policies.test.ts), that has policies. */
import { until } from '../../support/until.ts';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import {
  ALTER_CONFIGS,
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  INCREMENTAL_ALTER_CONFIGS,
  METADATA,
} from '../bad-input/apis.ts';

export const TOPIC = 2;
export const BROKER = 4;
export const BROKER_LOGGER = 8;
export const DELETE = 1;
export const APPEND = 2;
export const SUBTRACT = 3;
const SET = 0;

/** Of both brokers, beside where their policies are. */
export const SETTINGS: Readonly<Record<string, string>> = { 'policy.mark': 'marked', 'num.partitions': '4' };

type Change = readonly [name: string, value: string | null, operation?: number];

interface Wish {
  readonly name: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly assignments?: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
  readonly validateOnly?: boolean;
}

const UNSET = -1;
const TIMEOUT_MS = 10_000;

interface Told {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export class World {
  readonly #client: NetworkClient;

  private constructor(client: NetworkClient) {
    this.#client = client;
  }

  static async connect(port: number): Promise<World> {
    const address = { host: '127.0.0.1', port };
    const client = await NetworkClient.connect(createNodeRuntime(), address, { clientId: 'policies' });
    await until('a broker that knows of itself', async () => {
      const { brokers } = await client.send(...METADATA, 8, {
        topics: [],
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: false,
      });
      return brokers.length > 0;
    });
    return new World(client);
  }

  close(): void {
    this.#client.close();
  }

  async create({
    name,
    assignments = [],
    configs = {},
    validateOnly = false,
    ...counts
  }: Wish): Promise<unknown> {
    const { numPartitions = UNSET, replicationFactor = UNSET } = counts;
    const { topics } = await this.#client.send(...CREATE_TOPICS, 7, {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor,
          assignments: assignments.map((brokerIds, partitionIndex) => ({
            partitionIndex,
            brokerIds: [...brokerIds],
          })),
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
      validateOnly,
    });
    return outcome(topics[0]);
  }

  /** What Metadata answers of a topic that it may create. */
  async autoCreate(name: string): Promise<unknown> {
    const { topics } = await this.#client.send(...METADATA, 8, {
      topics: [{ name }],
      allowAutoTopicCreation: true,
      includeTopicAuthorizedOperations: false,
    });
    return errorNameOf(topics[0]?.errorCode ?? -1);
  }

  async addPartitions(name: string, count: number): Promise<unknown> {
    const { results } = await this.#client.send(...CREATE_PARTITIONS, 3, {
      topics: [{ name, count, assignments: null }],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    });
    return outcome(results[0]);
  }

  async alter(
    resourceType: number,
    resourceName: string,
    changes: readonly Change[],
    validateOnly = false,
  ): Promise<unknown> {
    const configs = changes.map(([name, value, configOperation = SET]) => ({ name, value, configOperation }));
    const { responses } = await this.#client.send(...INCREMENTAL_ALTER_CONFIGS, 1, {
      resources: [{ resourceType, resourceName, configs }],
      validateOnly,
    });
    return outcome(responses[0]);
  }

  async alterWhole(resourceType: number, resourceName: string, changes: readonly Change[]): Promise<unknown> {
    const configs = changes.map(([name, value]) => ({ name, value }));
    const { responses } = await this.#client.send(...ALTER_CONFIGS, 2, {
      resources: [{ resourceType, resourceName, configs }],
      validateOnly: false,
    });
    return outcome(responses[0]);
  }
}

function outcome(told: Told | undefined): unknown {
  return told === undefined ? null : [errorNameOf(told.errorCode), told.errorMessage];
}
