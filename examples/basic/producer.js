/** Sends a numbered greeting every second until Ctrl-C; every one is acknowledged by all in-sync replicas. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Kafka, logLevel } from 'kafkajs';

const brokers = (process.env.BOOTSTRAP ?? 'localhost:9092').split(',');
const kafka = new Kafka({ clientId: 'basic-producer', brokers, logLevel: logLevel.ERROR });
const count = Number(process.argv[2] ?? Infinity);

const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
let running = true;
process.once('SIGINT', () => (running = false));
for (let number = 0; running && number < count; number++) {
  const [sent] = await producer.send({
    topic: 'basic',
    acks: -1,
    messages: [{ key: String(number % 3), value: `greeting ${number}` }],
  });
  console.log(`greeting ${number} is at offset ${sent.baseOffset} of partition ${sent.partition}`);
  if (count === Infinity) await sleep(1000);
}
await producer.disconnect();
