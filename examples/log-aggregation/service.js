/**
 * A service with several instances, each of which sends the lines it logs, numbered, keyed by instance: so the lines of an
 * instance stay in order. What an instance has been told to be stored (`acks=all`) it tells whoever started it.
 *
 *     node examples/log-aggregation/service.js HOST:PORT,... SERVICE INSTANCES LINES
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { beChild } from '../lib/child.js';
import { topicOf } from './names.js';

const LINES_PER_SEND = 20;
const PAUSE_MS = 40;

const { kafka, args, tell } = beChild('service');
const [service, instances, lines] = args;

await Promise.all(Array.from({ length: Number(instances) }, (_, index) => runInstance(index)));
process.exit(0);

async function runInstance(index) {
  // A process that is started again is another instance: nobody knows what its predecessor has said last.
  const instance = `${service}-${index}-${randomUUID().slice(0, 4)}`;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let number = 0; number < Number(lines); number += LINES_PER_SEND) {
    const count = Math.min(LINES_PER_SEND, Number(lines) - number);
    const messages = Array.from({ length: count }, (_, offset) => line(instance, number + offset));
    await producer.send({ topic: topicOf(service), acks: -1, messages });
    tell({ instance, stored: number + count });
    await sleep(PAUSE_MS);
  }
  await producer.disconnect();
}

function line(instance, number) {
  const level = Math.random() < 0.01 ? 'ERROR' : 'INFO';
  const text =
    level === 'ERROR' ? 'something went wrong that should not' : 'a request was served as it should be';
  return { key: instance, value: JSON.stringify({ instance, number, level, text }) };
}
