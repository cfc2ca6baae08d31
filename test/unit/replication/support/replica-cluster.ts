/**
 * Brokers that consist of replication only, over logs in memory and under the virtual clock of a World. The test is
 * the controller: it sends LeaderAndIsr and answers AlterPartition. Fetches travel as values; cutting a broker off
 * makes its calls fail.
 */
import { topicPartition, type TopicPartition } from '../../../../src/common/index.ts';
import { BrokerConfig } from '../../../../src/config/index.ts';
import { MetadataCache } from '../../../../src/metadata/index.ts';
import { Metrics } from '../../../../src/metrics/index.ts';
import { NetworkError } from '../../../../src/network/index.ts';
import { FactStream } from '../../../../src/observe/index.ts';
import {
  ErrorCode,
  type Fields,
  type MessageSchema,
  type StructInput,
  type StructOf,
} from '../../../../src/protocol/index.ts';
import type { FetchRequest, FetchResponse } from '../../../../src/protocol/messages/01-fetch.ts';
import type {
  ListOffsetsRequest,
  ListOffsetsResponse,
} from '../../../../src/protocol/messages/02-list-offsets.ts';
import type {
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
} from '../../../../src/protocol/messages/04-leader-and-isr.ts';
import {
  ReplicaManager,
  type AlterPartitionAnswer,
  type BrokerClient,
  type FetchPartitionResult,
  type IsrProposal,
  type Partition,
  type PartitionAppendResult,
  type ReplicaLogManager,
} from '../../../../src/replication/index.ts';
import { batchesOf } from '../../../../src/records/index.ts';
import type { Runtime } from '../../../../src/runtime/index.ts';
import { FetchSessionCache } from '../../../../src/server/fetch-session.ts';
import type { World } from '../../../simulation/world/index.ts';
import { batchOf, MemoryLogManager } from './memory-log.ts';

export const TOPIC = 'orders';
export const TOPIC_ID = 'J8dAPv3hQkmSqmmZLZ0l6g';
const LISTENER = 'PLAINTEXT';

export interface ReplicaClusterOptions {
  readonly overrides?: Readonly<Record<string, string>>;
  /** Real logs, by broker; without them logs are in memory. */
  readonly logManagers?: ReadonlyMap<number, ReplicaLogManager>;
  /** What ZooKeeper knows of a topic; nothing by default. */
  readonly topicConfig?: (topic: string) => Promise<Record<string, string>>;
  /** Without them every fetch of a follower is a full one. */
  readonly fetchSessions?: boolean;
}

export class ReplicaBroker {
  readonly id: number;
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  readonly logManager: MemoryLogManager;
  readonly metadataCache = new MetadataCache();
  readonly replicaManager: ReplicaManager;
  /** What its leaders proposed and the test has not answered. */
  readonly proposals: {
    readonly proposal: IsrProposal;
    readonly answer: (answer: AlterPartitionAnswer) => void;
  }[] = [];
  readonly becameLeader: string[] = [];
  readonly facts: FactStream;
  readonly fetchSessions: FetchSessionCache;
  isCutOff = false;
  fetches = 0;
  /** Partitions named in the requests of followers. */
  asked = 0;

  constructor(
    cluster: ReplicaCluster,
    id: number,
    { overrides = {}, logManagers, topicConfig }: ReplicaClusterOptions,
  ) {
    this.id = id;
    this.runtime = cluster.world.runtimeFor(`broker-${id}`);
    this.logManager = new MemoryLogManager(this.runtime.timers);
    this.facts = new FactStream({ broker: id, nowMs: () => this.runtime.clock.wallMs() });
    const properties = { 'broker.id': String(id), 'zookeeper.connect': 'zk:2181', ...overrides };
    this.config = BrokerConfig.parse(properties).config;
    this.replicaManager = new ReplicaManager({
      runtime: this.runtime,
      facts: this.facts,
      metrics: new Metrics(this.runtime.clock),
      config: this.config,
      brokerId: id,
      brokerEpoch: () => 100 + id,
      logManager: logManagers?.get(id) ?? this.logManager,
      metadataCache: this.metadataCache,
      zk: { topicConfig: topicConfig ?? (() => Promise.resolve({})) },
      connect: (endpoint) => cluster.connect(this, endpoint.id),
      isrProposer: {
        propose: (proposal, answer) => void this.proposals.push({ proposal, answer }),
      },
    });
    const { clock, random } = this.runtime;
    this.fetchSessions = new FetchSessionCache({
      maxSessions: cluster.hasFetchSessions ? 10 : 0,
      clock,
      random,
      news: this.replicaManager,
    });
  }

  partition(number = 0): Partition {
    const found = this.replicaManager.getPartition(TOPIC, number);
    if (found === undefined) throw new Error(`broker ${this.id} has no ${TOPIC}-${number}`);
    return found;
  }

