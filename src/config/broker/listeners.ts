/**
 * Sockets: where the broker listens, what it tells clients to connect to, and the limits on connections and requests.
 */
import { int, INT_MAX, long, string } from '../row.ts';

export const listenerRows = {
  'socket.connection.setup.timeout.ms': long({
    default: 10000,
    importance: 'medium',
    doc: 'How long a connection to another broker may take to open, at first.',
  }),
  'socket.connection.setup.timeout.max.ms': long({
    default: 30000,
    importance: 'medium',
    doc: 'How long a connection may take to open after repeated failures; the time doubles up to here.',
  }),
  listeners: string({
    default: 'PLAINTEXT://:9092',
    importance: 'high',
    dynamic: 'per-broker',
    doc: 'Where the broker listens: NAME://host:port, several with commas. An empty host is every interface, port 0 is one the system picks. Names are mapped to protocols by listener.security.protocol.map.',
  }),
  'advertised.listeners': string({
    default: null,
    importance: 'high',
    dynamic: 'per-broker',
    fallback: ['listeners'],
    doc: 'What clients and other brokers are told to connect to. Unset, the same as listeners; 0.0.0.0 is refused, because nobody can connect to it.',
  }),
  'listener.security.protocol.map': string({
    default: 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    importance: 'low',
    dynamic: 'per-broker',
    doc: 'Security protocol of each listener name. Listeners with names of their own must be added here.',
  }),
  'control.plane.listener.name': string({
    default: null,
    importance: 'high',
    doc: "A listener of its own for the controller's requests, so that they do not queue behind clients.",
  }),
  'socket.send.buffer.bytes': int({
    default: 102400,
    importance: 'high',
    effect: 'accepted, no effect because Node leaves socket buffers to the system',
    doc: 'SO_SNDBUF of server sockets; -1 leaves it to the system.',
  }),
  'socket.receive.buffer.bytes': int({
    default: 102400,
    importance: 'high',
    effect: 'accepted, no effect because Node leaves socket buffers to the system',
    doc: 'SO_RCVBUF of server sockets; -1 leaves it to the system.',
  }),
  'socket.request.max.bytes': int({
    default: 104857600,
    min: 1,
    importance: 'high',
    doc: 'Largest request. A longer one closes the connection before it is read into memory.',
  }),
  'socket.listen.backlog.size': int({
    default: 50,
    min: 1,
    importance: 'medium',
    doc: 'Connections that may wait to be accepted.',
  }),
  'max.connections.per.ip': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: 'Connections one address may have open; 0 allows only the addresses of the overrides.',
  }),
  'max.connections.per.ip.overrides': string({
    default: '',
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: 'Limits for single addresses or names, as host:count,host:count.',
  }),
  'max.connections': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: 'Connections the broker may have open. At the limit, a new one on the inter-broker listener closes an idle one elsewhere; others wait.',
  }),
  'max.connection.creation.rate': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: 'New connections per second. Beyond it the broker accepts more slowly.',
  }),
  'connections.max.idle.ms': long({
    default: 600000,
    importance: 'medium',
    doc: 'A connection without traffic for so long is closed.',
  }),
  'connection.failed.authentication.delay.ms': int({
    default: 100,
    min: 0,
    importance: 'low',
    doc: 'Wait before a connection whose authentication failed is closed, to slow down guessing.',
  }),
  'queued.max.requests': int({
    default: 500,
    min: 1,
    importance: 'high',
    doc: 'Requests that may wait to be served before the broker stops reading from sockets.',
  }),
  'queued.max.request.bytes': long({
    default: -1,
    importance: 'medium',
    doc: 'Bytes of requests that may wait before the broker stops reading; -1 sets no limit.',
  }),
  'num.network.threads': int({
    default: 3,
    min: 1,
    importance: 'high',
    dynamic: 'cluster-wide',
    effect: 'accepted, no effect because one event loop serves all sockets and requests',
    doc: 'Threads that read and write sockets in Kafka.',
  }),
  'security.inter.broker.protocol': string({
    default: 'PLAINTEXT',
    allowed: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    importance: 'medium',
    doc: 'Security protocol between brokers. Not together with inter.broker.listener.name.',
  }),
  'inter.broker.listener.name': string({
    default: null,
    importance: 'medium',
    doc: 'Listener brokers use among themselves; unset, the one named like security.inter.broker.protocol.',
  }),
} as const;
