/**
 * How the broker reaches ZooKeeper and how long it may be silent before its session, and with it its membership, ends.
 */
import { boolean, int, list, password, string } from '../row.ts';

export const zookeeperRows = {
  'zookeeper.connect': string({ default: null, importance: 'high', doc: '' }),
  'zookeeper.session.timeout.ms': int({ default: 18000, importance: 'high', doc: '' }),
  'zookeeper.connection.timeout.ms': int({
    default: null,
    importance: 'high',
    fallback: ['zookeeper.session.timeout.ms'],
    doc: '',
  }),
  'zookeeper.set.acl': boolean({ default: false, importance: 'high', doc: '' }),
  'zookeeper.max.in.flight.requests': int({ default: 10, min: 1, importance: 'high', doc: '' }),
  'zookeeper.ssl.client.enable': boolean({ default: false, importance: 'medium', doc: '' }),
  'zookeeper.clientCnxnSocket': string({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.keystore.location': string({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.keystore.password': password({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.keystore.type': string({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.truststore.location': string({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.truststore.password': password({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.truststore.type': string({ default: null, importance: 'medium', doc: '' }),
  'zookeeper.ssl.protocol': string({ default: 'TLSv1.2', importance: 'low', doc: '' }),
  'zookeeper.ssl.enabled.protocols': list({ default: null, importance: 'low', doc: '' }),
  'zookeeper.ssl.cipher.suites': list({ default: null, importance: 'low', doc: '' }),
  'zookeeper.ssl.endpoint.identification.algorithm': string({ default: 'HTTPS', importance: 'low', doc: '' }),
  'zookeeper.ssl.crl.enable': boolean({ default: false, importance: 'low', doc: '' }),
  'zookeeper.ssl.ocsp.enable': boolean({ default: false, importance: 'low', doc: '' }),
} as const;
