/**
 * The broker itself: its identity, threads, and limits that belong to no other theme.
 */
import { boolean, classes, int, string } from '../row.ts';

export const generalRows = {
  'broker.id.generation.enable': boolean({
    default: true,
    importance: 'medium',
    doc: 'Lets a broker without broker.id take one from ZooKeeper, above reserved.broker.max.id.',
  }),
  'reserved.broker.max.id': int({
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Largest id that can be set by hand; generated ids begin above it.',
  }),
  'broker.id': int({
    default: -1,
    importance: 'high',
    doc: "The broker's number, unique in the cluster. -1 takes one from ZooKeeper. It is also in meta.properties of every log directory, and the two must agree.",
  }),
  'num.io.threads': int({
    default: 8,
    min: 1,
    importance: 'high',
    dynamic: 'cluster-wide',
    doc: 'Threads that serve requests in Kafka. Here one event loop does; the number sizes the pool for disk work.',
  }),
  'background.threads': int({
    default: 10,
    min: 1,
    importance: 'high',
    dynamic: 'cluster-wide',
    effect: 'accepted, no effect because one event loop serves all sockets and requests',
    doc: 'Threads for background work in Kafka.',
  }),
  'request.timeout.ms': int({
    default: 30000,
    importance: 'high',
    doc: 'How long the broker, as a client of other brokers, waits for an answer.',
  }),
  'broker.rack': string({
    default: null,
    importance: 'medium',
    doc: 'Where the broker stands. Replicas of a partition are spread over racks, and consumers can read from a replica of their own rack.',
  }),
  'delete.topic.enable': boolean({
    default: true,
    importance: 'high',
    doc: 'Allows topics to be deleted. When false, deletions are refused.',
  }),
  'max.incremental.fetch.session.cache.slots': int({
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Fetch sessions remembered at a time (KIP-227). Beyond that, the least useful one is dropped and its client sends full fetches.',
  }),
  'fetch.max.bytes': int({
    default: 57671680,
    min: 1024,
    importance: 'medium',
    doc: 'Most bytes one fetch answer carries. A single larger batch is still sent, so that consumers get on.',
  }),
  'auto.create.topics.enable': boolean({
    default: true,
    importance: 'high',
    doc: 'Creates a topic when a client asks about one that does not exist.',
  }),
  'create.topic.policy.class.name': classes({
    default: null,
    importance: 'low',
    doc: 'Path of a JavaScript module that may refuse new topics.',
  }),
  'alter.config.policy.class.name': classes({
    default: null,
    importance: 'low',
    doc: 'Path of a JavaScript module that may refuse configuration changes.',
  }),
} as const;
