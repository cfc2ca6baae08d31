/**
 * The APIs this broker serves, and in which versions: what ApiVersions answers and what the dispatcher lets in. An
 * API or version stands here only once its semantics hold; what Kafka 3.9 serves beyond this is listed in
 * docs/differences.md.
 */
import { advertisedApis, ApiKeys, type VersionOffer } from '../protocol/index.ts';

export const SERVED_APIS: readonly VersionOffer[] = advertisedApis({
  SaslHandshake: null,
  SaslAuthenticate: null,
  CreateDelegationToken: null,
  RenewDelegationToken: null,
  ExpireDelegationToken: null,
  DescribeDelegationToken: null,
  DescribeClientQuotas: null,
  AlterClientQuotas: null,
  DescribeUserScramCredentials: null,
  AlterUserScramCredentials: null,
  Envelope: null,
});

/** APIs of whose requests nobody keeps a byte once they are answered: the network uses their Buffers again. */
export const REUSED_APIS: ReadonlySet<number> = new Set([ApiKeys.Produce]);
