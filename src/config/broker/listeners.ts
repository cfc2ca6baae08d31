/**
 * Sockets: where the broker listens, what it tells clients to connect to, and the limits on connections and requests.
 */
import { int, INT_MAX, long, string } from '../row.ts';

export const listenerRows = {
  'socket.connection.setup.timeout.ms': long({ default: 10000, importance: 'medium', doc: '' }),
  'socket.connection.setup.timeout.max.ms': long({ default: 30000, importance: 'medium', doc: '' }),
  listeners: string({ default: 'PLAINTEXT://:9092', importance: 'high', dynamic: 'per-broker', doc: '' }),
  'advertised.listeners': string({
    default: null,
    importance: 'high',
    dynamic: 'per-broker',
    fallback: ['listeners'],
    doc: '',
  }),
  'listener.security.protocol.map': string({
    default: 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    importance: 'low',
    dynamic: 'per-broker',
    doc: '',
  }),
  'control.plane.listener.name': string({ default: null, importance: 'high', doc: '' }),
  'socket.send.buffer.bytes': int({ default: 102400, importance: 'high', doc: '' }),
  'socket.receive.buffer.bytes': int({ default: 102400, importance: 'high', doc: '' }),
  'socket.request.max.bytes': int({ default: 104857600, min: 1, importance: 'high', doc: '' }),
  'socket.listen.backlog.size': int({ default: 50, min: 1, importance: 'medium', doc: '' }),
  'max.connections.per.ip': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'max.connections.per.ip.overrides': string({
    default: '',
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'max.connections': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'max.connection.creation.rate': int({
    default: INT_MAX,
    min: 0,
    importance: 'medium',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'connections.max.idle.ms': long({ default: 600000, importance: 'medium', doc: '' }),
  'connection.failed.authentication.delay.ms': int({ default: 100, min: 0, importance: 'low', doc: '' }),
  'queued.max.requests': int({ default: 500, min: 1, importance: 'high', doc: '' }),
  'queued.max.request.bytes': long({ default: -1, importance: 'medium', doc: '' }),
  'num.network.threads': int({ default: 3, min: 1, importance: 'high', dynamic: 'cluster-wide', doc: '' }),
  'security.inter.broker.protocol': string({
    default: 'PLAINTEXT',
    allowed: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    importance: 'medium',
    doc: '',
  }),
  'inter.broker.listener.name': string({ default: null, importance: 'medium', doc: '' }),
} as const;
