/**
 * A tool's view of a cluster: it learns the brokers from any bootstrap server, then calls the right one for each
 * request: the controller, a partition's leader, a group's coordinator, or whoever is nearest. An answer that says
 * "not I" or "not yet" is asked again with fresh metadata until the time a command may take is over, as Kafka's own
 * AdminClient does. It keeps one connection per broker.
 */
import { errorNameOf, KafkaError } from '../../protocol/index.ts';
import type { ErrorName, Fields, StructInput, StructOf } from '../../protocol/index.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../protocol/messages/10-find-coordinator.ts';
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/03-metadata.ts';
import { errorMessageOf } from '../../runtime/index.ts';
import { BrokerConnection } from './broker-connection.ts';
import type { Api } from './broker-connection.ts';
import { nodeClientRuntime, type ClientRuntime } from './client-runtime.ts';

export type Metadata = MetadataResponse;
export type TopicMetadata = Metadata['topics'][number];

export interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface ClusterClientOptions {
  readonly bootstrapServers: readonly string[];
  readonly clientId?: string;
  /** How long one command may take with all its retries: default.api.timeout.ms. */
  readonly timeoutMs?: number;
  /** How long a broker may take for one answer: request.timeout.ms. Absent, as long as it keeps the connection. */
  readonly requestTimeoutMs?: number;
  /** Absent, the real world. */
  readonly runtime?: ClientRuntime;
  /** Told once, when nobody answers at first: the client goes on trying, and a person wonders why nothing happens. */
  readonly onUnreachable?: (reason: string, timeoutMs: number) => void;
}

const COORDINATOR = { group: 0, transaction: 1 } as const;

const API_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_BACKOFF_MS = 100;
/** Not retriable for every client, yet for one that looks the right broker up again. */
const LOOK_UP_AGAIN: ReadonlySet<ErrorName> = new Set([
  'NOT_CONTROLLER',
  'NOT_COORDINATOR',
  'NETWORK_EXCEPTION',
]);

export class ClusterClient {
  /** The world this client lives in, and whoever works through it. */
  readonly runtime: ClientRuntime;
  readonly #options: ClusterClientOptions;
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  /** Addresses at which something failed, the latest last: they are asked last. */
  readonly #failed = new Set<string>();
  #nodes: readonly Node[] = [];
  #toldUnreachable = false;

  constructor(options: ClusterClientOptions) {
    this.#options = options;
    this.runtime = options.runtime ?? nodeClientRuntime();
  }

  /** How long one command may take with all its retries. */
  get timeoutMs(): number {
    return this.#options.timeoutMs ?? API_TIMEOUT_MS;
  }

  /** Topics null asks for all of them. Errors of single topics stand in the answer. */
  async metadata(topics: readonly string[] | null, allowAutoTopicCreation = false): Promise<Metadata> {
    const metadata = await this.toAny(
      { request: MetadataRequest, response: MetadataResponse },
      {
        topics: topics?.map((name) => ({ name })) ?? null,
        allowAutoTopicCreation,
        includeTopicAuthorizedOperations: false,
      },
    );
    this.#nodes = metadata.brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }));
    return metadata;
  }

  /** The brokers of the latest metadata, by ascending id. */
  async nodes(): Promise<readonly Node[]> {
    if (this.#nodes.length === 0) await this.metadata([]);
    return this.#nodes.toSorted((left, right) => left.id - right.id);
  }

  /** Any broker that answers. */
  async toAny<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    value: StructInput<Req>,
  ): Promise<StructOf<Res>> {
    return this.retry(async () => (await this.anyBroker()).call(api, value));
  }

  async toBroker<Req extends Fields, Res extends Fields>(
    nodeId: number,
    api: Api<Req, Res>,
    value: StructInput<Req>,
    atMost?: number,
  ): Promise<StructOf<Res>> {
    return (await this.broker(nodeId)).call(api, value, atMost);
  }