  get log(): NonNullable<ReturnType<MemoryLogManager['getLog']>> {
    const log = this.logManager.getLog(TOPIC, 0);
    if (log === undefined) throw new Error(`broker ${this.id} has no log`);
    return log;
  }

  /** `offset:epoch:records` for every batch of its log, whatever log that is. */
  async story(): Promise<string[]> {
    const { log } = this.partition();
    if (log === undefined) throw new Error(`broker ${this.id} has no log`);
    const batches: string[] = [];
    for (let startOffset = log.logStartOffset; startOffset < log.logEndOffset;) {
      const { records } = await log.read({
        startOffset,
        maxBytes: 1e6,
        isolation: 'log-end',
        minOneMessage: true,
      });
      for (const batch of batchesOf(Buffer.concat(records))) {
        batches.push(
          `${batch.baseOffset}:${batch.partitionLeaderEpoch}:${batch.recordsBytes.toString('hex')}`,
        );
        startOffset = batch.nextOffset;
      }
    }
    return batches;
  }

  /** One batch with a record for each value. */
  async produce(
    values: string | readonly string[],
    {
      acks = -1,
      timeoutMs = 1000,
      partition = 0,
    }: { acks?: number; timeoutMs?: number; partition?: number } = {},
  ): Promise<PartitionAppendResult> {
    const [result] = await this.replicaManager.appendRecords({
      timeoutMs,
      requiredAcks: acks,
      internalTopicsAllowed: false,
      origin: 'client',
      entries: [{ topic: TOPIC, partition, records: batchOf(...[values].flat()) }],
    });
    if (result === undefined) throw new Error('one entry has one outcome');
    return result;
  }
}

export interface PartitionSpec {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly replicas?: readonly number[];
  readonly partitionEpoch?: number;
}

export class ReplicaCluster {
  readonly world: World;
  readonly brokers = new Map<number, ReplicaBroker>();
  readonly hasFetchSessions: boolean;
  #nextPartitionEpoch = 0;

  constructor(world: World, brokerIds: readonly number[], options: ReplicaClusterOptions = {}) {
    this.world = world;
    this.hasFetchSessions = options.fetchSessions ?? true;
    for (const id of brokerIds) this.brokers.set(id, new ReplicaBroker(this, id, options));
    this.setAlive(brokerIds);
  }

