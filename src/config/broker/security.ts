/**
 * Who may do what: authorizer, principals, delegation tokens, and the secret that hides passwords stored in ZooKeeper.
 */
import { classes, int, long, password, string } from '../row.ts';

export const securityRows = {
  'authorizer.class.name': string({ default: '', importance: 'low', doc: '' }),
  'connections.max.reauth.ms': long({ default: 0, importance: 'medium', doc: '' }),
  'security.providers': string({ default: null, importance: 'low', doc: '' }),
  'principal.builder.class': classes({
    default: 'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: '',
  }),
  'delegation.token.master.key': password({ default: null, importance: 'medium', doc: '' }),
  'delegation.token.secret.key': password({
    default: null,
    importance: 'medium',
    fallback: ['delegation.token.master.key'],
    doc: '',
  }),
  'delegation.token.max.lifetime.ms': long({ default: 604800000, min: 1, importance: 'medium', doc: '' }),
  'delegation.token.expiry.time.ms': long({ default: 86400000, min: 1, importance: 'medium', doc: '' }),
  'delegation.token.expiry.check.interval.ms': long({ default: 3600000, min: 1, importance: 'low', doc: '' }),
  'password.encoder.secret': password({ default: null, importance: 'medium', doc: '' }),
  'password.encoder.old.secret': password({ default: null, importance: 'medium', doc: '' }),
  'password.encoder.keyfactory.algorithm': string({ default: null, importance: 'low', doc: '' }),
  'password.encoder.cipher.algorithm': string({
    default: 'AES/CBC/PKCS5Padding',
    importance: 'low',
    doc: '',
  }),
  'password.encoder.key.length': int({ default: 128, min: 8, importance: 'low', doc: '' }),
  'password.encoder.iterations': int({ default: 4096, min: 1024, importance: 'low', doc: '' }),
} as const;
