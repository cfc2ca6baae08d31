/**
 * The 62 requests a ZooKeeper-mode Kafka 3.9 broker serves (contract section 1.1), by key, with their definitions. The
 * keys that are missing belong to KRaft, telemetry and share groups.
 */
import { defined } from '../common/index.ts';
import { ProduceRequest, ProduceResponse } from './messages/00-produce.ts';
import { FetchRequest, FetchResponse } from './messages/01-fetch.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from './messages/02-list-offsets.ts';
import { MetadataRequest, MetadataResponse } from './messages/03-metadata.ts';
import { LeaderAndIsrRequest, LeaderAndIsrResponse } from './messages/04-leader-and-isr.ts';
import { StopReplicaRequest, StopReplicaResponse } from './messages/05-stop-replica.ts';
import { UpdateMetadataRequest, UpdateMetadataResponse } from './messages/06-update-metadata.ts';
import { ControlledShutdownRequest, ControlledShutdownResponse } from './messages/07-controlled-shutdown.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from './messages/08-offset-commit.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from './messages/09-offset-fetch.ts';
import { FindCoordinatorRequest, FindCoordinatorResponse } from './messages/10-find-coordinator.ts';
import { JoinGroupRequest, JoinGroupResponse } from './messages/11-join-group.ts';
import { HeartbeatRequest, HeartbeatResponse } from './messages/12-heartbeat.ts';
import { LeaveGroupRequest, LeaveGroupResponse } from './messages/13-leave-group.ts';
import { SyncGroupRequest, SyncGroupResponse } from './messages/14-sync-group.ts';
import { DescribeGroupsRequest, DescribeGroupsResponse } from './messages/15-describe-groups.ts';
import { ListGroupsRequest, ListGroupsResponse } from './messages/16-list-groups.ts';
import { SaslHandshakeRequest, SaslHandshakeResponse } from './messages/17-sasl-handshake.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from './messages/18-api-versions.ts';
import { CreateTopicsRequest, CreateTopicsResponse } from './messages/19-create-topics.ts';
import { DeleteTopicsRequest, DeleteTopicsResponse } from './messages/20-delete-topics.ts';
import { DeleteRecordsRequest, DeleteRecordsResponse } from './messages/21-delete-records.ts';
import { InitProducerIdRequest, InitProducerIdResponse } from './messages/22-init-producer-id.ts';
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from './messages/23-offset-for-leader-epoch.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from './messages/24-add-partitions-to-txn.ts';
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from './messages/25-add-offsets-to-txn.ts';
import { EndTxnRequest, EndTxnResponse } from './messages/26-end-txn.ts';
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from './messages/27-write-txn-markers.ts';
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from './messages/28-txn-offset-commit.ts';
import { DescribeAclsRequest, DescribeAclsResponse } from './messages/29-describe-acls.ts';
import { CreateAclsRequest, CreateAclsResponse } from './messages/30-create-acls.ts';
import { DeleteAclsRequest, DeleteAclsResponse } from './messages/31-delete-acls.ts';
import { DescribeConfigsRequest, DescribeConfigsResponse } from './messages/32-describe-configs.ts';
import { AlterConfigsRequest, AlterConfigsResponse } from './messages/33-alter-configs.ts';
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from './messages/34-alter-replica-log-dirs.ts';
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from './messages/35-describe-log-dirs.ts';
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from './messages/36-sasl-authenticate.ts';
import { CreatePartitionsRequest, CreatePartitionsResponse } from './messages/37-create-partitions.ts';
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from './messages/38-create-delegation-token.ts';
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from './messages/39-renew-delegation-token.ts';
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from './messages/40-expire-delegation-token.ts';
import {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from './messages/41-describe-delegation-token.ts';
import { DeleteGroupsRequest, DeleteGroupsResponse } from './messages/42-delete-groups.ts';
import { ElectLeadersRequest, ElectLeadersResponse } from './messages/43-elect-leaders.ts';
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from './messages/44-incremental-alter-configs.ts';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from './messages/45-alter-partition-reassignments.ts';
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from './messages/46-list-partition-reassignments.ts';
import { OffsetDeleteRequest, OffsetDeleteResponse } from './messages/47-offset-delete.ts';
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from './messages/48-describe-client-quotas.ts';
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from './messages/49-alter-client-quotas.ts';
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from './messages/50-describe-user-scram-credentials.ts';
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from './messages/51-alter-user-scram-credentials.ts';
import { AlterPartitionRequest, AlterPartitionResponse } from './messages/56-alter-partition.ts';
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from './messages/57-update-features.ts';
import { EnvelopeRequest, EnvelopeResponse } from './messages/58-envelope.ts';
import { DescribeClusterRequest, DescribeClusterResponse } from './messages/60-describe-cluster.ts';
import { DescribeProducersRequest, DescribeProducersResponse } from './messages/61-describe-producers.ts';
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from './messages/65-describe-transactions.ts';
import { ListTransactionsRequest, ListTransactionsResponse } from './messages/66-list-transactions.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from './messages/67-allocate-producer-ids.ts';
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from './messages/68-consumer-group-heartbeat.ts';
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from './messages/69-consumer-group-describe.ts';
import type { MessageSchema } from './schema/fields.ts';
import { parseVersionRange } from './schema/version-range.ts';

export interface Api<Name extends string = ApiName> {
  readonly key: number;
  readonly name: Name;
  readonly request: MessageSchema;
  readonly response: MessageSchema;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The first flexible version (KIP-482), null if there is none. */
  readonly firstFlexibleVersion: number | null;
}

function api<const Name extends string>(
  name: Name,
  request: MessageSchema,
  response: MessageSchema,
): Api<Name> {
  const { min, max } = parseVersionRange(request.versions);
  const flexible = parseVersionRange(request.flexible);
  return {
    key: defined(request.apiKey, `the api key of ${name}`),
    name,
    request,
    response,
    minVersion: min,
    maxVersion: max,
    firstFlexibleVersion: flexible.min <= flexible.max ? flexible.min : null,
  };
}

/** In the order of their keys. */
export const APIS = [
  api('Produce', ProduceRequest, ProduceResponse),
  api('Fetch', FetchRequest, FetchResponse),
  api('ListOffsets', ListOffsetsRequest, ListOffsetsResponse),
  api('Metadata', MetadataRequest, MetadataResponse),
  api('LeaderAndIsr', LeaderAndIsrRequest, LeaderAndIsrResponse),
  api('StopReplica', StopReplicaRequest, StopReplicaResponse),
  api('UpdateMetadata', UpdateMetadataRequest, UpdateMetadataResponse),
  api('ControlledShutdown', ControlledShutdownRequest, ControlledShutdownResponse),
  api('OffsetCommit', OffsetCommitRequest, OffsetCommitResponse),
  api('OffsetFetch', OffsetFetchRequest, OffsetFetchResponse),
  api('FindCoordinator', FindCoordinatorRequest, FindCoordinatorResponse),
  api('JoinGroup', JoinGroupRequest, JoinGroupResponse),
  api('Heartbeat', HeartbeatRequest, HeartbeatResponse),
  api('LeaveGroup', LeaveGroupRequest, LeaveGroupResponse),
  api('SyncGroup', SyncGroupRequest, SyncGroupResponse),
  api('DescribeGroups', DescribeGroupsRequest, DescribeGroupsResponse),
  api('ListGroups', ListGroupsRequest, ListGroupsResponse),
  api('SaslHandshake', SaslHandshakeRequest, SaslHandshakeResponse),
  api('ApiVersions', ApiVersionsRequest, ApiVersionsResponse),
  api('CreateTopics', CreateTopicsRequest, CreateTopicsResponse),
  api('DeleteTopics', DeleteTopicsRequest, DeleteTopicsResponse),
  api('DeleteRecords', DeleteRecordsRequest, DeleteRecordsResponse),
  api('InitProducerId', InitProducerIdRequest, InitProducerIdResponse),
  api('OffsetForLeaderEpoch', OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse),
  api('AddPartitionsToTxn', AddPartitionsToTxnRequest, AddPartitionsToTxnResponse),
  api('AddOffsetsToTxn', AddOffsetsToTxnRequest, AddOffsetsToTxnResponse),
  api('EndTxn', EndTxnRequest, EndTxnResponse),
  api('WriteTxnMarkers', WriteTxnMarkersRequest, WriteTxnMarkersResponse),
  api('TxnOffsetCommit', TxnOffsetCommitRequest, TxnOffsetCommitResponse),
  api('DescribeAcls', DescribeAclsRequest, DescribeAclsResponse),
  api('CreateAcls', CreateAclsRequest, CreateAclsResponse),
  api('DeleteAcls', DeleteAclsRequest, DeleteAclsResponse),
  api('DescribeConfigs', DescribeConfigsRequest, DescribeConfigsResponse),
  api('AlterConfigs', AlterConfigsRequest, AlterConfigsResponse),
  api('AlterReplicaLogDirs', AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse),
  api('DescribeLogDirs', DescribeLogDirsRequest, DescribeLogDirsResponse),
  api('SaslAuthenticate', SaslAuthenticateRequest, SaslAuthenticateResponse),
  api('CreatePartitions', CreatePartitionsRequest, CreatePartitionsResponse),
  api('CreateDelegationToken', CreateDelegationTokenRequest, CreateDelegationTokenResponse),
  api('RenewDelegationToken', RenewDelegationTokenRequest, RenewDelegationTokenResponse),
  api('ExpireDelegationToken', ExpireDelegationTokenRequest, ExpireDelegationTokenResponse),
  api('DescribeDelegationToken', DescribeDelegationTokenRequest, DescribeDelegationTokenResponse),
  api('DeleteGroups', DeleteGroupsRequest, DeleteGroupsResponse),
  api('ElectLeaders', ElectLeadersRequest, ElectLeadersResponse),
  api('IncrementalAlterConfigs', IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse),
  api('AlterPartitionReassignments', AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse),
  api('ListPartitionReassignments', ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse),
  api('OffsetDelete', OffsetDeleteRequest, OffsetDeleteResponse),
  api('DescribeClientQuotas', DescribeClientQuotasRequest, DescribeClientQuotasResponse),
  api('AlterClientQuotas', AlterClientQuotasRequest, AlterClientQuotasResponse),
  api(
    'DescribeUserScramCredentials',
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
  ),
  api('AlterUserScramCredentials', AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse),
  api('AlterPartition', AlterPartitionRequest, AlterPartitionResponse),
  api('UpdateFeatures', UpdateFeaturesRequest, UpdateFeaturesResponse),
  api('Envelope', EnvelopeRequest, EnvelopeResponse),
  api('DescribeCluster', DescribeClusterRequest, DescribeClusterResponse),
  api('DescribeProducers', DescribeProducersRequest, DescribeProducersResponse),
  api('DescribeTransactions', DescribeTransactionsRequest, DescribeTransactionsResponse),
  api('ListTransactions', ListTransactionsRequest, ListTransactionsResponse),
  api('AllocateProducerIds', AllocateProducerIdsRequest, AllocateProducerIdsResponse),
  api('ConsumerGroupHeartbeat', ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse),
  api('ConsumerGroupDescribe', ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse),
] as const;

export type ApiName = (typeof APIS)[number]['name'];

/** The number of each request: `ApiKeys.Produce` is 0. */
export const ApiKeys = Object.fromEntries(APIS.map(({ name, key }) => [name, key])) as Record<
  ApiName,
  number
>;

const BY_KEY = new Map<number, Api>(APIS.map((entry) => [entry.key, entry]));

export function apiByKey(key: number): Api | undefined {
  return BY_KEY.get(key);
}
