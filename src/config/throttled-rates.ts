/**
 * The bounds on what a broker may copy between brokers and between its own log dirs, in bytes per second. They are set
 * while brokers run, for one broker at a time: in /config/brokers/<id>, never in its file, and what is set there for all
 * brokers counts for none.
 */
import { long, LONG_MAX, type ConfigRow } from './row.ts';

export const throttledRateTable = {
  'leader.replication.throttled.rate': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: 'Bytes per second that leaders send to throttled followers.',
  }),
  'follower.replication.throttled.rate': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: 'Bytes per second that throttled followers fetch.',
  }),
  'replica.alter.log.dirs.io.max.bytes.per.second': long({
    default: LONG_MAX,
    min: 0,
    importance: 'medium',
    doc: 'Bytes per second that are copied between the log dirs of a broker.',
  }),
} as const satisfies Record<string, ConfigRow>;

export type ThrottledRate = keyof typeof throttledRateTable;

export function isThrottledRate(key: string): key is ThrottledRate {
  return Object.hasOwn(throttledRateTable, key);
}

/** Infinity: no bound is set, or somebody wrote past the brokers what is none. */
export function throttledRateOf(perBroker: Readonly<Record<string, string>>, key: ThrottledRate): number {
  const text = perBroker[key]?.trim() ?? '';
  const value = /^\d+$/.test(text) ? Number(text) : LONG_MAX;
  return value >= LONG_MAX ? Infinity : value;
}
