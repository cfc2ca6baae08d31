/**
 * What the rows of bad input are asked of: a cluster of three brokers, 0 to 2, with a few topics and groups made for
 * them. It is the same whether the original answers (record.ts) or Klassik (bad-input.test.ts). Every question has a
 * connection of its own, so a broker that closes it harms no other row.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkClient, NetworkError } from '../../../src/network/index.ts';
import { errorNameOf, ErrorCode } from '../../../src/protocol/index.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from '../../../src/protocol/index.ts';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../../src/protocol/messages/10-find-coordinator.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../../src/protocol/messages/11-join-group.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../../src/protocol/messages/14-sync-group.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import { prepareCompression } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { normalized } from './normalized.ts';

const CLOSED = 'connection closed';
const NO_ANSWER = 'no answer';

/** Who is asked: a broker by its id, or by what it is. */
export type Whom =
  | number
  | 'controller'
  | 'not the controller'
  | { readonly coordinatorOf: string }
  | { readonly transactionCoordinatorOf: string };

/** The properties both clusters run with, beside ports and folders. */
export const PROPERTIES: Readonly<Record<string, string>> = {
  'num.partitions': '2',
  'default.replication.factor': '2',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.replication.factor': '3',
  'group.max.size': '2',
};

interface TopicToMake {
  readonly name: string;
  /** There is no broker 9: its replicas never come to life. */
  readonly layout: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

/** Broker 0 leads partition 0 of each of them; `elsewhere` has no replica on it. */
const TOPICS: readonly TopicToMake[] = [
  {
    name: 'plain',
    layout: [
      [0, 1, 2],
      [1, 2, 0],
    ],
  },
  { name: 'elsewhere', layout: [[1, 2]] },
  { name: 'sequence', layout: [[0, 1, 2]] },
  { name: 'compacted', layout: [[0, 1, 2]], configs: { 'cleanup.policy': 'compact' } },
  { name: 'small', layout: [[0, 1, 2]], configs: { 'max.message.bytes': '200' } },
  { name: 'short', layout: [[0, 1, 2]], configs: { 'segment.bytes': '200' } },
  { name: 'strict', layout: [[0, 1, 2]], configs: { 'min.insync.replicas': '4' } },
  {
    name: 'timed',
    layout: [[0, 1, 2]],
    configs: { 'message.timestamp.before.max.ms': '60000', 'message.timestamp.after.max.ms': '60000' },
  },
  { name: 'shortened', layout: [[0, 1, 2]] },
  { name: 'stuck', layout: [[0, 9]] },
  { name: 'dotted.name', layout: [[0, 1, 2]] },
  { name: 'lonely', layout: [[0, 9]], configs: { 'min.insync.replicas': '2' } },
  { name: 'reelected', layout: [[0, 9]] },
  { name: 'awaiting', layout: [[0, 9]], configs: { 'min.insync.replicas': '2' } },
  { name: 'behind', layout: [[0, 9]] },
  { name: 'renamed', layout: [[0, 9]] },
];

export const GROUP = 'orders-group';
const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 20_000;
const RETRY_MS = 100;

export interface Member {
  readonly memberId: string;
  readonly generationId: number;
}

/** What a member says about itself. */
interface MemberKind {
  readonly protocolType?: string;
  readonly subscription?: Buffer;
}

/** Version 0: no topics, no user data. */
const SUBSCRIBED_TO_NOTHING = Buffer.alloc(10);

export class World {
  readonly #runtime = createNodeRuntime();
  readonly #bootstrap: { readonly host: string; readonly port: number }[];
  readonly #brokers = new Map<number, { readonly host: string; readonly port: number }>();
  readonly #topicIds = new Map<string, string>();
  #controllerId = -1;