  broker(id: number): ReplicaBroker {
    const broker = this.brokers.get(id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  /** Tells every broker's metadata cache who lives. */
  setAlive(ids: readonly number[]): void {
    for (const { metadataCache } of this.brokers.values()) {
      metadataCache.updateMetadata({
        controllerId: 1,
        isKRaftController: false,
        type: 0,
        controllerEpoch: 1,
        brokerEpoch: -1,
        ungroupedPartitionStates: [],
        topicStates: [],
        liveBrokers: ids.map((id) => ({
          id,
          v0Host: '',
          v0Port: 0,
          endpoints: [{ listener: LISTENER, host: `broker-${id}`, port: 9092, securityProtocol: 0 }],
          rack: null,
        })),
      });
    }
  }

  /** What the controller sends to one broker; the partition epoch grows by itself. */
  leaderAndIsr(
    spec: PartitionSpec,
    { partition = 0, controllerEpoch = 1 }: { partition?: number; controllerEpoch?: number } = {},
  ): LeaderAndIsrRequest {
    const partitionEpoch = spec.partitionEpoch ?? this.#nextPartitionEpoch++;
    const state = {
      topicName: '',
      partitionIndex: partition,
      controllerEpoch,
      leader: spec.leader,
      leaderEpoch: spec.leaderEpoch,
      isr: [...spec.isr],
      partitionEpoch,
      replicas: [...(spec.replicas ?? this.brokers.keys())],
      addingReplicas: [],
      removingReplicas: [],
      isNew: false,
      leaderRecoveryState: 0,
    };
    return {
      controllerId: 1,
      isKRaftController: false,
      controllerEpoch,
      brokerEpoch: -1,
      type: 0,
      ungroupedPartitionStates: [],
      topicStates: [{ topicName: TOPIC, topicId: TOPIC_ID, partitionStates: [state] }],
      liveLeaders: [],
    };
  }

  /** Sends one partition's state to every broker, or to some, and lets them carry it out. */
  async elect(spec: PartitionSpec, to: readonly number[] = [...this.brokers.keys()]): Promise<void> {
    const request = this.leaderAndIsr(spec);
    await this.world.settle(Promise.all(to.map((id) => this.tell(id, request))));
  }

  tell(id: number, request: LeaderAndIsrRequest, version = 7): Promise<LeaderAndIsrResponse> {
    const broker = this.broker(id);
    return broker.replicaManager.becomeLeaderOrFollower(request, version, {
      onLeadershipChange: (leaders) =>
        void broker.becameLeader.push(...leaders.map(({ topic, partition }) => `${topic}-${partition}`)),
    });
  }

  /** Answers a leader's latest proposal as the controller that agrees. */
  accept(leaderId: number): IsrProposal {
    const pending = this.broker(leaderId).proposals.shift();
    if (pending === undefined) throw new Error(`broker ${leaderId} proposed nothing`);
    const { leaderEpoch, isr } = pending.proposal;
    const partitionEpoch = this.#nextPartitionEpoch++;
    pending.answer({ kind: 'accepted', outcome: { leaderId, leaderEpoch, isr, partitionEpoch } });
    return pending.proposal;
  }

  connect(from: ReplicaBroker, to: number): Promise<BrokerClient> {
    const target = this.broker(to);
    const checkReachable = (): void => {
      if (from.isCutOff || target.isCutOff)
        throw new NetworkError('DISCONNECTED', `broker ${to} is out of reach`);
    };
    let isOpen = true;
    const send = async (request: MessageSchema, value: unknown): Promise<unknown> => {
      // A call between brokers takes a moment both ways.
      await from.runtime.timers.sleep(1);
      checkReachable();
      const answer =
        request.name === 'FetchRequest'
          ? await answerFetch(target, value as FetchRequest)
          : await answerListOffsets(target, value as ListOffsetsRequest);
      await from.runtime.timers.sleep(1);
      checkReachable();
      return answer;
    };
    const client: BrokerClient = {
      get isOpen() {
        return isOpen;
      },
      send: <Q extends Fields, R extends Fields>(
        request: MessageSchema<Q>,
        _response: MessageSchema<R>,
        _version: number,
        value: StructInput<Q>,
      ) => send(request, value) as Promise<StructOf<R>>,
      negotiate: () => Promise.resolve(),
      negotiatedVersion: () => undefined,
      close: () => {
        isOpen = false;
      },
    };
    return Promise.resolve(client);
  }
}

/** As the server's handler does it. */
async function answerFetch(leader: ReplicaBroker, request: FetchRequest): Promise<FetchResponse> {
  leader.fetches += 1;
  for (const { partitions } of request.topics) leader.asked += partitions.length;
  const { fetchSessions, replicaManager } = leader;
  const context = fetchSessions.contextFor(request, {
    usesTopicIds: true,
    isFollower: true,
    resolve: (topicId) => (topicId === TOPIC_ID ? TOPIC : undefined),
  });
  const refused = { throttleTimeMs: 0, sessionId: 0, nodeEndpoints: [], responses: [] };
  if (context.error !== 'NONE') return { ...refused, errorCode: ErrorCode[context.error] };
  const { replicaId, replicaEpoch: brokerEpoch } = request.replicaState;
  const { maxWaitMs, minBytes, maxBytes } = request;
  const isolation = 'read-uncommitted';
  const params = { replicaId, brokerEpoch, maxWaitMs, minBytes, maxBytes, isolation } as const;
  const results =
    context.reads === undefined
      ? await replicaManager.fetchRecords(
          params,
          context.partitions.map((asked) => ({ ...asked, topic: TOPIC })),
        )
      : await replicaManager.fetchInSession({ ...params, session: context.reads }, context.reads);
  const { error, sessionId, include } = context.conclude(results);
  if (error !== 'NONE') return { ...refused, errorCode: ErrorCode[error] };
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId,
    nodeEndpoints: [],
    responses: results
      .filter((_, index) => include(index))
      .map((result) => ({ topic: '', topicId: result.topicId, partitions: [told(result)] })),
  };
}

function told(result: FetchPartitionResult): FetchResponse['responses'][number]['partitions'][number] {
  return {
    partitionIndex: result.partition,
    errorCode: ErrorCode[result.error],
    highWatermark: result.highWatermark,
    lastStableOffset: result.lastStableOffset,
    logStartOffset: result.logStartOffset,
    divergingEpoch: result.divergingEpoch ?? { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: Buffer.concat(result.records),
  };
}

async function answerListOffsets(
  leader: ReplicaBroker,
  request: ListOffsetsRequest,
): Promise<ListOffsetsResponse> {
  const topics = await Promise.all(
    request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(async ({ partitionIndex, currentLeaderEpoch, timestamp }) => {
          const at: TopicPartition = topicPartition(name, partitionIndex);
          const found = await leader.replicaManager.fetchOffsetForTimestamp({
            ...at,
            timestamp,
            currentLeaderEpoch,
            isolation: undefined,
            fetchOnlyFromLeader: true,
          });
          const { offset, leaderEpoch } = found;
          return {
            partitionIndex,
            errorCode: ErrorCode[found.error],
            oldStyleOffsets: [],
            timestamp: found.timestamp,
            offset,
            leaderEpoch,
          };
        }),
      ),
    })),
  );
  return { throttleTimeMs: 0, topics };
}
