/**
 * The znodes of configuration, access control and delegation tokens. Part of the registry (registry.ts).
 */
import { inPropertiesOrder, ZnodeFormatError, type JsonReader } from '../json.ts';
import { json, noData, text, znode } from '../znode.ts';
import { desanitize, sanitize } from '../sanitizer.ts';
import type { AccessControlEntryJson, ConfigMap, DelegationTokenInfo, ExtendedAclChange } from '../types.ts';

const configs = json<ConfigMap>(
  (config) => ({ version: 1, config: inPropertiesOrder(config) }),
  (parsed) =>
    new Map(
      parsed
        .field('config')
        .entries()
        .map(([name, value]) => [name, value.text()]),
    ),
);

export const config = znode({
  pattern: '/config/:type',
  mode: 'persistent',
  about: 'The parent of the configured entities of one type: topics, clients, users, brokers, ips.',
  writtenBy: 'every broker at start',
  codec: noData,
});

/** Topics always have one, be it empty; names of users and clients are sanitized, those of topics are not. */
export const entityConfig = znode({
  pattern: '/config/:type/:entity',
  mode: 'persistent',
  about: 'The dynamic configs of one entity; "<default>" holds those of all others of its type.',
  writtenBy: 'the broker answering the request that changes them',
  codec: configs,
  example: new Map([['min.insync.replicas', '1']]),
  sensitive: true,
});

export const userClientConfig = znode({
  pattern: '/config/users/:user/clients/:client',
  mode: 'persistent',
  about: 'The quotas of one client of one user.',
  writtenBy: 'the broker answering AlterClientQuotas',
  codec: configs,
  example: new Map([['producer_byte_rate', '1000000']]),
  sensitive: true,
});

export const configChanges = znode({
  pattern: '/config/changes',
  mode: 'persistent',
  about: 'The parent of the notifications of changed configs.',
  writtenBy: 'every broker at start',
  watchedBy: 'every broker (children)',
  codec: noData,
});

/** Tools of before 0.10.1 write version 1, which speaks of topics and clients only. */
function changedEntity(parsed: JsonReader): string {
  const version = parsed.field('version').int();
  if (version === 2) return parsed.field('entity_path').text();
  const [type, name] = [parsed.field('entity_type').text(), parsed.field('entity_name').text()];
  if (version !== 1 || (type !== 'topics' && type !== 'clients'))
    throw new ZnodeFormatError(`A notification of version ${version} does not speak of ${type}`);
  return `${type}/${name}`;
}

/** The value is the path below /config: `topics/t1`, `users/alice/clients/c%201`, `brokers/<default>`. */
export const configChange = znode({
  pattern: '/config/changes/config_change_:sequence',
  mode: 'persistent-sequential',
  about: 'Tells every broker that an entity’s configs changed; purged after 15 minutes.',
  writtenBy: 'the broker that changed them',
  codec: json<string>((path) => ({ version: 2, entity_path: path }), changedEntity),
  example: 'topics/t1',
});

const acls = json<readonly AccessControlEntryJson[]>(
  (entries) => ({
    acls: entries.map(({ principal, permissionType, host, operation }) => ({
      principal,
      permissionType,
      host,
      operation,
    })),
    version: 1,
  }),
  (parsed) =>
    parsed
      .field('acls')
      .list()
      .map((entry) => ({
        principal: entry.field('principal').text(),
        permissionType: entry.field('permissionType').text(),
        host: entry.field('host').text(),
        operation: entry.field('operation').text(),
      })),
);

const exampleAcl: readonly AccessControlEntryJson[] = [
  { principal: 'User:alice', permissionType: 'Allow', host: '*', operation: 'Read' },
];

export const literalAcl = znode({
  pattern: '/kafka-acl/:type/:name',
  mode: 'persistent',
  about: 'The ACLs of one resource, or of all of a type under the name "*".',
  writtenBy: 'any broker, conditional on the version it read',
  codec: acls,
  example: exampleAcl,
});

export const prefixedAcl = znode({
  pattern: '/kafka-acl-extended/prefixed/:type/:name',
  mode: 'persistent',
  about: 'The ACLs of all resources whose name begins so (KIP-290).',
  writtenBy: 'any broker, conditional on the version it read',
  codec: acls,
  example: exampleAcl,
});

/** Plain text: the resource type in upper case, a colon, the name. */
export const literalAclChange = znode({
  pattern: '/kafka-acl-changes/acl_changes_:sequence',
  mode: 'persistent-sequential',
  about: 'Tells every broker that the ACLs of a resource changed.',
  writtenBy: 'the broker that changed them',
  watchedBy: 'every broker (children of the parent)',
  codec: text,
  example: 'TOPIC:t1',
});

export const extendedAclChange = znode({
  pattern: '/kafka-acl-extended-changes/acl_changes_:sequence',
  mode: 'persistent-sequential',
  about: 'Tells every broker that the ACLs of a name prefix changed.',
  writtenBy: 'the broker that changed them',
  watchedBy: 'every broker (children of the parent)',
  codec: json<ExtendedAclChange>(
    ({ resourceType, name, patternType }) => ({ version: 1, resourceType, name, patternType }),
    (parsed) => ({
      resourceType: parsed.field('resourceType').text(),
      name: parsed.field('name').text(),
      patternType: parsed.field('patternType').text(),
    }),
  ),
  example: { resourceType: 'GROUP', name: 'g', patternType: 'PREFIXED' },
});

/** Principals are sanitized; a token of version 2 has no requester, which then is its owner. */
export const delegationToken = znode({
  pattern: '/delegation_token/tokens/:tokenId',
  mode: 'persistent',
  about: 'A delegation token without its secret, which is derived from the shared key.',
  writtenBy: 'the broker answering Create-, Renew- or ExpireDelegationToken',
  codec: json<DelegationTokenInfo>(
    (token) => ({
      issueTimestamp: token.issueTimestampMs,
      renewers: token.renewers.map(sanitize),
      tokenRequester: sanitize(token.tokenRequester),
      tokenId: token.tokenId,
      owner: sanitize(token.owner),
      expiryTimestamp: token.expiryTimestampMs,
      maxTimestamp: token.maxTimestampMs,
      version: 3,
    }),
    (parsed) => {
      const owner = desanitize(parsed.field('owner').text());
      const requester = parsed.optional('tokenRequester')?.text();
      return {
        tokenId: parsed.field('tokenId').text(),
        owner,
        tokenRequester: requester === undefined ? owner : desanitize(requester),
        renewers: parsed
          .field('renewers')
          .list()
          .map((renewer) => desanitize(renewer.text())),
        issueTimestampMs: parsed.field('issueTimestamp').int(),
        maxTimestampMs: parsed.field('maxTimestamp').int(),
        expiryTimestampMs: parsed.field('expiryTimestamp').int(),
      };
    },
  ),
  example: {
    tokenId: 'kqNPho9OTpm2MNzt39M-Tg',
    owner: 'User:alice',
    tokenRequester: 'User:alice',
    renewers: ['User:bob'],
    issueTimestampMs: 1795311415804,
    maxTimestampMs: 1795315015804,
    expiryTimestampMs: 1795315015804,
  },
  sensitive: true,
});

/** The value is the bare token id. */
export const delegationTokenChange = znode({
  pattern: '/delegation_token/token_changes/token_change_:sequence',
  mode: 'persistent-sequential',
  about: 'Tells every broker that a delegation token changed.',
  writtenBy: 'the broker that changed it',
  watchedBy: 'every broker with delegation tokens enabled (children of the parent)',
  codec: text,
  example: 'kqNPho9OTpm2MNzt39M-Tg',
});