  private constructor(bootstrap: string) {
    this.#bootstrap = bootstrap.split(',').map((address) => {
      const [host = '', port = ''] = address.split(':');
      return { host, port: Number(port) };
    });
  }

  /** Makes the topics and waits until every broker knows them and the offsets topic serves. */
  static async create(bootstrap: string): Promise<World> {
    const world = await World.open(bootstrap, 3);
    await world.#createTopics();
    for (const id of world.#brokers.keys())
      await world.until(`the topics at broker ${id}`, () => world.#knowsTopics(id));
    await world.until('the coordinator', async () => (await world.#coordinator(GROUP)) !== undefined);
    await world.until('a member of the group', async () => {
      const { errorCode } = await world.join('warm-up', { memberId: '' }, 0);
      return errorCode === ErrorCode.NONE;
    });
    return world;
  }

  get controllerId(): number {
    return this.#controllerId;
  }

  /** The cluster as it is, without the topics of the table. */
  static async open(bootstrap: string, brokers: number): Promise<World> {
    const world = new World(bootstrap);
    await prepareCompression();
    await world.until(`${brokers} brokers and a controller`, async () => {
      await world.#readMetadata();
      return world.#brokers.size === brokers && world.#brokers.has(world.#controllerId);
    });
    return world;
  }

  /** Where the brokers listen, as a controller would tell it. */
  get liveBrokers(): { readonly id: number; readonly host: string; readonly port: number }[] {
    return [...this.#brokers].map(([id, address]) => ({ id, ...address }));
  }

  topicId(name: string): string {
    const id = this.#topicIds.get(name);
    if (id === undefined) throw new Error(`no topic id of ${name}`);
    return id;
  }

  /** The answer as the fixture keeps it, or what came instead of one. */
  async ask<Q extends Fields, R extends Fields>(
    whom: Whom,
    [request, response]: readonly [MessageSchema<Q>, MessageSchema<R>],
    version: number,
    value: StructInput<Q>,
  ): Promise<unknown> {
    try {
      return this.told(await this.send(whom, [request, response], version, value));
    } catch (error) {
      return whatCameInstead(error);
    }
  }

  told(answer: unknown): unknown {
    return normalized(answer, this.#topicIds);
  }

  /** The answer as it is, for rows that need several steps. */
  async send<Q extends Fields, R extends Fields>(
    whom: Whom,
    [request, response]: readonly [MessageSchema<Q>, MessageSchema<R>],
    version: number,
    value: StructInput<Q>,
    clientId = 'bad-input',
  ): Promise<StructOf<R>> {
    const client = await this.connect(await this.#idOf(whom), clientId);
    try {
      return await client.send(request, response, version, value);
    } finally {
      client.close();
    }
  }

  /** What a broker does with bytes: the frame it answers with (without its length), or what came instead. */
  async askRaw(whom: Whom, bytes: Buffer): Promise<Buffer | string> {
    const { host, port } = this.#address(await this.#idOf(whom));
    return new Promise((resolve) => {
      const socket = connect({ host, port });
      const end = (outcome: Buffer | string): void => {
        clearTimeout(late);
        socket.destroy();
        resolve(outcome);
      };
      const late = setTimeout(() => end(NO_ANSWER), ANSWER_TIMEOUT_MS);
      let received = Buffer.alloc(0);
      socket.on('connect', () => socket.write(bytes));
      socket.on('error', () => end(CLOSED));
      socket.on('close', () => end(CLOSED));
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        const isWhole = received.length >= 4 && received.length >= 4 + received.readInt32BE(0);
        if (isWhole) end(received.subarray(4));
      });
    });
  }

  connect(id: number, clientId = 'bad-input'): Promise<NetworkClient> {
    return NetworkClient.connect(this.#runtime, this.#address(id), {
      clientId,
      requestTimeoutMs: ANSWER_TIMEOUT_MS,
    });
  }

  /** A member of a consumer group of its own, alone in it and stable. */
  async stableMember(
    group: string,
    instanceId: string | null = null,
    kind: MemberKind = {},
  ): Promise<Member> {
    const joined = await this.join(group, { memberId: '', instanceId, ...kind });
    const { memberId, generationId } = joined;
    if (joined.errorCode !== ErrorCode.NONE)
      throw new Error(`${group}: JoinGroup answered ${errorNameOf(joined.errorCode)}`);
    await this.sync(group, { memberId, generationId }, [memberId], instanceId);
    return { memberId, generationId };
  }

  /** `assigned`: the members the leader gives something to; the others name nobody. */
  async sync(
    group: string,
    { memberId, generationId }: Member,
    assigned: readonly string[],
    instanceId: string | null = null,
  ): Promise<void> {
    const { errorCode } = await this.send(
      { coordinatorOf: group },
      [SyncGroupRequest, SyncGroupResponse] as const,
      3,
      {
        groupId: group,
        generationId,
        memberId,
        groupInstanceId: instanceId,
        assignments: assigned.map((one) => ({ memberId: one, assignment: Buffer.alloc(0) })),
      },
    );
    if (errorCode !== ErrorCode.NONE)
      throw new Error(`${group}: SyncGroup answered ${errorNameOf(errorCode)}`);
  }

  /** Below version 4 a first join needs no member id. */
  join(
    group: string,
    member: {
      readonly memberId: string;
      readonly instanceId?: string | null;
      readonly sessionTimeoutMs?: number;
    } & MemberKind,
    version = 5,
  ): Promise<JoinGroupResponse> {
    const { memberId, instanceId = null, sessionTimeoutMs = 30_000 } = member;
    const { protocolType = 'consumer', subscription = SUBSCRIBED_TO_NOTHING } = member;
    const usable = instanceId === null ? Math.min(version, 3) : version;
    return this.send({ coordinatorOf: group }, [JoinGroupRequest, JoinGroupResponse] as const, usable, {
      groupId: group,
      sessionTimeoutMs,
      rebalanceTimeoutMs: 10_000,
      memberId,
      groupInstanceId: instanceId,
      protocolType,
      protocols: [{ name: 'range', metadata: subscription }],
    });
  }

  async #idOf(whom: Whom): Promise<number> {
    if (typeof whom === 'number') return whom;
    if (whom === 'controller') return this.#controllerId;
    if (whom === 'not the controller') return (this.#controllerId + 1) % 3;
    if ('transactionCoordinatorOf' in whom)
      return this.#transactionCoordinator(whom.transactionCoordinatorOf);
    const id = await this.#coordinator(whom.coordinatorOf);
    if (id === undefined) throw new Error(`no coordinator of ${whom.coordinatorOf}`);
    return id;
  }

  /** The first who asks has the topic made. */
  async #transactionCoordinator(transactionalId: string): Promise<number> {
    let id: number | undefined;
    await this.until('the coordinator of transactions', async () => {
      id = await this.#coordinator(transactionalId, 1);
      return id !== undefined;
    });
    return id ?? -1;
  }

  /** A broker that does not coordinate a transactional id. */
  async notCoordinatorOfTransaction(id: string): Promise<number> {
    return ((await this.#idOf({ transactionCoordinatorOf: id })) + 1) % 3;
  }

  /** The broker that does not coordinate a group. */
  async notCoordinatorOf(group: string): Promise<number> {
    return ((await this.#idOf({ coordinatorOf: group })) + 1) % 3;
  }

  #address(id: number): { readonly host: string; readonly port: number } {
    const address = this.#brokers.get(id);
    if (address === undefined) throw new Error(`there is no broker ${id}`);
    return address;
  }

  async #coordinator(key: string, keyType = 0): Promise<number | undefined> {
    const { errorCode, nodeId } = await this.send(
      0,
      [FindCoordinatorRequest, FindCoordinatorResponse] as const,
      3,
      { key, keyType, coordinatorKeys: [] },
    );
    return errorCode === ErrorCode.NONE ? nodeId : undefined;
  }

  async #readMetadata(): Promise<void> {
    const [first] = this.#bootstrap;
    if (first === undefined) throw new Error('no bootstrap server');
    const client = await NetworkClient.connect(this.#runtime, first, { clientId: 'bad-input' });
    const answer = await client.send(MetadataRequest, MetadataResponse, 9, {
      topics: null,
      includeTopicAuthorizedOperations: false,
    });
    client.close();
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port });
    this.#controllerId = answer.controllerId;
  }

  async #createTopics(): Promise<void> {
    const topics = TOPICS.map(({ name, layout, configs = {} }) => ({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: layout.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] })),
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }));
    const answer = await this.send('controller', [CreateTopicsRequest, CreateTopicsResponse] as const, 7, {
      topics,
      timeoutMs: 30_000,
    });
    for (const { name, topicId, errorCode, errorMessage } of answer.topics) {
      if (errorCode !== ErrorCode.NONE)
        throw new Error(`topic ${name}: ${errorNameOf(errorCode)} ${errorMessage ?? ''}`);
      this.#topicIds.set(name, topicId);
    }
  }

  /** Every partition has all its replicas in sync and the leader its layout asks for. */
  async #knowsTopics(id: number): Promise<boolean> {
    const answer = await this.send(id, [MetadataRequest, MetadataResponse] as const, 9, {
      topics: TOPICS.map(({ name }) => ({ name })),
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    });
    return answer.topics.every(({ errorCode, name, partitions }) => {
      const layout = TOPICS.find((topic) => topic.name === name)?.layout ?? [];
      return (
        errorCode === ErrorCode.NONE &&
        partitions.length === layout.length &&
        partitions.every(({ partitionIndex, leaderId, isrNodes }) => {
          const replicas = (layout[partitionIndex] ?? []).filter((broker) => this.#brokers.has(broker));
          return leaderId === replicas[0] && isrNodes.length === replicas.length;
        })
      );
    });
  }

  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await condition())) {
      if (performance.now() > deadline)
        throw new Error(`after ${READY_TIMEOUT_MS / 1000} s still not: ${what}`);
      await sleep(RETRY_MS);
    }
  }
}

function whatCameInstead(error: unknown): string {
  if (!(error instanceof NetworkError)) throw error;
  if (error.failure === 'DISCONNECTED') return CLOSED;
  if (error.failure === 'TIMED_OUT') return NO_ANSWER;
  throw error;
}
