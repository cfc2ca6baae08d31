/**
 * What is measured, as a table. Sizes are such that one run takes a few seconds on two cores: long against a garbage
 * collection, short enough for many rounds.
 */
import type { Answer, Arguments } from './client.ts';

/** One run of a workload on one side. */
export interface Run {
  readonly answer: Answer;
  readonly seconds: number;
  /** Record values sent or received; what the protocol adds is not counted. */
  readonly bytes: number;
  /** All brokers of the side. */
  readonly cpuSeconds: number;
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

interface MeasuredMetric extends Metric {
  readonly of: (run: Run) => number;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** What the client does; undefined: nothing, and the brokers are watched while idle. */
  readonly command?: 'produce' | 'consume' | 'stream';
  readonly topic?: Arguments;
  /** Done once for each side, when the topic is to be read again and again. */
  readonly prepare?: Arguments & { readonly records: number };
  /** `records` and `seconds` are scaled down by --quick. */
  readonly args: Arguments;
  readonly metrics: readonly MeasuredMetric[];
}

const KILOBYTE = 1000;

/** One broker does all the work, so this is what a broker takes and gives. */
const ON_ONE_BROKER = { partitions: 4, broker: 0 };
/** Leaders on all three brokers, each follows the others. */
const ON_ALL_BROKERS = { partitions: 6, replicas: 3 };

const throughput: MeasuredMetric = {
  name: 'throughput',
  unit: 'MB/s',
  better: 'higher',
  of: ({ bytes, seconds }) => bytes / seconds / 1e6,
};
const cpuPerGigabyte: MeasuredMetric = {
  name: 'broker CPU',
  unit: 's/GB',
  better: 'lower',
  of: ({ bytes, cpuSeconds }) => cpuSeconds / (bytes / 1e9),
};
const cpuShare: MeasuredMetric = {
  name: 'broker CPU',
  unit: '% of a core',
  better: 'lower',
  of: ({ cpuSeconds, seconds }) => (100 * cpuSeconds) / seconds,
};
const medianLatency: MeasuredMetric = {
  name: 'latency, median',
  unit: 'ms',
  better: 'lower',
  of: ({ answer }) => answer.p50Ms ?? NaN,
};
const tailLatency: MeasuredMetric = {
  name: 'latency, 99 %',
  unit: 'ms',
  better: 'lower',
  of: ({ answer }) => answer.p99Ms ?? NaN,
};

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'produce-1kb',
    title: 'produce 1 KB, one replica, acks=1',
    command: 'produce',
    topic: ON_ONE_BROKER,
    args: { records: 300_000, size: KILOBYTE, acks: 1 },
    metrics: [throughput, cpuPerGigabyte],
  },
  {
    name: 'produce-100b',
    title: 'produce 100 B, one replica, acks=1',
    command: 'produce',
    topic: ON_ONE_BROKER,
    args: { records: 1_500_000, size: 100, acks: 1 },
    metrics: [throughput, cpuPerGigabyte],
  },
  {
    name: 'produce-1kb-replicated',
    title: 'produce 1 KB, three replicas, acks=all',
    command: 'produce',
    topic: ON_ALL_BROKERS,
    args: { records: 100_000, size: KILOBYTE, acks: 'all' },
    metrics: [throughput, cpuPerGigabyte],
  },
  {
    name: 'produce-100b-replicated',
    title: 'produce 100 B, three replicas, acks=all',
    command: 'produce',
    topic: ON_ALL_BROKERS,
    args: { records: 500_000, size: 100, acks: 'all' },
    metrics: [throughput, cpuPerGigabyte],
  },
  {
    name: 'catch-up',
    title: 'read a log of 1 KB records from its start',
    command: 'consume',
    topic: ON_ONE_BROKER,
    prepare: { records: 500_000, size: KILOBYTE, acks: 1 },
    args: { records: 500_000, size: KILOBYTE },
    metrics: [throughput, cpuPerGigabyte],
  },
  {
    name: 'tail',
    title: '20,000 records of 1 KB a second, consumed as they come',
    command: 'stream',
    topic: ON_ONE_BROKER,
    args: { seconds: 6, rate: 20_000, size: KILOBYTE, acks: 1 },
    metrics: [cpuPerGigabyte, medianLatency, tailLatency],
  },
  {
    name: 'latency',
    title: '1,000 records of 1 KB a second, one replica, acks=1',
    command: 'stream',
    topic: ON_ONE_BROKER,
    args: { seconds: 8, rate: 1000, size: KILOBYTE, acks: 1 },
    metrics: [medianLatency, tailLatency, cpuShare],
  },
  {
    name: 'latency-replicated',
    title: '1,000 records of 1 KB a second, three replicas, acks=all',
    command: 'stream',
    topic: ON_ALL_BROKERS,
    args: { seconds: 8, rate: 1000, size: KILOBYTE, acks: 'all' },
    metrics: [medianLatency, tailLatency, cpuShare],
  },
  {
    name: 'idle',
    title: 'three brokers, no clients',
    args: { seconds: 5 },
    metrics: [cpuShare],
  },
];
