/**
 * Quota windows and metrics: over how long a rate is measured and who is told about it.
 */
import { boolean, classes, int, list, long, string } from '../row.ts';

export const quotaAndMetricRows = {
  'metrics.num.samples': int({ default: 2, min: 1, importance: 'low', doc: '' }),
  'metrics.sample.window.ms': long({ default: 30000, min: 1, importance: 'low', doc: '' }),
  'metric.reporters': list({ default: [], importance: 'low', dynamic: 'cluster-wide', doc: '' }),
  'metrics.recording.level': string({ default: 'INFO', importance: 'low', doc: '' }),
  'auto.include.jmx.reporter': boolean({ default: true, importance: 'low', doc: '' }),
  'kafka.metrics.reporters': list({ default: [], importance: 'low', doc: '' }),
  'kafka.metrics.polling.interval.secs': int({ default: 10, min: 1, importance: 'low', doc: '' }),
  'quota.window.num': int({ default: 11, min: 1, importance: 'low', doc: '' }),
  'replication.quota.window.num': int({ default: 11, min: 1, importance: 'low', doc: '' }),
  'alter.log.dirs.replication.quota.window.num': int({ default: 11, min: 1, importance: 'low', doc: '' }),
  'controller.quota.window.num': int({ default: 11, min: 1, importance: 'low', doc: '' }),
  'quota.window.size.seconds': int({ default: 1, min: 1, importance: 'low', doc: '' }),
  'replication.quota.window.size.seconds': int({ default: 1, min: 1, importance: 'low', doc: '' }),
  'alter.log.dirs.replication.quota.window.size.seconds': int({
    default: 1,
    min: 1,
    importance: 'low',
    doc: '',
  }),
  'controller.quota.window.size.seconds': int({ default: 1, min: 1, importance: 'low', doc: '' }),
  'client.quota.callback.class': classes({ default: null, importance: 'low', doc: '' }),
} as const;
