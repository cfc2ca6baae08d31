/**
 * What is measured, as a table. Sizes are such that one run takes a few seconds on two cores: long against a garbage
 * collection, short enough for many rounds.
 */
import type { Answer, Arguments } from './client.ts';
import { commits, rebalances, type StartLoad } from './group-loads.ts';

/** One run of a workload on one side. */
export interface Run {
  readonly answer: Answer;
  readonly seconds: number;
  /** Record values sent or received; what the protocol adds is not counted. */
  readonly bytes: number;
  /** All brokers of the side. */
  readonly cpuSeconds: number;
  /** The JVM and the bench itself: where they take a whole core, it is they who are measured. */
  readonly clientCpuSeconds: number;
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

interface MeasuredMetric extends Metric {
  /** The ratio to the original that is aimed at. */
  readonly target?: number;
  readonly of: (run: Run) => number;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** What the client does; undefined, and no load: nothing, and the brokers are watched while idle. */
  readonly command?: 'produce' | 'consume' | 'stream' | 'transactions';
  /** What the bench does itself; it gets ready once for all rounds, on a topic that stays. */
  readonly load?: StartLoad;
  readonly topic?: Arguments;
  /** Done once for each side, when the topic is to be read again and again. */
  readonly prepare?: Arguments & { readonly records: number };
  /** Counts and `seconds` are scaled down by --quick. */
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
const timePerRebalance: MeasuredMetric = {
  name: 'time',
  unit: 'ms',
  better: 'lower',
  target: 1,
  of: ({ answer, seconds }) => (1000 * seconds) / countOf(answer),
};
const cpuPerRebalance: MeasuredMetric = {
  name: 'broker CPU',
  unit: 'ms',
  better: 'lower',
  of: ({ answer, cpuSeconds }) => (1000 * cpuSeconds) / countOf(answer),
};
const rate: MeasuredMetric = {
  name: 'throughput',
  unit: '/s',
  better: 'higher',
  target: 1,
  of: ({ answer, seconds }) => countOf(answer) / seconds,
};
const cpuPerThousand: MeasuredMetric = {
  name: 'broker CPU',
  unit: 's per 1,000',
  better: 'lower',
  of: ({ answer, cpuSeconds }) => cpuSeconds / (countOf(answer) / 1000),
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

const NO_SLOWER = { target: 1 } as const;

function countOf({ count }: Answer): number {
  return count ?? NaN;
}

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
    name: 'groups-1000',
    title: '1,000 groups of three members rebalance at once',
    load: rebalances,
    topic: ON_ALL_BROKERS,
    args: { groups: 1000, members: 3, rebalances: 3 },
    metrics: [timePerRebalance, cpuPerRebalance],
  },
  {
    name: 'group-500',
    title: 'a group of 500 members rebalances',
    load: rebalances,
    topic: ON_ALL_BROKERS,
    args: { groups: 1, members: 500, rebalances: 15 },
    metrics: [timePerRebalance, cpuPerRebalance],
  },
  {
    name: 'commits',
    title: '60 consumers commit four offsets each, again and again',
    load: commits,
    topic: ON_ALL_BROKERS,
    args: { groups: 60, partitions: 4, commits: 20_000 },
    metrics: [rate, cpuPerThousand],
  },
  {
    name: 'transactions',
    title: '16 producers, one transaction of six records in six partitions after the other',
    command: 'transactions',
    topic: ON_ALL_BROKERS,
    args: { producers: 16, transactions: 2400, each: 6, size: 100, everyMs: 0 },
    metrics: [rate, cpuPerThousand],
  },
  {
    name: 'transaction-latency',
    title: '4 producers, 20 transactions of six records a second each',
    command: 'transactions',
    topic: ON_ALL_BROKERS,
    args: { producers: 4, transactions: 480, each: 6, size: 100, everyMs: 50 },
    metrics: [
      { ...medianLatency, name: 'commit, median', ...NO_SLOWER },
      { ...tailLatency, name: 'commit, 99 %', ...NO_SLOWER },
      cpuPerThousand,
    ],
  },
  {
    name: 'idle',
    title: 'three brokers, no clients',
    args: { seconds: 5 },
    metrics: [cpuShare],
  },
];
