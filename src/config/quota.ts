/**
 * Quotas are configuration too: they stand in /config/clients, /config/users and /config/ips beside a user's SCRAM
 * credentials, as decimal numbers in text. Unset means no limit.
 */
import { ConfigError } from './config-error.ts';

export type QuotaEntity = 'user-or-client' | 'ip';

/** Each quota with its meaning and the kind of entity that can have it. */
export const quotaTable = {
  producer_byte_rate: {
    entity: 'user-or-client',
    integer: true,
    doc: 'Bytes per second a producer may send.',
  },
  consumer_byte_rate: {
    entity: 'user-or-client',
    integer: true,
    doc: 'Bytes per second a consumer may read.',
  },
  request_percentage: {
    entity: 'user-or-client',
    integer: false,
    doc: 'Share of one thread the requests of a client may take, in percent.',
  },
  controller_mutation_rate: {
    entity: 'user-or-client',
    integer: false,
    doc: 'Partitions per second a client may create or delete.',
  },
  connection_creation_rate: {
    entity: 'ip',
    integer: true,
    doc: 'Connections per second an address may open.',
  },
} as const satisfies Record<string, { entity: QuotaEntity; integer: boolean; doc: string }>;

export type QuotaKey = keyof typeof quotaTable;

export function isQuotaKey(key: string): key is QuotaKey {
  return Object.hasOwn(quotaTable, key);
}

/** The limit, or ConfigError when it is not a positive number or, for a byte rate, not a whole one. */
export function parseQuota(key: string, text: string): number {
  if (!isQuotaKey(key)) throw new ConfigError(key, text, 'a quota', `Invalid configuration key ${key}`);
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new ConfigError(key, text, 'a quota must be greater than 0', `Quota ${key} must be greater than 0`);
  }
  if (quotaTable[key].integer && !Number.isInteger(value)) {
    throw new ConfigError(key, text, 'a whole number', `Configuration ${key} must be a Long value`);
  }
  return value;
}
