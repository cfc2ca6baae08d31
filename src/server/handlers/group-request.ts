/** What the requests of group members have in common. */
import type { TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { Access, RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

/** Taking part in a group is reading from it. */
export function groupMemberAccess({ groupId }: { readonly groupId: string }): readonly Access[] {
  return [readGroup(groupId)];
}

/** Offsets of a group are committed by who reads for it. */
export function readGroup(name: string): Access {
  return { operation: 'READ', resource: { type: 'GROUP', name }, ifDenied: 'GROUP_AUTHORIZATION_FAILED' };
}

/** Why an offset of a partition is not stored, before anybody asks the group; NONE where it may be. */
export function offsetRefusal(
  { topic, partition }: TopicPartition,
  context: Pick<RequestContext, 'authorize'>,
  { metadataCache }: Pick<Services, 'metadataCache'>,
): ErrorName {
  if (!context.authorize('READ', { type: 'TOPIC', name: topic })) return 'TOPIC_AUTHORIZATION_FAILED';
  return metadataCache.partition(topic, partition) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NONE';
}

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const IPV6_GROUPS = 8;

/**
 * An address as Java's InetAddress prints it, which is what groups store and tools show: `/127.0.0.1`, and IPv6 with
 * all its eight groups.
 */
export function javaInetAddress(host: string): string {
  const ipv4 = IPV4_IN_IPV6.exec(host)?.[1];
  if (ipv4 !== undefined) return `/${ipv4}`;
  if (!host.includes(':')) return `/${host}`;
  const [address = '', zone] = host.split('%');
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, IPV6_GROUPS - before.length - after.length) }, () => '0');
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after];
  const text = groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
  return zone === undefined ? `/${text}` : `/${text}%${zone}`;
}
