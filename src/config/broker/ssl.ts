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
    doc: 'Whether clients must show a certificate: required, requested or none.',
  }),
  'ssl.principal.mapping.rules': string({
    default: 'DEFAULT',
    importance: 'low',
    doc: "Rules that shorten the distinguished name of a client's certificate to a user name: RULE:pattern/replacement/[LU] or DEFAULT.",
  }),
  'ssl.allow.dn.changes': boolean({
    default: false,
    importance: 'low',
    doc: 'Allows a renewed certificate to have another distinguished name.',
  }),
  'ssl.allow.san.changes': boolean({
    default: false,
    importance: 'low',
    doc: 'Allows a renewed certificate to have other host names.',
  }),
  'ssl.protocol': string({
    default: 'TLSv1.3',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'TLS version the negotiation starts from.',
  }),
  'ssl.provider': string({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: 'Java security provider for TLS.',
  }),
  'ssl.enabled.protocols': list({
    default: ['TLSv1.2', 'TLSv1.3'],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'TLS versions allowed.',
  }),
  'ssl.keystore.type': string({
    default: 'JKS',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Format of the key store: PKCS12, PEM or JKS.',
  }),
  'ssl.keystore.location': string({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: "File with the broker's key and certificate.",
  }),
  'ssl.keystore.password': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Password of the key store.',
  }),
  'ssl.key.password': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Password of the key in it.',
  }),
  'ssl.keystore.key': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'The private key itself, as PEM text (KIP-651).',
  }),
  'ssl.keystore.certificate.chain': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'The certificate chain itself, as PEM text.',
  }),
  'ssl.truststore.type': string({
    default: 'JKS',
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Format of the trust store: PKCS12, PEM or JKS.',
  }),
  'ssl.truststore.location': string({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: "File with the authorities that may sign clients' certificates.",
  }),
  'ssl.truststore.password': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Password of the trust store. Without it the certificates are read unchecked.',
  }),
  'ssl.truststore.certificates': password({
    default: null,
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'The authorities themselves, as PEM text.',
  }),
  'ssl.keymanager.algorithm': string({
    default: 'SunX509',
    importance: 'medium',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: 'Java algorithm of the key manager.',
  }),
  'ssl.trustmanager.algorithm': string({
    default: 'PKIX',
    importance: 'medium',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: 'Java algorithm of the trust manager.',
  }),
  'ssl.endpoint.identification.algorithm': string({
    default: 'https',
    importance: 'low',
    dynamic: 'per-broker',
    doc: 'https checks, as a client of other brokers, that a certificate names its host; empty skips the check.',
  }),
  'ssl.secure.random.implementation': string({
    default: null,
    importance: 'low',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: 'Java source of random numbers.',
  }),
  'ssl.cipher.suites': list({
    default: [],
    importance: 'medium',
    dynamic: 'per-broker',
    doc: 'Cipher suites allowed; empty, what the TLS library prefers.',
  }),
  'ssl.engine.factory.class': classes({
    default: null,
    importance: 'low',
    dynamic: 'per-broker',
    effect: 'accepted, no effect because Java classes cannot be loaded',
    doc: 'Java class that makes TLS engines.',
  }),
} as const;
