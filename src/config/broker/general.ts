/**
 * The broker itself: its identity, threads, and limits that belong to no other theme.
 */
import { boolean, classes, int, string } from '../row.ts';

export const generalRows = {
  'broker.id.generation.enable': boolean({ default: true, importance: 'medium', doc: '' }),
  'reserved.broker.max.id': int({ default: 1000, min: 0, importance: 'medium', doc: '' }),
  'broker.id': int({ default: -1, importance: 'high', doc: '' }),
  'num.io.threads': int({ default: 8, min: 1, importance: 'high', dynamic: 'cluster-wide', doc: '' }),
  'background.threads': int({ default: 10, min: 1, importance: 'high', dynamic: 'cluster-wide', doc: '' }),
  'request.timeout.ms': int({ default: 30000, importance: 'high', doc: '' }),
  'broker.rack': string({ default: null, importance: 'medium', doc: '' }),
  'delete.topic.enable': boolean({ default: true, importance: 'high', doc: '' }),
  'max.incremental.fetch.session.cache.slots': int({ default: 1000, min: 0, importance: 'medium', doc: '' }),
  'fetch.max.bytes': int({ default: 57671680, min: 1024, importance: 'medium', doc: '' }),
  'auto.create.topics.enable': boolean({ default: true, importance: 'high', doc: '' }),
  'create.topic.policy.class.name': classes({ default: null, importance: 'low', doc: '' }),
  'alter.config.policy.class.name': classes({ default: null, importance: 'low', doc: '' }),
} as const;