  /** `errorOf` finds what the answer complains about; NOT_CONTROLLER and retriable errors are tried again. */
  async toController<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    value: StructInput<Req>,
    errorOf: (answer: StructOf<Res>) => KafkaError | undefined,
  ): Promise<StructOf<Res>> {
    return this.retry(async () => {
      const { controllerId } = await this.metadata([]);
      if (controllerId < 0) throw new KafkaError('NOT_CONTROLLER', 'The cluster has no controller');
      const answer = await this.toBroker(controllerId, api, value);
      const error = errorOf(answer);
      if (error !== undefined) throw error;
      return answer;
    });
  }

  async coordinator(key: string, keyType: 0 | 1 = COORDINATOR.group): Promise<Node> {
    return this.retry(async () => {
      const answer = await (
        await this.anyBroker()
      ).call(
        { request: FindCoordinatorRequest, response: FindCoordinatorResponse },
        { keyType, coordinatorKeys: [key] },
      );
      const [found] = answer.coordinators;
      if (found === undefined) throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
      throwIf(found.errorCode, found.errorMessage);
      if (!this.#nodes.some((each) => each.id === found.nodeId)) await this.metadata([]);
      return { id: found.nodeId, host: found.host, port: found.port, rack: null };
    });
  }

  /** Runs `act` again after retriable failures, until the time for a command is over. */
  async retry<T>(act: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this;
    const { clock, timers } = this.runtime;
    const untilMs = clock.monotonicMs() + timeoutMs;
    for (;;) {
      try {
        return await act();
      } catch (thrown) {
        if (!isWorthRetrying(thrown) || clock.monotonicMs() >= untilMs) throw thrown;
        this.#tellUnreachable(thrown, timeoutMs);
        await timers.sleep(RETRY_BACKOFF_MS);
      }
    }
  }

  #tellUnreachable(thrown: unknown, timeoutMs: number): void {
    if (this.#toldUnreachable || !SYSTEM_ERRORS.has(codeOf(thrown))) return;
    this.#toldUnreachable = true;
    this.#options.onUnreachable?.(errorMessageOf(thrown), timeoutMs);
  }

  async broker(nodeId: number): Promise<BrokerConnection> {
    let node = this.#nodes.find((each) => each.id === nodeId);
    if (node === undefined) {
      await this.metadata([]);
      node = this.#nodes.find((each) => each.id === nodeId);
    }
    if (node === undefined) throw new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${nodeId} is not available`);
    return this.#connect(node.host, node.port);
  }

  async anyBroker(): Promise<BrokerConnection> {
    const known = this.#nodes.map(({ host, port }) => ({ host, port }));
    const bootstrap = this.#options.bootstrapServers.map(parseHostPort);
    let failure: { readonly thrown: unknown } | undefined;
    const failed = [...this.#failed];
    const candidates = [...known, ...bootstrap].sort(
      (one, other) => failed.indexOf(addressOf(one)) - failed.indexOf(addressOf(other)),
    );
    for (const { host, port } of candidates) {
      try {
        return await this.#connect(host, port);
      } catch (thrown) {
        failure = { thrown };
      }
    }
    if (failure === undefined) throw new KafkaError('BROKER_NOT_AVAILABLE', 'No bootstrap server was given');
    throw failure.thrown;
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#connections.values());
    for (const each of opened) if (each.status === 'fulfilled') each.value.close();
    this.#connections.clear();
  }

  async #connect(host: string, port: number): Promise<BrokerConnection> {
    const address = addressOf({ host, port });
    const known = await this.#connections.get(address)?.catch(() => undefined);
    if (known !== undefined && !known.isClosed) return known;
    if (known !== undefined) this.#noteFailure(address);
    const { clientId = 'klassik-tool', requestTimeoutMs } = this.#options;
    const opening = BrokerConnection.open(
      this.runtime,
      { host, port },
      clientId,
      CONNECT_TIMEOUT_MS,
      requestTimeoutMs,
    );
    this.#connections.set(address, opening);
    return opening.then(
      (connection) => {
        this.#failed.delete(address);
        return connection;
      },
      (failure: unknown) => {
        this.#noteFailure(address);
        throw failure;
      },
    );
  }

  #noteFailure(address: string): void {
    this.#failed.delete(address);
    this.#failed.add(address);
  }
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host}:${port}`;
}

/** `host:port`, with the optional `SCHEME://` that bootstrap lists may carry, and [::1]:9092. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] =
    /^(?:[A-Za-z0-9_]+:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/.exec(text.trim()) ?? [];
  if (host === undefined || host === '' || port === undefined) {
    throw new KafkaError('INVALID_REQUEST', `Invalid url in bootstrap.servers: ${text}`);
  }
  return { host, port: Number(port) };
}

/** Throws the KafkaError that a code of an answer stands for; 0 is no error. */
export function throwIf(errorCode: number, message: string | null = null): void {
  if (errorCode === 0) return;
  const name = errorNameOf(errorCode);
  throw message === null ? new KafkaError(name) : new KafkaError(name, message);
}

/** The same as a value, for `toController`. */
export function errorIn(errorCode: number, message: string | null = null): KafkaError | undefined {
  if (errorCode === 0) return undefined;
  const name = errorNameOf(errorCode);
  return message === null ? new KafkaError(name) : new KafkaError(name, message);
}

/** Nothing listens there (yet), or the connection broke: another broker, or the same one later, may answer. */
const SYSTEM_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function isWorthRetrying(thrown: unknown): boolean {
  if (thrown instanceof KafkaError) return thrown.retriable || LOOK_UP_AGAIN.has(thrown.error);
  return SYSTEM_ERRORS.has(codeOf(thrown));
}

export function codeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}
