/**
 * What `inter.broker.protocol.version` decides (contract 1.4): in which versions this broker sends requests to others,
 * and what it may use that older brokers do not know. During a rolling upgrade it stays at what the oldest broker
 * speaks. What others send is taken in every version, whatever is set here.
 *
 * Tables start at 2.8, the oldest that is served: from there on followers truncate by what Fetch answers (KIP-595),
 * leaders change the ISR by AlterPartition (KIP-497), and topics have ids that LeaderAndIsr tells (KIP-516).
 */
import { metadataVersionOf, METADATA_VERSIONS } from './checks.ts';

export const OLDEST_SERVED_PROTOCOL = '2.8-IV1';

/** From which protocol version on a request goes out in which version; the first entry holds from the oldest on. */
export const REQUEST_VERSIONS = {
  Fetch: [
    [OLDEST_SERVED_PROTOCOL, 12],
    ['3.1-IV0', 13],
    ['3.5-IV0', 14],
    ['3.5-IV1', 15],
    ['3.7-IV4', 16],
    ['3.9-IV0', 17],
  ],
  ListOffsets: [
    [OLDEST_SERVED_PROTOCOL, 6],
    ['3.0-IV1', 7],
    ['3.5-IV0', 8],
    ['3.9-IV0', 9],
  ],
  LeaderAndIsr: [
    [OLDEST_SERVED_PROTOCOL, 5],
    ['3.2-IV0', 6],
    ['3.4-IV0', 7],
  ],
  StopReplica: [
    [OLDEST_SERVED_PROTOCOL, 3],
    ['3.4-IV0', 4],
  ],
  UpdateMetadata: [
    [OLDEST_SERVED_PROTOCOL, 7],
    ['3.4-IV0', 8],
  ],
} as const satisfies Record<string, readonly (readonly [since: string, version: number])[]>;

export type InterBrokerRequest = keyof typeof REQUEST_VERSIONS;

export const SINCE_PROTOCOL = {
  /** Producer ids come from the controller (KIP-730); before, each broker takes its blocks from ZooKeeper. */
  allocateProducerIds: '3.0-IV0',
  /** A leader from outside the ISR is marked as recovering (KIP-704). */
  leaderRecovery: '3.2-IV0',
  /** /feature is written without the lowest levels (KIP-778). */
  featuresWithoutMinimum: '3.3-IV0',
} as const satisfies Record<string, string>;

export type InterBrokerFeature = keyof typeof SINCE_PROTOCOL;

export class InterBrokerProtocol {
  /** In full, such as "3.9-IV0". */
  readonly version: string;

  /** Of a value that the config's own check let through. */
  constructor(value: string) {
    this.version = metadataVersionOf(value) ?? value;
  }

  get isServed(): boolean {
    return this.#isAtLeast(OLDEST_SERVED_PROTOCOL);
  }

  supports(feature: InterBrokerFeature): boolean {
    return this.#isAtLeast(SINCE_PROTOCOL[feature]);
  }

  versionOf(request: InterBrokerRequest): number {
    const [[, oldest], ...newer] = REQUEST_VERSIONS[request];
    return newer.reduce<number>(
      (found, [since, version]) => (this.#isAtLeast(since) ? version : found),
      oldest,
    );
  }

  #isAtLeast(version: string): boolean {
    return METADATA_VERSIONS.indexOf(this.version) >= METADATA_VERSIONS.indexOf(version);
  }
}
