/**
 * Every error a Kafka 3.9 broker can put on the wire: its number, whether a client may try again, the exception of the
 * Java clients, and the default text that clients and tools show. All four are part of the interface: scripts match on
 * them. Source: the Errors table of Kafka 3.9.1 (contract section 8 says which request gets which). errors.ts is what
 * the rest of the broker uses.
 */

interface ErrorRow {
  readonly code: number;
  /** Whether the same request may well succeed a moment later. */
  readonly retriable: boolean;
  /** The class name the Java clients throw, which tools print. */
  readonly exception: string;
  readonly message: string;
}

const retriable = (code: number, exception: string, message: string): ErrorRow => ({
  code,
  retriable: true,
  exception,
  message,
});

const final = (code: number, exception: string, message: string): ErrorRow => ({
  code,
  retriable: false,
  exception,
  message,
});

export const errors = {
  UNKNOWN_SERVER_ERROR: final(
    -1,
    'UnknownServerException',
    'The server experienced an unexpected error when processing the request.',
  ),
  NONE: final(0, '', ''),
  OFFSET_OUT_OF_RANGE: final(
    1,
    'OffsetOutOfRangeException',
    'The requested offset is not within the range of offsets maintained by the server.',
  ),
  CORRUPT_MESSAGE: retriable(
    2,
    'CorruptRecordException',
    'This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt.',
  ),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(
    3,
    'UnknownTopicOrPartitionException',
    'This server does not host this topic-partition.',
  ),
  INVALID_FETCH_SIZE: final(4, 'InvalidFetchSizeException', 'The requested fetch size is invalid.'),
  LEADER_NOT_AVAILABLE: retriable(
    5,
    'LeaderNotAvailableException',
    'There is no leader for this topic-partition as we are in the middle of a leadership election.',
  ),
  NOT_LEADER_OR_FOLLOWER: retriable(
    6,
    'NotLeaderOrFollowerException',
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  ),
  REQUEST_TIMED_OUT: retriable(7, 'TimeoutException', 'The request timed out.'),
  BROKER_NOT_AVAILABLE: final(8, 'BrokerNotAvailableException', 'The broker is not available.'),
  REPLICA_NOT_AVAILABLE: retriable(
    9,
    'ReplicaNotAvailableException',
    'The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition.',
  ),
  MESSAGE_TOO_LARGE: final(
    10,
    'RecordTooLargeException',
    'The request included a message larger than the max message size the server will accept.',
  ),
  STALE_CONTROLLER_EPOCH: final(11, 'ControllerMovedException', 'The controller moved to another broker.'),
  OFFSET_METADATA_TOO_LARGE: final(
    12,
    'OffsetMetadataTooLarge',
    'The metadata field of the offset request was too large.',
  ),
  NETWORK_EXCEPTION: retriable(
    13,
    'NetworkException',
    'The server disconnected before a response was received.',
  ),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(
    14,
    'CoordinatorLoadInProgressException',
    "The coordinator is loading and hence can't process requests.",
  ),
  COORDINATOR_NOT_AVAILABLE: retriable(
    15,
    'CoordinatorNotAvailableException',
    'The coordinator is not available.',
  ),
  NOT_COORDINATOR: retriable(16, 'NotCoordinatorException', 'This is not the correct coordinator.'),
  INVALID_TOPIC_EXCEPTION: final(
    17,
    'InvalidTopicException',
    'The request attempted to perform an operation on an invalid topic.',
  ),
  RECORD_LIST_TOO_LARGE: final(
    18,
    'RecordBatchTooLargeException',
    'The request included message batch larger than the configured segment size on the server.',
  ),
  NOT_ENOUGH_REPLICAS: retriable(
    19,
    'NotEnoughReplicasException',
    'Messages are rejected since there are fewer in-sync replicas than required.',
  ),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(
    20,
    'NotEnoughReplicasAfterAppendException',
    'Messages are written to the log, but to fewer in-sync replicas than required.',
  ),
  INVALID_REQUIRED_ACKS: final(
    21,
    'InvalidRequiredAcksException',
    'Produce request specified an invalid value for required acks.',
  ),
  ILLEGAL_GENERATION: final(22, 'IllegalGenerationException', 'Specified group generation id is not valid.'),
  INCONSISTENT_GROUP_PROTOCOL: final(
    23,
    'InconsistentGroupProtocolException',
    "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list.",
  ),
  INVALID_GROUP_ID: final(24, 'InvalidGroupIdException', 'The configured groupId is invalid.'),
  UNKNOWN_MEMBER_ID: final(25, 'UnknownMemberIdException', 'The coordinator is not aware of this member.'),
  INVALID_SESSION_TIMEOUT: final(
    26,
    'InvalidSessionTimeoutException',
    'The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms).',
  ),
  REBALANCE_IN_PROGRESS: final(
    27,
    'RebalanceInProgressException',
    'The group is rebalancing, so a rejoin is needed.',
  ),
  INVALID_COMMIT_OFFSET_SIZE: final(
    28,
    'InvalidCommitOffsetSizeException',
    'The committing offset data size is not valid.',
  ),
  TOPIC_AUTHORIZATION_FAILED: final(29, 'TopicAuthorizationException', 'Topic authorization failed.'),
  GROUP_AUTHORIZATION_FAILED: final(30, 'GroupAuthorizationException', 'Group authorization failed.'),
  CLUSTER_AUTHORIZATION_FAILED: final(31, 'ClusterAuthorizationException', 'Cluster authorization failed.'),
  INVALID_TIMESTAMP: final(
    32,
    'InvalidTimestampException',
    'The timestamp of the message is out of acceptable range.',
  ),
  UNSUPPORTED_SASL_MECHANISM: final(
    33,
    'UnsupportedSaslMechanismException',
    'The broker does not support the requested SASL mechanism.',
  ),
  ILLEGAL_SASL_STATE: final(
    34,
    'IllegalSaslStateException',
    'Request is not valid given the current SASL state.',
  ),
  UNSUPPORTED_VERSION: final(35, 'UnsupportedVersionException', 'The version of API is not supported.'),
  TOPIC_ALREADY_EXISTS: final(36, 'TopicExistsException', 'Topic with this name already exists.'),
  INVALID_PARTITIONS: final(37, 'InvalidPartitionsException', 'Number of partitions is below 1.'),
  INVALID_REPLICATION_FACTOR: final(
    38,
    'InvalidReplicationFactorException',
    'Replication factor is below 1 or larger than the number of available brokers.',
  ),
  INVALID_REPLICA_ASSIGNMENT: final(
    39,
    'InvalidReplicaAssignmentException',
    'Replica assignment is invalid.',
  ),
  INVALID_CONFIG: final(40, 'InvalidConfigurationException', 'Configuration is invalid.'),
  NOT_CONTROLLER: retriable(
    41,
    'NotControllerException',
    'This is not the correct controller for this cluster.',
  ),
  INVALID_REQUEST: final(
    42,
    'InvalidRequestException',
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  ),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: final(
    43,
    'UnsupportedForMessageFormatException',
    'The message format version on the broker does not support the request.',
  ),
  POLICY_VIOLATION: final(
    44,
    'PolicyViolationException',
    'Request parameters do not satisfy the configured policy.',
  ),
  OUT_OF_ORDER_SEQUENCE_NUMBER: final(
    45,
    'OutOfOrderSequenceException',
    'The broker received an out of order sequence number.',
  ),
  DUPLICATE_SEQUENCE_NUMBER: final(
    46,
    'DuplicateSequenceException',
    'The broker received a duplicate sequence number.',
  ),
  INVALID_PRODUCER_EPOCH: final(
    47,
    'InvalidProducerEpochException',
    'Producer attempted to produce with an old epoch.',
  ),
  INVALID_TXN_STATE: final(
    48,
    'InvalidTxnStateException',
    'The producer attempted a transactional operation in an invalid state.',
  ),
  INVALID_PRODUCER_ID_MAPPING: final(
    49,
    'InvalidPidMappingException',
    'The producer attempted to use a producer id which is not currently assigned to its transactional id.',
  ),
  INVALID_TRANSACTION_TIMEOUT: final(
    50,
    'InvalidTxnTimeoutException',
    'The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).',
  ),
  CONCURRENT_TRANSACTIONS: retriable(
    51,
    'ConcurrentTransactionsException',
    'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.',
  ),
  TRANSACTION_COORDINATOR_FENCED: final(
    52,
    'TransactionCoordinatorFencedException',
    'Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer.',
  ),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: final(
    53,
    'TransactionalIdAuthorizationException',
    'Transactional Id authorization failed.',
  ),
  SECURITY_DISABLED: final(54, 'SecurityDisabledException', 'Security features are disabled.'),
  OPERATION_NOT_ATTEMPTED: final(
    55,
    'OperationNotAttemptedException',
    'The broker did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, causing the broker to respond without trying the rest.',
  ),
  KAFKA_STORAGE_ERROR: retriable(
    56,
    'KafkaStorageException',
    'Disk error when trying to access log file on the disk.',
  ),
  LOG_DIR_NOT_FOUND: final(
    57,
    'LogDirNotFoundException',
    'The user-specified log directory is not found in the broker config.',
  ),
  SASL_AUTHENTICATION_FAILED: final(58, 'SaslAuthenticationException', 'SASL Authentication failed.'),
  UNKNOWN_PRODUCER_ID: final(
    59,
    'UnknownProducerIdException',
    "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception.",
  ),
  REASSIGNMENT_IN_PROGRESS: final(
    60,
    'ReassignmentInProgressException',
    'A partition reassignment is in progress.',
  ),
  DELEGATION_TOKEN_AUTH_DISABLED: final(
    61,
    'DelegationTokenDisabledException',
    'Delegation Token feature is not enabled.',
  ),
  DELEGATION_TOKEN_NOT_FOUND: final(
    62,
    'DelegationTokenNotFoundException',
    'Delegation Token is not found on server.',
  ),
  DELEGATION_TOKEN_OWNER_MISMATCH: final(
    63,
    'DelegationTokenOwnerMismatchException',
    'Specified Principal is not valid Owner/Renewer.',
  ),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: final(
    64,
    'UnsupportedByAuthenticationException',
    'Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.',
  ),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: final(
    65,
    'DelegationTokenAuthorizationException',
    'Delegation Token authorization failed.',
  ),
  DELEGATION_TOKEN_EXPIRED: final(66, 'DelegationTokenExpiredException', 'Delegation Token is expired.'),
  INVALID_PRINCIPAL_TYPE: final(
    67,
    'InvalidPrincipalTypeException',
    'Supplied principalType is not supported.',
  ),
  NON_EMPTY_GROUP: final(68, 'GroupNotEmptyException', 'The group is not empty.'),
  GROUP_ID_NOT_FOUND: final(69, 'GroupIdNotFoundException', 'The group id does not exist.'),
  FETCH_SESSION_ID_NOT_FOUND: retriable(
    70,
    'FetchSessionIdNotFoundException',
    'The fetch session ID was not found.',
  ),
  INVALID_FETCH_SESSION_EPOCH: retriable(
    71,
    'InvalidFetchSessionEpochException',
    'The fetch session epoch is invalid.',
  ),
  LISTENER_NOT_FOUND: retriable(
    72,
    'ListenerNotFoundException',
    'There is no listener on the leader broker that matches the listener on which metadata request was processed.',
  ),
  TOPIC_DELETION_DISABLED: final(73, 'TopicDeletionDisabledException', 'Topic deletion is disabled.'),
  FENCED_LEADER_EPOCH: retriable(
    74,
    'FencedLeaderEpochException',
    'The leader epoch in the request is older than the epoch on the broker.',
  ),
  UNKNOWN_LEADER_EPOCH: retriable(
    75,
    'UnknownLeaderEpochException',
    'The leader epoch in the request is newer than the epoch on the broker.',
  ),
  UNSUPPORTED_COMPRESSION_TYPE: final(
    76,
    'UnsupportedCompressionTypeException',
    'The requesting client does not support the compression type of given partition.',
  ),
  STALE_BROKER_EPOCH: final(77, 'StaleBrokerEpochException', 'Broker epoch has changed.'),
  OFFSET_NOT_AVAILABLE: retriable(
    78,
    'OffsetNotAvailableException',
    'The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.',
  ),
  MEMBER_ID_REQUIRED: final(
    79,
    'MemberIdRequiredException',
    'The group member needs to have a valid member id before actually entering a consumer group.',
  ),
  PREFERRED_LEADER_NOT_AVAILABLE: retriable(
    80,
    'PreferredLeaderNotAvailableException',
    'The preferred leader was not available.',
  ),
  GROUP_MAX_SIZE_REACHED: final(
    81,
    'GroupMaxSizeReachedException',
    'The consumer group has reached its max size.',
  ),
  FENCED_INSTANCE_ID: final(
    82,
    'FencedInstanceIdException',
    'The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.',
  ),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: retriable(
    83,
    'EligibleLeadersNotAvailableException',
    'Eligible topic partition leaders are not available.',
  ),
  ELECTION_NOT_NEEDED: retriable(
    84,
    'ElectionNotNeededException',
    'Leader election not needed for topic partition.',
  ),
  NO_REASSIGNMENT_IN_PROGRESS: final(
    85,
    'NoReassignmentInProgressException',
    'No partition reassignment is in progress.',
  ),
  GROUP_SUBSCRIBED_TO_TOPIC: final(
    86,
    'GroupSubscribedToTopicException',
    'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.',
  ),
  INVALID_RECORD: final(
    87,
    'InvalidRecordException',
    'This record has failed the validation on broker and hence will be rejected.',
  ),
  UNSTABLE_OFFSET_COMMIT: retriable(
    88,
    'UnstableOffsetCommitException',
    'There are unstable offsets that need to be cleared.',
  ),
  THROTTLING_QUOTA_EXCEEDED: retriable(
    89,
    'ThrottlingQuotaExceededException',
    'The throttling quota has been exceeded.',
  ),
  PRODUCER_FENCED: final(
    90,
    'ProducerFencedException',
    'There is a newer producer with the same transactionalId which fences the current one.',
  ),
  RESOURCE_NOT_FOUND: final(
    91,
    'ResourceNotFoundException',
    'A request illegally referred to a resource that does not exist.',
  ),
  DUPLICATE_RESOURCE: final(
    92,
    'DuplicateResourceException',
    'A request illegally referred to the same resource twice.',
  ),
  UNACCEPTABLE_CREDENTIAL: final(
    93,
    'UnacceptableCredentialException',
    'Requested credential would not meet criteria for acceptability.',
  ),
  INCONSISTENT_VOTER_SET: final(
    94,
    'InconsistentVoterSetException',
    'Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters.',
  ),
  INVALID_UPDATE_VERSION: final(95, 'InvalidUpdateVersionException', 'The given update version was invalid.'),
  FEATURE_UPDATE_FAILED: final(
    96,
    'FeatureUpdateFailedException',
    'Unable to update finalized features due to an unexpected server error.',
  ),
  PRINCIPAL_DESERIALIZATION_FAILURE: final(
    97,
    'PrincipalDeserializationException',
    'Request principal deserialization failed during forwarding. This indicates an internal error on the broker cluster security setup.',
  ),
  SNAPSHOT_NOT_FOUND: final(98, 'SnapshotNotFoundException', 'Requested snapshot was not found.'),
  POSITION_OUT_OF_RANGE: final(
    99,
    'PositionOutOfRangeException',
    'Requested position is not greater than or equal to zero, and less than the size of the snapshot.',
  ),
  UNKNOWN_TOPIC_ID: retriable(100, 'UnknownTopicIdException', 'This server does not host this topic ID.'),
  DUPLICATE_BROKER_REGISTRATION: final(
    101,
    'DuplicateBrokerRegistrationException',
    'This broker ID is already in use.',
  ),
  BROKER_ID_NOT_REGISTERED: final(
    102,
    'BrokerIdNotRegisteredException',
    'The given broker ID was not registered.',
  ),
  INCONSISTENT_TOPIC_ID: retriable(
    103,
    'InconsistentTopicIdException',
    "The log's topic ID did not match the topic ID in the request.",
  ),
  INCONSISTENT_CLUSTER_ID: final(
    104,
    'InconsistentClusterIdException',
    'The clusterId in the request does not match that found on the server.',
  ),
  TRANSACTIONAL_ID_NOT_FOUND: final(
    105,
    'TransactionalIdNotFoundException',
    'The transactionalId could not be found.',
  ),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(
    106,
    'FetchSessionTopicIdException',
    'The fetch session encountered inconsistent topic ID usage.',
  ),
  INELIGIBLE_REPLICA: final(
    107,
    'IneligibleReplicaException',
    'The new ISR contains at least one ineligible replica.',
  ),
  NEW_LEADER_ELECTED: final(
    108,
    'NewLeaderElectedException',
    'The AlterPartition request successfully updated the partition state but the leader has changed.',
  ),
  OFFSET_MOVED_TO_TIERED_STORAGE: final(
    109,
    'OffsetMovedToTieredStorageException',
    'The requested offset is moved to tiered storage.',
  ),
  FENCED_MEMBER_EPOCH: final(
    110,
    'FencedMemberEpochException',
    'The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin.',
  ),
  UNRELEASED_INSTANCE_ID: final(
    111,
    'UnreleasedInstanceIdException',
    'The instance ID is still used by another member in the consumer group. That member must leave first.',
  ),
  UNSUPPORTED_ASSIGNOR: final(
    112,
    'UnsupportedAssignorException',
    'The assignor or its version range is not supported by the consumer group.',
  ),
  STALE_MEMBER_EPOCH: final(
    113,
    'StaleMemberEpochException',
    'The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.',
  ),
  MISMATCHED_ENDPOINT_TYPE: final(
    114,
    'MismatchedEndpointTypeException',
    'The request was sent to an endpoint of the wrong type.',
  ),
  UNSUPPORTED_ENDPOINT_TYPE: final(
    115,
    'UnsupportedEndpointTypeException',
    'This endpoint type is not supported yet.',
  ),
  UNKNOWN_CONTROLLER_ID: final(116, 'UnknownControllerIdException', 'This controller ID is not known.'),
  UNKNOWN_SUBSCRIPTION_ID: final(
    117,
    'UnknownSubscriptionIdException',
    'Client sent a push telemetry request with an invalid or outdated subscription ID.',
  ),
  TELEMETRY_TOO_LARGE: final(
    118,
    'TelemetryTooLargeException',
    'Client sent a push telemetry request larger than the maximum size the broker will accept.',
  ),
  INVALID_REGISTRATION: final(
    119,
    'InvalidRegistrationException',
    'The controller has considered the broker registration to be invalid.',
  ),
  TRANSACTION_ABORTABLE: final(
    120,
    'TransactionAbortableException',
    'The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID.',
  ),
  INVALID_RECORD_STATE: final(
    121,
    'InvalidRecordStateException',
    'The record state is invalid. The acknowledgement of delivery could not be completed.',
  ),
  SHARE_SESSION_NOT_FOUND: retriable(
    122,
    'ShareSessionNotFoundException',
    'The share session was not found.',
  ),
  INVALID_SHARE_SESSION_EPOCH: retriable(
    123,
    'InvalidShareSessionEpochException',
    'The share session epoch is invalid.',
  ),
  FENCED_STATE_EPOCH: final(
    124,
    'FencedStateEpochException',
    'The share coordinator rejected the request because the share-group state epoch did not match.',
  ),
  INVALID_VOTER_KEY: final(
    125,
    'InvalidVoterKeyException',
    "The voter key doesn't match the receiving replica's key.",
  ),
  DUPLICATE_VOTER: final(126, 'DuplicateVoterException', 'The voter is already part of the set of voters.'),
  VOTER_NOT_FOUND: final(127, 'VoterNotFoundException', 'The voter is not part of the set of voters.'),
} satisfies Record<string, ErrorRow>;
