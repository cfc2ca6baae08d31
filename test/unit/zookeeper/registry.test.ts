import { describe, expect, test } from '@jest/globals';
import { registry, ZnodeFormatError } from '../../../src/zookeeper/index.ts';

const { cluster, entities, topicZnodes } = registry;

interface AnyRow {
  readonly pattern: string;
  readonly example?: unknown;
  encode(value: never): Buffer | null;
  decode(data: Buffer | null): unknown;
}
const parts: readonly Readonly<Record<string, AnyRow>>[] = [cluster, entities, topicZnodes];
const rows: AnyRow[] = parts.flatMap((part) => Object.values(part));

/** Each row's example as bytes that an original 3.9.1 cluster was seen to hold, or that its source defines. */
const BYTES: Readonly<Record<string, string>> = {
  '/brokers/ids/:id':
    '{"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT","SASL_PLAINTEXT":"SASL_PLAINTEXT"},' +
    '"endpoints":["PLAINTEXT://127.0.0.1:19092","SASL_PLAINTEXT://127.0.0.1:19192"],"rack":"r0","jmx_port":19292,' +
    '"port":19092,"host":"127.0.0.1","version":5,"timestamp":"1795311091924"}',
  '/brokers/topics/:topic':
    '{"partitions":{"0":[0,2],"1":[1,0]},"topic_id":"0Fj30e_lQTGCvDNaYSArug","adding_replicas":{},' +
    '"removing_replicas":{},"version":3}',
  '/brokers/topics/:topic/partitions/:partition/state':
    '{"controller_epoch":1,"leader":0,"version":1,"leader_epoch":0,"isr":[0,2]}',
  '/cluster/id': '{"version":"1","id":"IGe2t0pTSaiCjFvr7qbvFw"}',
  '/controller': '{"version":2,"brokerid":0,"timestamp":"1795311096104","kraftControllerEpoch":-1}',
  '/controller_epoch': '1',
  '/feature': '{"features":{},"version":2,"status":1}',
  '/latest_producer_id_block': '{"version":1,"broker":1,"block_start":"0","block_end":"999"}',
  '/admin/reassign_partitions': '{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}',
  '/admin/preferred_replica_election': '{"version":1,"partitions":[{"topic":"t","partition":0}]}',
  '/isr_change_notification/isr_change_:sequence': '{"version":1,"partitions":[{"topic":"t","partition":0}]}',
  '/log_dir_event_notification/log_dir_event_:sequence': '{"version":1,"broker":0,"event":1}',
  '/consumers/:group/offsets/:topic/:partition': '42',
  '/config/:type/:entity': '{"version":1,"config":{"min.insync.replicas":"1"}}',
  '/config/users/:user/clients/:client': '{"version":1,"config":{"producer_byte_rate":"1000000"}}',
  '/config/changes/config_change_:sequence': '{"version":2,"entity_path":"topics/t1"}',
  '/kafka-acl/:type/:name':
    '{"acls":[{"principal":"User:alice","permissionType":"Allow","host":"*","operation":"Read"}],"version":1}',
  '/kafka-acl-extended/prefixed/:type/:name':
    '{"acls":[{"principal":"User:alice","permissionType":"Allow","host":"*","operation":"Read"}],"version":1}',
  '/kafka-acl-changes/acl_changes_:sequence': 'TOPIC:t1',
  '/kafka-acl-extended-changes/acl_changes_:sequence':
    '{"version":1,"resourceType":"GROUP","name":"g","patternType":"PREFIXED"}',
  '/delegation_token/tokens/:tokenId':
    '{"issueTimestamp":1795311415804,"renewers":["User%3Abob"],"tokenRequester":"User%3Aalice",' +
    '"tokenId":"kqNPho9OTpm2MNzt39M-Tg","owner":"User%3Aalice","expiryTimestamp":1795315015804,' +
    '"maxTimestamp":1795315015804,"version":3}',
  '/delegation_token/token_changes/token_change_:sequence': 'kqNPho9OTpm2MNzt39M-Tg',
};

