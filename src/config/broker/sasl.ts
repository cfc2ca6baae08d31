/**
 * SASL: which mechanisms a listener offers and how each proves who the client is.
 */
import { classes, double, int, list, long, password, short, string } from '../row.ts';

export const saslRows = {
  'sasl.server.max.receive.size': int({ default: 524288, importance: 'medium', doc: '' }),
  'sasl.mechanism.inter.broker.protocol': string({
    default: 'GSSAPI',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.enabled.mechanisms': list({
    default: ['GSSAPI'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.server.callback.handler.class': classes({ default: null, importance: 'medium', doc: '' }),
  'sasl.kerberos.principal.to.local.rules': list({
    default: ['DEFAULT'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.jaas.config': password({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'sasl.client.callback.handler.class': classes({ default: null, importance: 'medium', doc: '' }),
  'sasl.login.class': classes({ default: null, importance: 'medium', doc: '' }),
  'sasl.login.callback.handler.class': classes({ default: null, importance: 'medium', doc: '' }),
  'sasl.kerberos.service.name': string({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.kerberos.kinit.cmd': string({
    default: '/usr/bin/kinit',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.kerberos.ticket.renew.window.factor': double({
    default: 0.8,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.kerberos.ticket.renew.jitter': double({
    default: 0.05,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.kerberos.min.time.before.relogin': long({
    default: 60000,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.login.refresh.window.factor': double({
    default: 0.8,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.login.refresh.window.jitter': double({
    default: 0.05,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.login.refresh.min.period.seconds': short({
    default: 60,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.login.refresh.buffer.seconds': short({
    default: 300,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'sasl.login.connect.timeout.ms': int({ default: null, importance: 'low', doc: '' }),
  'sasl.login.read.timeout.ms': int({ default: null, importance: 'low', doc: '' }),
  'sasl.login.retry.backoff.max.ms': long({ default: 10000, importance: 'low', doc: '' }),
  'sasl.login.retry.backoff.ms': long({ default: 100, importance: 'low', doc: '' }),
  'sasl.oauthbearer.scope.claim.name': string({ default: 'scope', importance: 'low', doc: '' }),
  'sasl.oauthbearer.sub.claim.name': string({ default: 'sub', importance: 'low', doc: '' }),
  'sasl.oauthbearer.token.endpoint.url': string({ default: null, importance: 'medium', doc: '' }),
  'sasl.oauthbearer.jwks.endpoint.url': string({ default: null, importance: 'medium', doc: '' }),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long({ default: 3600000, importance: 'low', doc: '' }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long({ default: 100, importance: 'low', doc: '' }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long({ default: 10000, importance: 'low', doc: '' }),
  'sasl.oauthbearer.clock.skew.seconds': int({ default: 30, importance: 'low', doc: '' }),
  'sasl.oauthbearer.expected.audience': list({ default: null, importance: 'low', doc: '' }),
  'sasl.oauthbearer.expected.issuer': string({ default: null, importance: 'low', doc: '' }),
} as const;
