/**
 * Metrics bear the names of Kafka's MBeans, because dashboards and runbooks know them by these:
 * `kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec,topic=orders`. Kafka's other metric library puts
 * several attributes under one MBean; such a metric is written with the attribute after `#`:
 * `kafka.server:type=socket-server-metrics,listener=PLAINTEXT,networkProcessor=0#connection-count`.
 */
import { assert } from '../common/index.ts';

/** What follows the name in the MBean, in the order in which Kafka writes it: `{ topic: 'orders', partition: 3 }`. */
export type Tags = Readonly<Record<string, string | number>>;

export interface MetricName {
  /** `kafka.server` */
  readonly domain: string;
  /** `BrokerTopicMetrics` */
  readonly type: string;
  /** `MessagesInPerSec`, or the attribute where the MBean has several. */
  readonly name: string;
  readonly tags: Tags;
  /** The MBean as JMX spells it, with `#attribute` where there is one. */
  readonly mbean: string;
}

/** Characters JMX would not take unquoted in a property value. */
const NEEDS_QUOTES = /[,=:"*?\n]/;

export function metricName(text: string, tags: Tags = {}): MetricName {
  const [object = '', attribute] = text.split('#');
  const colon = object.indexOf(':');
  assert(colon > 0, `metric "${text}" has no domain`);
  const properties = new Map(
    object
      .slice(colon + 1)
      .split(',')
      .map((property): [string, string] => {
        const equals = property.indexOf('=');
        return [property.slice(0, equals), property.slice(equals + 1)];
      }),
  );
  const { type, name, ...others } = Object.fromEntries(properties);
  assert(type !== undefined, `metric "${text}" has no type`);
  return {
    domain: object.slice(0, colon),
    type,
    name: attribute ?? name ?? '',
    tags: { ...others, ...tags },
    mbean: mbeanOf(object, tags, attribute),
  };
}

function mbeanOf(object: string, tags: Tags, attribute: string | undefined): string {
  let mbean = object;
  for (const [key, value] of Object.entries(tags)) mbean += `,${key}=${quoted(String(value))}`;
  return attribute === undefined ? mbean : `${mbean}#${attribute}`;
}

function quoted(value: string): string {
  if (!NEEDS_QUOTES.test(value)) return value;
  return `"${value.replace(/[\\"*?]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
