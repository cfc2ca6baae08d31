/** Each API the rows ask, as its request and response. */
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/messages/02-list-offsets.ts';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import {
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
} from '../../../src/protocol/messages/04-leader-and-isr.ts';
import { StopReplicaRequest, StopReplicaResponse } from '../../../src/protocol/messages/05-stop-replica.ts';
import {
  UpdateMetadataRequest,
  UpdateMetadataResponse,
} from '../../../src/protocol/messages/06-update-metadata.ts';
import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
} from '../../../src/protocol/messages/07-controlled-shutdown.ts';
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from '../../../src/protocol/messages/08-offset-commit.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../src/protocol/messages/09-offset-fetch.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../../src/protocol/messages/10-find-coordinator.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../../src/protocol/messages/11-join-group.ts';
import { HeartbeatRequest, HeartbeatResponse } from '../../../src/protocol/messages/12-heartbeat.ts';
import { LeaveGroupRequest, LeaveGroupResponse } from '../../../src/protocol/messages/13-leave-group.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../../src/protocol/messages/14-sync-group.ts';
import {
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from '../../../src/protocol/messages/15-describe-groups.ts';
import { ListGroupsRequest, ListGroupsResponse } from '../../../src/protocol/messages/16-list-groups.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../src/protocol/messages/18-api-versions.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
} from '../../../src/protocol/messages/20-delete-topics.ts';
import {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from '../../../src/protocol/messages/21-delete-records.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../../src/protocol/messages/22-init-producer-id.ts';
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../../src/protocol/messages/23-offset-for-leader-epoch.ts';
import {
  DescribeAclsRequest,
  DescribeAclsResponse,
} from '../../../src/protocol/messages/29-describe-acls.ts';
import { CreateAclsRequest, CreateAclsResponse } from '../../../src/protocol/messages/30-create-acls.ts';
import { DeleteAclsRequest, DeleteAclsResponse } from '../../../src/protocol/messages/31-delete-acls.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../../src/protocol/messages/32-describe-configs.ts';
import {
  AlterConfigsRequest,
  AlterConfigsResponse,
} from '../../../src/protocol/messages/33-alter-configs.ts';
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from '../../../src/protocol/messages/37-create-partitions.ts';
import {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
} from '../../../src/protocol/messages/42-delete-groups.ts';
import {
  ElectLeadersRequest,
  ElectLeadersResponse,
} from '../../../src/protocol/messages/43-elect-leaders.ts';
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../src/protocol/messages/44-incremental-alter-configs.ts';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../../src/protocol/messages/45-alter-partition-reassignments.ts';
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../../src/protocol/messages/46-list-partition-reassignments.ts';
import {
  OffsetDeleteRequest,
  OffsetDeleteResponse,
} from '../../../src/protocol/messages/47-offset-delete.ts';
import {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../../../src/protocol/messages/56-alter-partition.ts';
import {
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../../../src/protocol/messages/57-update-features.ts';
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from '../../../src/protocol/messages/60-describe-cluster.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../../src/protocol/messages/67-allocate-producer-ids.ts';
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../../src/protocol/messages/68-consumer-group-heartbeat.ts';
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../../src/protocol/messages/69-consumer-group-describe.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../../src/protocol/messages/24-add-partitions-to-txn.ts';
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
} from '../../../src/protocol/messages/25-add-offsets-to-txn.ts';
import { EndTxnRequest, EndTxnResponse } from '../../../src/protocol/messages/26-end-txn.ts';
import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../../src/protocol/messages/27-write-txn-markers.ts';
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../../src/protocol/messages/28-txn-offset-commit.ts';
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from '../../../src/protocol/messages/61-describe-producers.ts';
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../../src/protocol/messages/65-describe-transactions.ts';
import {
  ListTransactionsRequest,
  ListTransactionsResponse,
} from '../../../src/protocol/messages/66-list-transactions.ts';

export const PRODUCE = [ProduceRequest, ProduceResponse] as const;
export const FETCH = [FetchRequest, FetchResponse] as const;
export const LIST_OFFSETS = [ListOffsetsRequest, ListOffsetsResponse] as const;
export const METADATA = [MetadataRequest, MetadataResponse] as const;
export const LEADER_AND_ISR = [LeaderAndIsrRequest, LeaderAndIsrResponse] as const;
export const STOP_REPLICA = [StopReplicaRequest, StopReplicaResponse] as const;
export const UPDATE_METADATA = [UpdateMetadataRequest, UpdateMetadataResponse] as const;
export const CONTROLLED_SHUTDOWN = [ControlledShutdownRequest, ControlledShutdownResponse] as const;
export const OFFSET_COMMIT = [OffsetCommitRequest, OffsetCommitResponse] as const;
export const OFFSET_FETCH = [OffsetFetchRequest, OffsetFetchResponse] as const;
export const FIND_COORDINATOR = [FindCoordinatorRequest, FindCoordinatorResponse] as const;
export const JOIN_GROUP = [JoinGroupRequest, JoinGroupResponse] as const;
export const HEARTBEAT = [HeartbeatRequest, HeartbeatResponse] as const;
export const LEAVE_GROUP = [LeaveGroupRequest, LeaveGroupResponse] as const;
export const SYNC_GROUP = [SyncGroupRequest, SyncGroupResponse] as const;
export const DESCRIBE_GROUPS = [DescribeGroupsRequest, DescribeGroupsResponse] as const;
export const LIST_GROUPS = [ListGroupsRequest, ListGroupsResponse] as const;
export const API_VERSIONS = [ApiVersionsRequest, ApiVersionsResponse] as const;
export const CREATE_TOPICS = [CreateTopicsRequest, CreateTopicsResponse] as const;
export const DELETE_TOPICS = [DeleteTopicsRequest, DeleteTopicsResponse] as const;
export const DELETE_RECORDS = [DeleteRecordsRequest, DeleteRecordsResponse] as const;
export const INIT_PRODUCER_ID = [InitProducerIdRequest, InitProducerIdResponse] as const;
export const OFFSET_FOR_LEADER_EPOCH = [OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse] as const;
export const DESCRIBE_ACLS = [DescribeAclsRequest, DescribeAclsResponse] as const;
export const CREATE_ACLS = [CreateAclsRequest, CreateAclsResponse] as const;
export const DELETE_ACLS = [DeleteAclsRequest, DeleteAclsResponse] as const;
export const DESCRIBE_CONFIGS = [DescribeConfigsRequest, DescribeConfigsResponse] as const;
export const ALTER_CONFIGS = [AlterConfigsRequest, AlterConfigsResponse] as const;
export const CREATE_PARTITIONS = [CreatePartitionsRequest, CreatePartitionsResponse] as const;
export const DELETE_GROUPS = [DeleteGroupsRequest, DeleteGroupsResponse] as const;
export const INCREMENTAL_ALTER_CONFIGS = [
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
] as const;
export const ELECT_LEADERS = [ElectLeadersRequest, ElectLeadersResponse] as const;
export const ALTER_PARTITION_REASSIGNMENTS = [
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
] as const;
export const LIST_PARTITION_REASSIGNMENTS = [
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
] as const;
export const UPDATE_FEATURES = [UpdateFeaturesRequest, UpdateFeaturesResponse] as const;
export const CONSUMER_GROUP_HEARTBEAT = [
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
] as const;
export const CONSUMER_GROUP_DESCRIBE = [ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse] as const;
export const OFFSET_DELETE = [OffsetDeleteRequest, OffsetDeleteResponse] as const;
export const ALTER_PARTITION = [AlterPartitionRequest, AlterPartitionResponse] as const;
export const DESCRIBE_CLUSTER = [DescribeClusterRequest, DescribeClusterResponse] as const;
export const ALLOCATE_PRODUCER_IDS = [AllocateProducerIdsRequest, AllocateProducerIdsResponse] as const;
export const ADD_PARTITIONS_TO_TXN = [AddPartitionsToTxnRequest, AddPartitionsToTxnResponse] as const;
export const ADD_OFFSETS_TO_TXN = [AddOffsetsToTxnRequest, AddOffsetsToTxnResponse] as const;
export const END_TXN = [EndTxnRequest, EndTxnResponse] as const;
export const WRITE_TXN_MARKERS = [WriteTxnMarkersRequest, WriteTxnMarkersResponse] as const;
export const TXN_OFFSET_COMMIT = [TxnOffsetCommitRequest, TxnOffsetCommitResponse] as const;
export const DESCRIBE_PRODUCERS = [DescribeProducersRequest, DescribeProducersResponse] as const;
export const DESCRIBE_TRANSACTIONS = [DescribeTransactionsRequest, DescribeTransactionsResponse] as const;
export const LIST_TRANSACTIONS = [ListTransactionsRequest, ListTransactionsResponse] as const;
