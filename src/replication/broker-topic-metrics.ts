/**
 * Kafka's BrokerTopicMetrics, as far as replicas count them: for every topic and for all together. The meters of a
 * topic are looked up once and kept, because they are marked on every append and fetch; they go when its last
 * partition leaves this broker. What is sent to clients is counted where it is sent, in the server.
 */
import type { Meter, Metrics } from '../metrics/index.ts';

const NAMES = {
  messagesIn: 'MessagesInPerSec',
  bytesIn: 'BytesInPerSec',
  bytesRejected: 'BytesRejectedPerSec',
  totalProduceRequests: 'TotalProduceRequestsPerSec',
  failedProduceRequests: 'FailedProduceRequestsPerSec',
  totalFetchRequests: 'TotalFetchRequestsPerSec',
  failedFetchRequests: 'FailedFetchRequestsPerSec',
  produceMessageConversions: 'ProduceMessageConversionsPerSec',
  fetchMessageConversions: 'FetchMessageConversionsPerSec',
} as const;

type MeterName = keyof typeof NAMES;
type TopicMeters = Readonly<Record<MeterName, Meter>>;

const MBEAN = 'kafka.server:type=BrokerTopicMetrics,name=';

export class BrokerTopicMetrics {
  readonly #metrics: Metrics;
  readonly #all: TopicMeters;
  /** For all topics only: the bytes followers fetched from their leaders. */
  readonly #replicationBytesIn: Meter;
  readonly #reassignmentBytesIn: Meter;
  readonly #byTopic = new Map<string, TopicMeters>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#all = this.#meters();
    this.#replicationBytesIn = metrics.meter(`${MBEAN}ReplicationBytesInPerSec`);
    this.#reassignmentBytesIn = metrics.meter(`${MBEAN}ReassignmentBytesInPerSec`);
  }

  mark(name: MeterName, topic: string, count = 1): void {
    let ofTopic = this.#byTopic.get(topic);
    if (ofTopic === undefined) this.#byTopic.set(topic, (ofTopic = this.#meters(topic)));
    ofTopic[name].mark(count);
    this.#all[name].mark(count);
  }

  markReplicated(bytes: number, forReassignment: boolean): void {
    this.#replicationBytesIn.mark(bytes);
    if (forReassignment) this.#reassignmentBytesIn.mark(bytes);
  }

  /** The broker has no partition of the topic any more. */
  forget(topic: string): void {
    if (!this.#byTopic.delete(topic)) return;
    for (const name of Object.values(NAMES)) this.#metrics.remove(MBEAN + name, { topic });
  }

  #meters(topic?: string): TopicMeters {
    const tags = topic === undefined ? undefined : { topic };
    const meter = (name: MeterName): Meter => this.#metrics.meter(MBEAN + NAMES[name], tags);
    return {
      messagesIn: meter('messagesIn'),
      bytesIn: meter('bytesIn'),
      bytesRejected: meter('bytesRejected'),
      totalProduceRequests: meter('totalProduceRequests'),
      failedProduceRequests: meter('failedProduceRequests'),
      totalFetchRequests: meter('totalFetchRequests'),
      failedFetchRequests: meter('failedFetchRequests'),
      produceMessageConversions: meter('produceMessageConversions'),
      fetchMessageConversions: meter('fetchMessageConversions'),
    };
  }
}
