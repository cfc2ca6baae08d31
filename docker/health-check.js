/**
 * The image's health check: asks the broker at host:port for the cluster's metadata and is content when the answer
 * lists at least one live broker. A broker that listens but has not yet heard from the controller answers with none.
 *
 * kafka-broker-api-versions would ask every broker of the cluster, so that one that hangs makes all look unhealthy; this
 * asks one. It has no dependencies and ends within its timeout. The 24 bytes are Metadata v1 for no topic: api key 3,
 * version 1, correlation id 0, client id "health", an empty array of topics, behind the frame's length.
 */
import { createConnection } from 'node:net';

const TIMEOUT_MS = 5_000;
const REQUEST = Buffer.concat([
  Buffer.from([0, 0, 0, 20, 0, 3, 0, 1, 0, 0, 0, 0, 0, 6]),
  Buffer.from('health'),
  Buffer.from([0, 0, 0, 0]),
]);
/** After the answer's length and its correlation id: the number of brokers. */
const BROKERS_AT = 8;

const [, host = 'localhost', port = '9092'] = /^(.*):(\d+)$/.exec(process.argv[2] ?? 'localhost:9092') ?? [];

function unhealthy(reason) {
  console.error(`${host}:${port}: ${reason}`);
  process.exit(1);
}

let answer = Buffer.alloc(0);
const socket = createConnection({ host, port: Number(port) }, () => socket.write(REQUEST));
socket.setTimeout(TIMEOUT_MS, () => unhealthy(`no answer within ${TIMEOUT_MS} ms`));
socket.on('error', (error) => unhealthy(error.message));
socket.on('close', () => unhealthy('closed the connection'));
socket.on('data', (chunk) => {
  answer = Buffer.concat([answer, chunk]);
  if (answer.length < BROKERS_AT + 4) return;
  const brokers = answer.readInt32BE(BROKERS_AT);
  if (brokers < 1) unhealthy('has not heard from the controller yet');
  console.log(`${host}:${port}: ${brokers} live brokers`);
  process.exit(0);
});
