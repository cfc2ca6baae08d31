/**
 * Quota windows and metrics: over how long a rate is measured and who is told about it.
 */
import { boolean, classes, int, list, long, string } from '../row.ts';

export const quotaAndMetricRows = {
  'metrics.num.samples': int({
    default: 2,
    min: 1,
    importance: 'low',
    doc: 'Samples a rate is computed from.',
  }),
  'metrics.sample.window.ms': long({
    default: 30000,
    min: 1,
    importance: 'low',
    doc: 'Length of one sample.',
  }),
  'metric.reporters': list({
    default: [],
    importance: 'low',
    dynamic: 'cluster-wide',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java classes that are told about metrics.',
  }),
  'metrics.recording.level': string({
    default: 'INFO',
    importance: 'low',
    doc: 'How detailed metrics are recorded: INFO, DEBUG or TRACE.',
  }),
  'auto.include.jmx.reporter': boolean({
    default: true,
    importance: 'low',
    effect: 'accepted, no effect because metrics are served over HTTP, not JMX',
    doc: 'Adds the JMX reporter to metric.reporters.',
  }),
  'kafka.metrics.reporters': list({
    default: [],
    importance: 'low',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java classes that are told about the older kind of metrics.',
  }),
  'kafka.metrics.polling.interval.secs': int({
    default: 10,
    min: 1,
    importance: 'low',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'How often they are told.',
  }),
  'quota.window.num': int({ default: 11, min: 1, importance: 'low', doc: 'Samples kept for client quotas.' }),
  'replication.quota.window.num': int({
    default: 11,
    min: 1,
    importance: 'low',
    doc: 'Samples kept for replication quotas.',
  }),
  'alter.log.dirs.replication.quota.window.num': int({
    default: 11,
    min: 1,
    importance: 'low',
    doc: 'Samples kept for the quota of moves between log directories.',
  }),
  'controller.quota.window.num': int({
    default: 11,
    min: 1,
    importance: 'low',
    doc: 'Samples kept for the quota of topic creations and deletions.',
  }),
  'quota.window.size.seconds': int({
    default: 1,
    min: 1,
    importance: 'low',
    doc: 'Length of one sample of client quotas.',
  }),
  'replication.quota.window.size.seconds': int({
    default: 1,
    min: 1,
    importance: 'low',
    doc: 'Length of one sample of replication quotas.',
  }),
  'alter.log.dirs.replication.quota.window.size.seconds': int({
    default: 1,
    min: 1,
    importance: 'low',
    doc: 'Length of one sample of the quota of moves between log directories.',
  }),
  'controller.quota.window.size.seconds': int({
    default: 1,
    min: 1,
    importance: 'low',
    doc: 'Length of one sample of the quota of topic creations and deletions.',
  }),
  'client.quota.callback.class': classes({
    default: null,
    importance: 'low',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Plugin that decides client quotas.',
  }),
} as const;
