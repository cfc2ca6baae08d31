/** Records of __cluster_metadata, the log in which KRaft keeps what is in ZooKeeper here. */
import { jsonText, type Json } from '../java/json.ts';
import { messageOfThrown } from '../java/message.ts';
import { shapesIn } from '../java/message-shape.ts';
import type { RecordDecoder } from './decoded-record.ts';
import { readFramed } from './framed-record.ts';

const RECORDS = shapesIn(`
  RegisterBrokerRecord 0 0-3: brokerId int32, isMigratingZkBroker bool 2+, incarnationId uuid, brokerEpoch int64,
    endPoints []{name string, host string, port uint16, securityProtocol int16},
    features []{name string, minSupportedVersion int16, maxSupportedVersion int16}, rack string?, fenced bool,
    inControlledShutdown bool 1+, logDirs []uuid 3+ tag 0

  UnregisterBrokerRecord 1 0: brokerId int32, brokerEpoch int64

  TopicRecord 2 0: name string, topicId uuid

  PartitionRecord 3 0-2: partitionId int32, topicId uuid, replicas []int32, isr []int32, removingReplicas []int32,
    addingReplicas []int32, leader int32, leaderRecoveryState int8 tag 0, leaderEpoch int32, partitionEpoch int32,
    directories []uuid 1+, eligibleLeaderReplicas []int32? 2+ tag 1 default null,
    lastKnownElr []int32? 2+ tag 2 default null

  ConfigRecord 4 0: resourceType int8, resourceName string, name string, value string?

  PartitionChangeRecord 5 0-2: partitionId int32, topicId uuid, isr []int32? tag 0 default null,
    leader int32 tag 1 default -2, replicas []int32? tag 2 default null, removingReplicas []int32? tag 3 default null,
    addingReplicas []int32? tag 4 default null, leaderRecoveryState int8 tag 5 default -1,
    directories []uuid? 1+ tag 8 default null, eligibleLeaderReplicas []int32? 2+ tag 6 default null,
    lastKnownElr []int32? 2+ tag 7 default null

  FenceBrokerRecord 7 0: id int32, epoch int64

  UnfenceBrokerRecord 8 0: id int32, epoch int64

  RemoveTopicRecord 9 0: topicId uuid

  DelegationTokenRecord 10 0: owner string, requester string, renewers []string, issueTimestamp int64,
    maxTimestamp int64, expirationTimestamp int64, tokenId string

  UserScramCredentialRecord 11 0: name string, mechanism int8, salt bytes, storedKey bytes, serverKey bytes,
    iterations int32

  FeatureLevelRecord 12 0: name string, featureLevel int16

  ClientQuotaRecord 14 0: entity []{entityType string, entityName string?}, key string, value float64, remove bool

  ProducerIdsRecord 15 0: brokerId int32, brokerEpoch int64, nextProducerId int64

  BrokerRegistrationChangeRecord 17 0-2: brokerId int32, brokerEpoch int64, fenced int8 tag 0,
    inControlledShutdown int8 1+ tag 1, logDirs []uuid 2+ tag 2

  AccessControlEntryRecord 18 0: id uuid, resourceType int8, resourceName string, patternType int8, principal string,
    host string, operation int8, permissionType int8

  RemoveAccessControlEntryRecord 19 0: id uuid

  NoOpRecord 20 0:

  ZkMigrationStateRecord 21 0: zkMigrationState int8

  RemoveUserScramCredentialRecord 22 0: name string, mechanism int8

  BeginTransactionRecord 23 0: name string? tag 0 default null

  EndTransactionRecord 24 0:

  AbortTransactionRecord 25 0: reason string? tag 0 default null

  RemoveDelegationTokenRecord 26 0: tokenId string

  RegisterControllerRecord 27 0: controllerId int32, incarnationId uuid, zkMigrationReady bool,
    endPoints []{name string, host string, port uint16, securityProtocol int16},
    features []{name string, minSupportedVersion int16, maxSupportedVersion int16}
`);

/** They have no keys. */
export const clusterMetadataDecoder: RecordDecoder = ({ offset, value }) => {
  try {
    const { shape, version, fields } = readFramed(value, RECORDS);
    const json = new Map<string, Json>([
      ['type', shape.name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()],
      ['version', version],
      ['data', fields],
    ]);
    return { key: undefined, payload: jsonText(json) };
  } catch (thrown) {
    return { key: undefined, payload: `Error at ${offset}, skipping. ${messageOfThrown(thrown)}` };
  }
};
