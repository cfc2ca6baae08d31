/** Prints greetings as a member of the group "basic" until Ctrl-C; start it twice to see the partitions shared out. */
import { Kafka, logLevel } from 'kafkajs';

const brokers = (process.env.BOOTSTRAP ?? 'localhost:9092').split(',');
const kafka = new Kafka({ clientId: 'basic-consumer', brokers, logLevel: logLevel.ERROR });
const count = Number(process.argv[2] ?? Infinity);

const consumer = kafka.consumer({ groupId: 'basic' });
await consumer.connect();
await consumer.subscribe({ topic: 'basic', fromBeginning: true });
let seen = 0;
const stop = async () => {
  await consumer.disconnect();
  process.exit(0);
};
process.once('SIGINT', stop);
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    console.log(`partition ${partition}, offset ${message.offset}: ${message.value}`);
    seen += 1;
    // Not awaited: the consumer cannot stop before this handler has returned.
    if (seen === count) void stop();
  },
});
