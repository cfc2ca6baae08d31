/**
 * The first thing `npm start` shows: a topic with as many replicas as there are brokers, three records produced and
 * consumed by kafkajs, a client that knows nothing of us.
 */
import { Kafka, logLevel, type Consumer, type Kafka as KafkaClient } from 'kafkajs';

import type { Cluster } from '../kit/index.ts';
import type { ToolIo } from './cli/index.ts';

const TOPIC = 'greetings';
const GREETINGS = ['hello', 'from a real ZooKeeper', 'and brokers in TypeScript'];
const PATIENCE_MS = 30_000;

export async function runDemo(cluster: Cluster, io: ToolIo): Promise<void> {
  const kafka = new Kafka({
    clientId: 'klassik-demo',
    brokers: cluster.bootstrap.split(','),
    logLevel: logLevel.NOTHING,
  });
  const replicationFactor = Math.min(3, cluster.brokerIds.length);
  await createTopic(kafka, replicationFactor);
  io.out(`created topic ${TOPIC}: 3 partitions, ${replicationFactor} replicas each\n`);

  const producer = kafka.producer();
  await producer.connect();
  const sent = await producer.send({
    topic: TOPIC,
    acks: -1,
    messages: GREETINGS.map((value) => ({ value })),
  });
  await producer.disconnect();
  for (const { partition, baseOffset } of sent)
    io.out(`produced to ${TOPIC}-${partition}, from offset ${baseOffset ?? '?'}\n`);

  await consume(kafka, io);
}

async function createTopic(kafka: KafkaClient, replicationFactor: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic: TOPIC, numPartitions: 3, replicationFactor }],
  });
  await admin.disconnect();
}

async function consume(kafka: KafkaClient, io: ToolIo): Promise<void> {
  const consumer: Consumer = kafka.consumer({ groupId: 'klassik-demo' });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the demo consumer saw nothing')), PATIENCE_MS);
    consumer
      .run({
        eachMessage: ({ partition, message }) => {
          io.out(
            `consumed from ${TOPIC}-${partition} at offset ${message.offset}: ${message.value?.toString() ?? ''}\n`,
          );
          seen += 1;
          if (seen === GREETINGS.length) {
            clearTimeout(timer);
            resolve();
          }
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
}
