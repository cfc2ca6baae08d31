/**
 * A fetcher's connection to its leader: Kafka's RemoteLeaderEndPoint. It knows how to ask (versions, who is asking)
 * and connects when it has to; what the answers mean is the ReplicaFetcher's business.
 */
import { ZERO_UUID } from '../../common/index.ts';
import type { InterBrokerProtocol } from '../../config/index.ts';
import type { BrokerEndpoint } from '../../metadata/index.ts';
import { NetworkError } from '../../network/index.ts';
import { errorNameOf, type ErrorName } from '../../protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../protocol/messages/01-fetch.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/messages/02-list-offsets.ts';
import type { BrokerClient, ConnectToBroker } from '../broker-client.ts';
import type { SessionPartition, SessionRequest } from './fetch-session-client.ts';

export interface LeaderConnectionOptions {
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly clientId: string;
  readonly leaderId: number;
  /** Looked up for every new connection: a leader that restarted may have moved. */
  readonly endpoint: () => BrokerEndpoint | undefined;
  readonly connect: ConnectToBroker;
  readonly protocol: InterBrokerProtocol;
  readonly socketTimeoutMs: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

const LAST_VERSION_WITH_NAMES = 12;
const FIRST_VERSION_WITH_REPLICA_STATE = 15;
const READ_UNCOMMITTED = 0;

export class LeaderConnection {
  readonly #options: LeaderConnectionOptions;
  #client: BrokerClient | undefined;
  #isClosed = false;

  constructor(options: LeaderConnectionOptions) {
    this.#options = options;
  }

  async fetch(session: SessionRequest, limits: FetchLimits): Promise<FetchResponse> {
    const { brokerId, brokerEpoch, protocol } = this.#options;
    const spoken = protocol.versionOf('Fetch');
    const version = session.usesTopicIds ? spoken : Math.min(spoken, LAST_VERSION_WITH_NAMES);
    const hasReplicaState = version >= FIRST_VERSION_WITH_REPLICA_STATE;
    return this.#send(async (client, options) =>
      client.send(
        FetchRequest,
        FetchResponse,
        version,
        {
          replicaId: hasReplicaState ? -1 : brokerId,
          replicaState: hasReplicaState
            ? { replicaId: brokerId, replicaEpoch: brokerEpoch() }
            : { replicaId: -1, replicaEpoch: -1 },
          ...limits,
          isolationLevel: READ_UNCOMMITTED,
          sessionId: session.sessionId,
          sessionEpoch: session.sessionEpoch,
          topics: topicsToFetch(session.toSend),
          forgottenTopicsData: topicsToForget(session.toForget),
          rackId: '',
        },
        options,
      ),
    );
  }

  /** The leader's log end (-1) or log start (-2), as a replica sees them. */
  async listOffset(
    partition: { readonly topic: string; readonly partition: number; readonly currentLeaderEpoch: number },
    timestamp: number,
  ): Promise<{ readonly error: ErrorName; readonly offset: number }> {
    const { topic, partition: partitionIndex, currentLeaderEpoch } = partition;
    const response = await this.#send(async (client, options) =>
      client.send(
        ListOffsetsRequest,
        ListOffsetsResponse,
        this.#options.protocol.versionOf('ListOffsets'),
        {
          replicaId: this.#options.brokerId,
          isolationLevel: READ_UNCOMMITTED,
          topics: [{ name: topic, partitions: [{ partitionIndex, currentLeaderEpoch, timestamp }] }],
        },
        options,
      ),
    );
    const answer = response.topics[0]?.partitions[0];
    return { error: errorNameOf(answer?.errorCode ?? -1), offset: answer?.offset ?? -1 };
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }

  async #send<T>(
    send: (client: BrokerClient, options: { readonly timeoutMs: number }) => Promise<T>,
  ): Promise<T> {
    const client = await this.#connected();
    try {
      return await send(client, { timeoutMs: this.#options.socketTimeoutMs });
    } catch (error) {
      client.close();
      if (this.#client === client) this.#client = undefined;
      throw error;
    }
  }

  async #connected(): Promise<BrokerClient> {
    if (this.#client?.isOpen === true) return this.#client;
    const { leaderId, endpoint, connect, clientId } = this.#options;
    const address = endpoint();
    if (address === undefined) throw new NetworkError('DISCONNECTED', `broker ${leaderId} is not alive`);
    const client = await connect(address, clientId);
    if (this.#isClosed) {
      client.close();
      throw new NetworkError('CLOSED', 'the fetcher was closed while it connected');
    }
    this.#client = client;
    return client;
  }
}

function byTopic(partitions: readonly SessionPartition[]): Map<string, SessionPartition[]> {
  const groups = new Map<string, SessionPartition[]>();
  for (const partition of partitions) {
    // A topic that was made anew can stand here under two ids.
    const key = partition.topicId === ZERO_UUID ? partition.topic : partition.topicId;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [partition]);
    else group.push(partition);
  }
  return groups;
}

function topicsToFetch(partitions: readonly SessionPartition[]): FetchRequest['topics'] {
  return [...byTopic(partitions).values()].map((group) => ({
    topic: group[0]?.topic ?? '',
    topicId: group[0]?.topicId ?? ZERO_UUID,
    partitions: group.map((partition) => ({
      partition: partition.partition,
      currentLeaderEpoch: partition.currentLeaderEpoch,
      fetchOffset: partition.fetchOffset,
      lastFetchedEpoch: partition.lastFetchedEpoch,
      logStartOffset: partition.logStartOffset,
      partitionMaxBytes: partition.maxBytes,
      replicaDirectoryId: ZERO_UUID,
    })),
  }));
}

function topicsToForget(partitions: readonly SessionPartition[]): FetchRequest['forgottenTopicsData'] {
  return [...byTopic(partitions).values()].map((group) => ({
    topic: group[0]?.topic ?? '',
    topicId: group[0]?.topicId ?? ZERO_UUID,
    partitions: group.map(({ partition }) => partition),
  }));
}
