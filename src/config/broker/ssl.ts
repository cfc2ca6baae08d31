/**
 * TLS of the listeners. All of it can change per broker while it runs: a certificate is renewed without a restart.
 */
import { boolean, classes, list, password, string } from '../row.ts';

export const sslRows = {
  'ssl.client.auth': string({
    default: 'none',
    allowed: ['required', 'requested', 'none'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.principal.mapping.rules': string({ default: 'DEFAULT', importance: 'low', doc: '' }),
  'ssl.allow.dn.changes': boolean({ default: false, importance: 'low', doc: '' }),
  'ssl.allow.san.changes': boolean({ default: false, importance: 'low', doc: '' }),
  'ssl.protocol': string({ default: 'TLSv1.3', importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.provider': string({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.enabled.protocols': list({
    default: ['TLSv1.2', 'TLSv1.3'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.keystore.type': string({ default: 'JKS', importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.keystore.location': string({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.keystore.password': password({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.key.password': password({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.keystore.key': password({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.keystore.certificate.chain': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.truststore.type': string({ default: 'JKS', importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.truststore.location': string({ default: null, importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.truststore.password': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.truststore.certificates': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.keymanager.algorithm': string({
    default: 'SunX509',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.trustmanager.algorithm': string({
    default: 'PKIX',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.endpoint.identification.algorithm': string({
    default: 'https',
    importance: 'low',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.secure.random.implementation': string({
    default: null,
    importance: 'low',
    dynamic: 'per-broker',
    doc: '',
  }),
  'ssl.cipher.suites': list({ default: [], importance: 'medium', dynamic: 'per-broker', doc: '' }),
  'ssl.engine.factory.class': classes({ default: null, importance: 'low', dynamic: 'per-broker', doc: '' }),
} as const;