describe('the registry', () => {
  test('names every znode once', () => {
    const patterns = rows.map(({ pattern }) => pattern);
    expect(new Set(patterns).size).toBe(patterns.length);
    expect(patterns.filter((pattern) => pattern in BYTES)).toHaveLength(Object.keys(BYTES).length);
  });

  const withExamples = rows.filter(({ example }) => example !== undefined);
  test.each(withExamples.map((row) => [row.pattern, row] as const))(
    'writes %s byte for byte as the original, and reads it back',
    (pattern, row) => {
      const data = row.encode(row.example as never);
      expect(data?.toString()).toBe(BYTES[pattern]);
      const decoded = row.decode(data);
      expect(row.encode(decoded as never)?.toString()).toBe(BYTES[pattern]);
    },
  );

  test('fills in every parameter of a path, and no slash gets into one', () => {
    expect(topicZnodes.partitionState.path({ topic: 'orders', partition: 3 })).toBe(
      '/brokers/topics/orders/partitions/3/state',
    );
    expect(entities.configChange.path({ sequence: '' })).toBe('/config/changes/config_change_');
    expect(cluster.controller.path()).toBe('/controller');
    expect(() => topicZnodes.topic.path({ topic: 'a/b' })).toThrow('cannot stand for :topic');
    expect(() => topicZnodes.topic.path({ topic: '' })).toThrow('cannot stand for :topic');
  });

  test('starts a broker off with the paths of the original, in its order', () => {
    expect(registry.PERSISTENT_PATHS).toEqual([
      '/consumers',
      '/brokers/ids',
      '/brokers/topics',
      '/config/changes',
      '/admin/delete_topics',
      '/brokers/seqid',
      '/isr_change_notification',
      '/latest_producer_id_block',
      '/log_dir_event_notification',
      '/config/topics',
      '/config/clients',
      '/config/users',
      '/config/brokers',
      '/config/ips',
    ]);
  });

  describe('reads what other versions and other moments wrote', () => {
    const decode = <T>(row: { decode(data: Buffer | null): T }, text: string): T =>
      row.decode(Buffer.from(text));

    test('a notification of a changed config by tools before 0.10.1, which knew topics and clients', () => {
      const change = (type: string): string =>
        decode(entities.configChange, `{"version":1,"entity_type":"${type}","entity_name":"one"}`);
      expect([change('topics'), change('clients')]).toEqual(['topics/one', 'clients/one']);
      expect(() => change('brokers')).toThrow('version 1 does not speak of brokers');
      expect(() => decode(entities.configChange, '{"version":3,"entity_path":"topics/one"}')).toThrow();
    });

    test('a reassignment, the recovery of a leader, configs in the order of their hashes', () => {
      const moving =
        '{"partitions":{"0":[1,2,0],"1":[1,0],"2":[2,1],"3":[0,2]},"topic_id":"0Fj30e_lQTGCvDNaYSArug",' +
        '"adding_replicas":{"0":[1]},"removing_replicas":{"0":[0]},"version":3}';
      const topic = decode(topicZnodes.topic, moving);
      expect(topic.partitions.get(0)).toEqual({
        replicas: [1, 2, 0],
        addingReplicas: [1],
        removingReplicas: [0],
      });
      expect(topicZnodes.topic.encode(topic)?.toString()).toBe(moving);

      const state =
        '{"controller_epoch":2,"leader":1,"version":1,"leader_recovery_state":1,"leader_epoch":4,"isr":[1]}';
      const recovering = decode(topicZnodes.partitionState, state);
      expect(recovering.leaderRecoveryState).toBe(1);
      expect(topicZnodes.partitionState.encode(recovering)?.toString()).toBe(state);

      const configs = [
        '{"version":1,"config":{"compression.type":"uncompressed","cleanup.policy":"compact",' +
          '"min.insync.replicas":"2","segment.bytes":"104857600","unclean.leader.election.enable":"false"}}',
        '{"version":1,"config":{"request_percentage":"50.0","producer_byte_rate":"1000000"}}',
        '{"version":1,"config":{"min.insync.replicas":"1","retention.ms":"3600000"}}',
        '{"version":1,"config":{}}',
      ];
      for (const config of configs) {
        const entries = [...decode(entities.entityConfig, config)].reverse();
        expect(entities.entityConfig.encode(new Map(entries))?.toString()).toBe(config);
      }
      // Two of one slot stay as they came.
      const asTheyCame = '{"version":1,"config":{"segment.ms":"60000","retention.ms":"3600000"}}';
      const decoded = decode(entities.entityConfig, asTheyCame);
      expect(entities.entityConfig.encode(decoded)?.toString()).toBe(asTheyCame);
    });

    test('a topic from before topic ids', () => {
      const topic = decode(topicZnodes.topic, '{"version":1,"partitions":{"1":[2],"0":[1]}}');
      expect(topic.topicId).toBeNull();
      expect([...topic.partitions.keys()]).toEqual([0, 1]);
    });

    test('brokers of versions 1 to 4', () => {
      const endpointsOf = (text: string) => decode(cluster.brokerId, text).registration.endpoints;
      expect(endpointsOf('{"version":1,"host":"h","port":9092,"jmx_port":-1,"timestamp":"1"}')).toEqual([
        { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: 'h', port: 9092 },
      ]);
      expect(endpointsOf('{"version":3,"endpoints":["SSL://[::1]:9093"],"rack":"r"}')).toEqual([
        { listenerName: 'SSL', securityProtocol: 'SSL', host: '::1', port: 9093 },
      ]);
      const four =
        '{"version":4,"endpoints":["INTERNAL://h:1"],"listener_security_protocol_map":{"INTERNAL":"SASL_SSL"},"x":1}';
      expect(endpointsOf(four)[0]).toMatchObject({ listenerName: 'INTERNAL', securityProtocol: 'SASL_SSL' });
    });

    test('a registration without a plain listener, on IPv6, without a rack', () => {
      const registration = {
        id: 1,
        endpoints: [{ listenerName: 'OUT', securityProtocol: 'SSL', host: '::1', port: 1 }] as const,
        rack: null,
        features: new Map([['f', { minVersion: 1, maxVersion: 2 }]]),
        jmxPort: -1,
      };
      expect(cluster.brokerId.encode({ registration, timestampMs: 5 })?.toString()).toBe(
        '{"features":{"f":{"min_version":1,"max_version":2}},"listener_security_protocol_map":{"OUT":"SSL"},' +
          '"endpoints":["OUT://[::1]:1"],"jmx_port":-1,"port":-1,"host":null,"version":5,"timestamp":"5"}',
      );
    });

    test('features as brokers before 3.3 write them', () => {
      const text = '{"features":{"f":{"max_version_level":2,"min_version_level":2}},"version":1,"status":1}';
      const features = decode(cluster.feature, text);
      expect(features).toEqual({ enabled: true, maxVersionLevels: new Map([['f', 2]]), withMinimum: true });
      expect(cluster.feature.encode(features)?.toString()).toBe(text);
    });

    test('no producer id block as none, and a config change of version 1', () => {
      expect(cluster.latestProducerIdBlock.decode(null)).toBeNull();
      expect(cluster.latestProducerIdBlock.encode(null)).toBeNull();
      expect(decode(entities.configChange, '{"version":1,"entity_type":"topics","entity_name":"t"}')).toBe(
        'topics/t',
      );
    });

    test('and says of bytes that make no sense where they stand', () => {
      const path = '/brokers/topics/t/partitions/0/state';
      const read = (text: string | null): unknown =>
        topicZnodes.partitionState.decode(text === null ? null : Buffer.from(text), path);
      expect(() => read(null)).toThrow(new ZnodeFormatError(`${path} has no data`));
      expect(() => read('{oops')).toThrow(`${path} is not JSON`);
      expect(() => read('[]')).toThrow(`${path} is not an object`);
      expect(() => read('{"leader":"x"}')).toThrow(`${path}.leader is not a whole number`);
      expect(() => read('{"leader":1}')).toThrow(`${path} has no "leader_epoch"`);
    });
  });
});
