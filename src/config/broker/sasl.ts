/**
 * SASL: which mechanisms a listener offers and how each proves who the client is.
 */
import { classes, double, int, list, long, password, short, string } from '../row.ts';

export const saslRows = {
  'sasl.server.max.receive.size': int({
    default: 524288,
    importance: 'medium',
    doc: 'Largest SASL message of a client that is not authenticated yet.',
  }),
  'sasl.mechanism.inter.broker.protocol': string({
    default: 'GSSAPI',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'SASL mechanism brokers use among themselves.',
  }),
  'sasl.enabled.mechanisms': list({
    default: ['GSSAPI'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'SASL mechanisms offered to clients.',
  }),
  'sasl.server.callback.handler.class': classes({
    default: null,
    importance: 'medium',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java class that checks credentials on the broker, per listener and mechanism.',
  }),
  'sasl.kerberos.principal.to.local.rules': list({
    default: ['DEFAULT'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Rules that shorten a Kerberos principal to a user name.',
  }),
  'sasl.jaas.config': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Login module with its options, in JAAS syntax. On brokers with the prefix listener.name.<listener>.<mechanism>.',
  }),
  'sasl.client.callback.handler.class': classes({
    default: null,
    importance: 'medium',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java class that supplies credentials.',
  }),
  'sasl.login.class': classes({
    default: null,
    importance: 'medium',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java class that logs in.',
  }),
  'sasl.login.callback.handler.class': classes({
    default: null,
    importance: 'medium',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java class that supplies credentials for the login.',
  }),
  'sasl.kerberos.service.name': string({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Kerberos name the brokers run under.',
  }),
  'sasl.kerberos.kinit.cmd': string({
    default: '/usr/bin/kinit',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'The kinit program.',
  }),
  'sasl.kerberos.ticket.renew.window.factor': double({
    default: 0.8,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: "Share of a ticket's life after which it is renewed.",
  }),
  'sasl.kerberos.ticket.renew.jitter': double({
    default: 0.05,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Random share added to that.',
  }),
  'sasl.kerberos.min.time.before.relogin': long({
    default: 60000,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Shortest time between two renewals.',
  }),
  'sasl.login.refresh.window.factor': double({
    default: 0.8,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: "Share of an OAuth token's life after which a new one is fetched.",
  }),
  'sasl.login.refresh.window.jitter': double({
    default: 0.05,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Random share added to that.',
  }),
  'sasl.login.refresh.min.period.seconds': short({
    default: 60,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Shortest time before a token is renewed.',
  }),
  'sasl.login.refresh.buffer.seconds': short({
    default: 300,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Time kept in reserve before a token expires.',
  }),
  'sasl.login.connect.timeout.ms': int({
    default: null,
    importance: 'low',
    doc: 'How long the connection to the token server may take.',
  }),
  'sasl.login.read.timeout.ms': int({
    default: null,
    importance: 'low',
    doc: 'How long the token server may take to answer.',
  }),
  'sasl.login.retry.backoff.max.ms': long({
    default: 10000,
    importance: 'low',
    doc: 'Longest wait before the token server is asked again.',
  }),
  'sasl.login.retry.backoff.ms': long({
    default: 100,
    importance: 'low',
    doc: 'First wait before the token server is asked again.',
  }),
  'sasl.oauthbearer.scope.claim.name': string({
    default: 'scope',
    importance: 'low',
    doc: 'Claim that holds the scope of an OAuth token.',
  }),
  'sasl.oauthbearer.sub.claim.name': string({
    default: 'sub',
    importance: 'low',
    doc: 'Claim that holds the subject of an OAuth token.',
  }),
  'sasl.oauthbearer.token.endpoint.url': string({
    default: null,
    importance: 'medium',
    doc: 'Address of the token server.',
  }),
  'sasl.oauthbearer.jwks.endpoint.url': string({
    default: null,
    importance: 'medium',
    doc: 'Address of the keys that sign tokens.',
  }),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long({
    default: 3600000,
    importance: 'low',
    doc: 'How often those keys are fetched again.',
  }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long({
    default: 100,
    importance: 'low',
    doc: 'First wait before the keys are fetched again after a failure.',
  }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long({
    default: 10000,
    importance: 'low',
    doc: 'Longest wait after failures.',
  }),
  'sasl.oauthbearer.clock.skew.seconds': int({
    default: 30,
    importance: 'low',
    doc: 'How far the clocks of token server and broker may be apart.',
  }),
  'sasl.oauthbearer.expected.audience': list({
    default: null,
    importance: 'low',
    doc: 'Audiences a token may be for; unset, any.',
  }),
  'sasl.oauthbearer.expected.issuer': string({
    default: null,
    importance: 'low',
    doc: 'Who must have issued a token; unset, anyone.',
  }),
} as const;
