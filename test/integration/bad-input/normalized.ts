/**
 * An answer as the fixture keeps it: error codes by name, and in place of what no two clusters share (ids, ports,
 * addresses, epochs of registrations) a word for it.
 */
import { errorNameOf } from '../../../src/protocol/index.ts';

/** What a field's value is replaced by, whatever it is. */
const REPLACED: Readonly<Record<string, string>> = {
  host: '<host>',
  port: '<port>',
  clusterId: '<cluster>',
  controllerId: '<controller>',
  brokerEpoch: '<epoch>',
  producerId: '<producer>',
  producerIdStart: '<producer>',
};

const LEFT_OUT: ReadonlySet<string> = new Set(['throttleTimeMs', 'rack']);
const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** What the cluster gave out. */
const GIVEN_OUT: ReadonlySet<string> = new Set(['sessionId', ...Object.keys(REPLACED)]);

/** It gave none. A broker's id may be 0: any of them may be the controller. */
function isNone(key: string, value: unknown): boolean {
  return value === -1 || value === '' || (value === 0 && key !== 'controllerId');
}

export function normalized(value: unknown, topicIds: ReadonlyMap<string, string>, key = ''): unknown {
  if (Array.isArray(value)) return sorted(key, value).map((one) => normalized(one, topicIds, key));
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !LEFT_OUT.has(name))
        .map(([name, field]) => [name, normalized(field, topicIds, name)]),
    );
  if (typeof value === 'number' && key === 'errorCode') return errorNameOf(value);
  if (GIVEN_OUT.has(key) && !isNone(key, value)) return REPLACED[key] ?? `<${key}>`;
  if (typeof value !== 'string') return value;
  if (key === 'topicId') return topicIdName(value, topicIds);
  return value.replace(UUID, '<uuid>');
}

function topicIdName(id: string, topicIds: ReadonlyMap<string, string>): string {
  if (id === ZERO_UUID) return '<none>';
  const known = [...topicIds].find(([, topicId]) => topicId === id);
  return known === undefined ? '<new>' : `<id of ${known[0]}>`;
}

/** Brokers come in no order that means anything; neither do the topics of most answers, in Kafka's hash maps. */
function sorted(key: string, values: readonly unknown[]): unknown[] {
  const nameOf = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return '';
    const fields = value as Readonly<Record<string, unknown>>;
    // The original has them in the order of hashes that differ from run to run.
    if (key === 'resultsByPartition') return String(fields['partitionIndex']);
    const name = fields['nodeId'] ?? fields['name'] ?? fields['topic'] ?? fields['topicName'] ?? '';
    return typeof name === 'string' || typeof name === 'number' ? `${name}` : '';
  };
  if (key === 'isrNodes' || key === 'offlineReplicas') return [...values];
  return [...values].sort((left, right) =>
    nameOf(left) < nameOf(right) ? -1 : nameOf(left) > nameOf(right) ? 1 : 0,
  );
}
