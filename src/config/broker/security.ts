/**
 * Who may do what: authorizer, principals, delegation tokens, and the secret that hides passwords stored in ZooKeeper.
 */
import { classes, int, long, password, string } from '../row.ts';

export const securityRows = {
  'authorizer.class.name': string({
    default: '',
    importance: 'low',
    doc: 'The authorizer. kafka.security.authorizer.AclAuthorizer keeps its rules in ZooKeeper; empty lets everyone do everything.',
  }),
  'connections.max.reauth.ms': long({
    default: 0,
    importance: 'medium',
    doc: 'How long a SASL session lasts before the client must authenticate again (KIP-368); 0 never asks.',
  }),
  'security.providers': string({
    default: null,
    importance: 'low',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: 'Java security providers.',
  }),
  'principal.builder.class': classes({
    default: 'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    importance: 'medium',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: "Turns a connection's credentials into a principal. The built-in one takes the TLS subject or the SASL user.",
  }),
  'delegation.token.master.key': password({
    default: null,
    importance: 'medium',
    doc: 'Old name of delegation.token.secret.key.',
  }),
  'delegation.token.secret.key': password({
    default: null,
    importance: 'medium',
    fallback: ['delegation.token.master.key'],
    doc: 'Secret that signs delegation tokens; the same on every broker. Unset, there are no tokens.',
  }),
  'delegation.token.max.lifetime.ms': long({
    default: 604800000,
    min: 1,
    importance: 'medium',
    doc: 'How long a token can be renewed at most.',
  }),
  'delegation.token.expiry.time.ms': long({
    default: 86400000,
    min: 1,
    importance: 'medium',
    doc: 'How long a token is valid before it must be renewed.',
  }),
  'delegation.token.expiry.check.interval.ms': long({
    default: 3600000,
    min: 1,
    importance: 'low',
    doc: 'How often expired tokens are removed.',
  }),
  'password.encoder.secret': password({
    default: null,
    importance: 'medium',
    doc: 'Secret that encrypts passwords set dynamically, which are stored in ZooKeeper.',
  }),
  'password.encoder.old.secret': password({
    default: null,
    importance: 'medium',
    doc: 'The secret before, during a change of secret.',
  }),
  'password.encoder.keyfactory.algorithm': string({
    default: null,
    importance: 'low',
    doc: 'How the key is derived from the secret; unset, PBKDF2WithHmacSHA512.',
  }),
  'password.encoder.cipher.algorithm': string({
    default: 'AES/CBC/PKCS5Padding',
    importance: 'low',
    doc: 'Cipher for those passwords.',
  }),
  'password.encoder.key.length': int({ default: 128, min: 8, importance: 'low', doc: 'Bits of the key.' }),
  'password.encoder.iterations': int({
    default: 4096,
    min: 1024,
    importance: 'low',
    doc: 'Rounds of deriving the key.',
  }),
} as const;
