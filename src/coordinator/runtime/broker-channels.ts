/**
 * How coordinators and leaders speak to other brokers (Kafka's InterBrokerSendThread): one connection for each broker,
 * made when the first call needs it and made anew after a failure or when the broker listens elsewhere. A call ends with
 * the answer or rejects; to try again is the caller's business.
 */
import type { BrokerEndpoint } from '../../metadata/index.ts';
import { NetworkError, type VersionRange } from '../../network/index.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from '../../protocol/index.ts';
import type { BrokerClient, ConnectToBroker } from '../../replication/index.ts';

interface Channel {
  readonly endpoint: BrokerEndpoint;
  readonly client: Promise<BrokerClient>;
}

interface BrokerCall<Q extends Fields, R extends Fields> {
  readonly request: MessageSchema<Q>;
  readonly response: MessageSchema<R>;
  /** Both ends belong to it; of those the highest that the other broker knows, too. */
  readonly versions: VersionRange;
  readonly value: StructInput<Q>;
  readonly timeoutMs: number;
}

export class BrokerChannels {
  readonly #connect: ConnectToBroker;
  readonly #clientId: string;
  readonly #channels = new Map<number, Channel>();
  #isClosed = false;

  constructor(connect: ConnectToBroker, clientId: string) {
    this.#connect = connect;
    this.#clientId = clientId;
  }

  /** Rejects with NetworkError: UNSUPPORTED_VERSION where the broker knows none of the versions. */
  async call<Q extends Fields, R extends Fields>(
    endpoint: BrokerEndpoint,
    { request, response, versions, value, timeoutMs }: BrokerCall<Q, R>,
  ): Promise<StructOf<R>> {
    const channel = this.#channelTo(endpoint);
    try {
      const client = await channel.client;
      const version = client.negotiatedVersion(request, versions);
      if (version === undefined)
        throw new NetworkError(
          'UNSUPPORTED_VERSION',
          `broker ${endpoint.id} knows no version of ${request.name} from ${versions.min} to ${versions.max}`,
        );
      return await client.send(request, response, version, value, { timeoutMs });
    } catch (error) {
      // Also where it lacks the version: connected anew it may be a newer broker.
      this.#drop(channel);
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const channel of [...this.#channels.values()]) this.#drop(channel);
  }

  #channelTo(endpoint: BrokerEndpoint): Channel {
    if (this.#isClosed) throw new NetworkError('CLOSED', 'the channels were closed from here');
    const existing = this.#channels.get(endpoint.id);
    if (existing?.endpoint.host === endpoint.host && existing.endpoint.port === endpoint.port)
      return existing;
    if (existing !== undefined) this.#drop(existing);
    const channel = { endpoint, client: this.#open(endpoint) };
    this.#channels.set(endpoint.id, channel);
    return channel;
  }

  async #open(endpoint: BrokerEndpoint): Promise<BrokerClient> {
    const client = await this.#connect(endpoint, this.#clientId);
    try {
      await client.negotiate();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  #drop(channel: Channel): void {
    if (this.#channels.get(channel.endpoint.id) === channel) this.#channels.delete(channel.endpoint.id);
    channel.client.then(
      (client) => client.close(),
      () => undefined,
    );
  }
}
