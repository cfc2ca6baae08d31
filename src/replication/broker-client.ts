/**
 * A connection to another broker as replication sees it: NetworkClient has this shape, and so has a test's broker in
 * memory. A client that failed once is closed and stays closed; who needs another connects anew.
 */
import type { BrokerEndpoint } from '../metadata/index.ts';
import type { VersionRange } from '../network/index.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from '../protocol/index.ts';

export interface BrokerClient {
  readonly isOpen: boolean;
  /** Rejects when the connection is lost or the time is up. */
  send<Q extends Fields, R extends Fields>(
    request: MessageSchema<Q>,
    response: MessageSchema<R>,
    version: number,
    value: StructInput<Q>,
    options?: { readonly timeoutMs?: number },
  ): Promise<StructOf<R>>;
  /** Asks which versions the broker knows; needed once before `negotiatedVersion`. */
  negotiate(): Promise<void>;
  /** The highest version both sides know within `wanted`, or undefined. */
  negotiatedVersion(api: MessageSchema, wanted?: VersionRange): number | undefined;
  close(): void;
}

/** Connects and authenticates as a broker. `clientId` is what the other side's logs and quotas see. */
export type ConnectToBroker = (endpoint: BrokerEndpoint, clientId: string) => Promise<BrokerClient>;
