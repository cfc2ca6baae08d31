/**
 * How the broker reaches ZooKeeper and how long it may be silent before its session, and with it its membership, ends.
 */
import { boolean, int, list, password, string } from '../row.ts';

export const zookeeperRows = {
  'zookeeper.connect': string({
    default: null,
    importance: 'high',
    doc: 'The ZooKeeper servers as host:port,host:port, with an optional chroot at the end (host:port/kafka) below which the whole cluster lives. Required.',
  }),
  'zookeeper.session.timeout.ms': int({
    default: 18000,
    importance: 'high',
    doc: 'How long the broker may be silent before ZooKeeper ends its session, removes its registration, and the controller moves its leaders away.',
  }),
  'zookeeper.connection.timeout.ms': int({
    default: null,
    importance: 'high',
    fallback: ['zookeeper.session.timeout.ms'],
    doc: 'How long start-up waits for the first connection; unset, as long as the session timeout.',
  }),
  'zookeeper.set.acl': boolean({
    default: false,
    importance: 'high',
    doc: 'Writes znodes with access lists, so that only brokers can change them.',
  }),
  'zookeeper.max.in.flight.requests': int({
    default: 10,
    min: 1,
    importance: 'high',
    doc: 'Requests sent to ZooKeeper before the first of them is answered.',
  }),
  'zookeeper.ssl.client.enable': boolean({
    default: false,
    importance: 'medium',
    doc: 'Speaks TLS to ZooKeeper.',
  }),
  'zookeeper.clientCnxnSocket': string({
    default: null,
    importance: 'medium',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: "Java class of the ZooKeeper client's socket. Kafka asks for the Netty one with TLS.",
  }),
  'zookeeper.ssl.keystore.location': string({
    default: null,
    importance: 'medium',
    doc: 'Key store with the certificate shown to ZooKeeper.',
  }),
  'zookeeper.ssl.keystore.password': password({
    default: null,
    importance: 'medium',
    doc: 'Password of that key store.',
  }),
  'zookeeper.ssl.keystore.type': string({
    default: null,
    importance: 'medium',
    doc: 'Format of that key store; unset, told by its file name.',
  }),
  'zookeeper.ssl.truststore.location': string({
    default: null,
    importance: 'medium',
    doc: "Trust store with the authorities that may sign ZooKeeper's certificate.",
  }),
  'zookeeper.ssl.truststore.password': password({
    default: null,
    importance: 'medium',
    doc: 'Password of that trust store.',
  }),
  'zookeeper.ssl.truststore.type': string({
    default: null,
    importance: 'medium',
    doc: 'Format of that trust store; unset, told by its file name.',
  }),
  'zookeeper.ssl.protocol': string({
    default: 'TLSv1.2',
    importance: 'low',
    doc: 'TLS version the negotiation with ZooKeeper starts from.',
  }),
  'zookeeper.ssl.enabled.protocols': list({
    default: null,
    importance: 'low',
    doc: 'TLS versions allowed towards ZooKeeper; unset, just zookeeper.ssl.protocol.',
  }),
  'zookeeper.ssl.cipher.suites': list({
    default: null,
    importance: 'low',
    doc: 'Cipher suites allowed towards ZooKeeper; unset, what the TLS library prefers.',
  }),
  'zookeeper.ssl.endpoint.identification.algorithm': string({
    default: 'HTTPS',
    importance: 'low',
    doc: "HTTPS checks that ZooKeeper's certificate names its host; empty skips the check.",
  }),
  'zookeeper.ssl.crl.enable': boolean({
    default: false,
    importance: 'low',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: "Checks revocation lists for ZooKeeper's certificate.",
  }),
  'zookeeper.ssl.ocsp.enable': boolean({
    default: false,
    importance: 'low',
    effect: 'accepted, no effect because it configures the Java runtime',
    doc: "Asks an OCSP server about ZooKeeper's certificate.",
  }),
} as const;
