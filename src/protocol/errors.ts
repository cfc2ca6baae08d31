/**
 * Every error a Kafka 3.9 broker can put on the wire: its number, whether a client may try again, and the default
 * text that clients and tools show. The numbers and texts are part of the interface: scripts match on them.
 * Source: the Errors table of Kafka 3.9.1 (contract section 8 says which request gets which).
 */

interface ErrorRow {
  readonly code: number;
  readonly retriable: boolean;
  /** The class name the Java clients throw, which tools print. */
  readonly exception: string;
  readonly message: string;
}

const row = (code: number, retriable: boolean, exception: string, message: string): ErrorRow => ({
  code,
  retriable,
  exception,
  message,
});

export const errors = {
  UNKNOWN_SERVER_ERROR: row(
    -1,
    false,
    'UnknownServerException',
    'The server experienced an unexpected error when processing the request.',
  ),
  NONE: row(0, false, '', ''),
  OFFSET_OUT_OF_RANGE: row(
    1,
    false,
    'OffsetOutOfRangeException',
    'The requested offset is not within the range of offsets maintained by the server.',
  ),
  CORRUPT_MESSAGE: row(
    2,
    true,
    'CorruptRecordException',
    'This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt.',
  ),
  UNKNOWN_TOPIC_OR_PARTITION: row(
    3,
    true,
    'UnknownTopicOrPartitionException',
    'This server does not host this topic-partition.',
  ),
  INVALID_FETCH_SIZE: row(4, false, 'InvalidFetchSizeException', 'The requested fetch size is invalid.'),
  LEADER_NOT_AVAILABLE: row(
    5,
    true,
    'LeaderNotAvailableException',
    'There is no leader for this topic-partition as we are in the middle of a leadership election.',
  ),
  NOT_LEADER_OR_FOLLOWER: row(
    6,
    true,
    'NotLeaderOrFollowerException',
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  ),
  REQUEST_TIMED_OUT: row(7, true, 'TimeoutException', 'The request timed out.'),
  BROKER_NOT_AVAILABLE: row(8, false, 'BrokerNotAvailableException', 'The broker is not available.'),
  REPLICA_NOT_AVAILABLE: row(
    9,
    true,
    'ReplicaNotAvailableException',
    'The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition.',
  ),
  MESSAGE_TOO_LARGE: row(
    10,
    false,
    'RecordTooLargeException',
    'The request included a message larger than the max message size the server will accept.',
  ),
  STALE_CONTROLLER_EPOCH: row(
    11,
    false,
    'ControllerMovedException',
    'The controller moved to another broker.',
  ),
  OFFSET_METADATA_TOO_LARGE: row(
    12,
    false,
    'OffsetMetadataTooLarge',
    'The metadata field of the offset request was too large.',
  ),
  NETWORK_EXCEPTION: row(
    13,
    true,
    'NetworkException',
    'The server disconnected before a response was received.',
  ),
  COORDINATOR_LOAD_IN_PROGRESS: row(
    14,
    true,
    'CoordinatorLoadInProgressException',
    "The coordinator is loading and hence can't process requests.",
  ),
  COORDINATOR_NOT_AVAILABLE: row(
    15,
    true,
    'CoordinatorNotAvailableException',
    'The coordinator is not available.',
  ),
  NOT_COORDINATOR: row(16, true, 'NotCoordinatorException', 'This is not the correct coordinator.'),
  INVALID_TOPIC_EXCEPTION: row(
    17,
    false,
    'InvalidTopicException',
    'The request attempted to perform an operation on an invalid topic.',
  ),
  RECORD_LIST_TOO_LARGE: row(
    18,
    false,
    'RecordBatchTooLargeException',
    'The request included message batch larger than the configured segment size on the server.',
  ),
  NOT_ENOUGH_REPLICAS: row(
    19,
    true,
    'NotEnoughReplicasException',
    'Messages are rejected since there are fewer in-sync replicas than required.',
  ),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: row(
    20,
    true,
    'NotEnoughReplicasAfterAppendException',
    'Messages are written to the log, but to fewer in-sync replicas than required.',
  ),
  INVALID_REQUIRED_ACKS: row(
    21,
    false,
    'InvalidRequiredAcksException',
    'Produce request specified an invalid value for required acks.',
  ),
  ILLEGAL_GENERATION: row(
    22,
    false,
    'IllegalGenerationException',
    'Specified group generation id is not valid.',
  ),
  INCONSISTENT_GROUP_PROTOCOL: row(
    23,
    false,
    'InconsistentGroupProtocolException',
    "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list.",
  ),
  INVALID_GROUP_ID: row(24, false, 'InvalidGroupIdException', 'The configured groupId is invalid.'),
  UNKNOWN_MEMBER_ID: row(
    25,
    false,
    'UnknownMemberIdException',
    'The coordinator is not aware of this member.',
  ),
  INVALID_SESSION_TIMEOUT: row(
    26,
    false,
    'InvalidSessionTimeoutException',
    'The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms).',
  ),
  REBALANCE_IN_PROGRESS: row(
    27,
    false,
    'RebalanceInProgressException',
    'The group is rebalancing, so a rejoin is needed.',
  ),
  INVALID_COMMIT_OFFSET_SIZE: row(
    28,
    false,
    'InvalidCommitOffsetSizeException',
    'The committing offset data size is not valid.',
  ),
  TOPIC_AUTHORIZATION_FAILED: row(29, false, 'TopicAuthorizationException', 'Topic authorization failed.'),
  GROUP_AUTHORIZATION_FAILED: row(30, false, 'GroupAuthorizationException', 'Group authorization failed.'),
  CLUSTER_AUTHORIZATION_FAILED: row(
    31,
    false,
    'ClusterAuthorizationException',
    'Cluster authorization failed.',
  ),
  INVALID_TIMESTAMP: row(
    32,
    false,
    'InvalidTimestampException',
    'The timestamp of the message is out of acceptable range.',
  ),
  UNSUPPORTED_SASL_MECHANISM: row(
    33,
    false,
    'UnsupportedSaslMechanismException',
    'The broker does not support the requested SASL mechanism.',
  ),
  ILLEGAL_SASL_STATE: row(
    34,
    false,
    'IllegalSaslStateException',
    'Request is not valid given the current SASL state.',
  ),
  UNSUPPORTED_VERSION: row(35, false, 'UnsupportedVersionException', 'The version of API is not supported.'),
  TOPIC_ALREADY_EXISTS: row(36, false, 'TopicExistsException', 'Topic with this name already exists.'),
  INVALID_PARTITIONS: row(37, false, 'InvalidPartitionsException', 'Number of partitions is below 1.'),
  INVALID_REPLICATION_FACTOR: row(
    38,
    false,
    'InvalidReplicationFactorException',
    'Replication factor is below 1 or larger than the number of available brokers.',
  ),
  INVALID_REPLICA_ASSIGNMENT: row(
    39,
    false,
    'InvalidReplicaAssignmentException',
    'Replica assignment is invalid.',
  ),
  INVALID_CONFIG: row(40, false, 'InvalidConfigurationException', 'Configuration is invalid.'),
  NOT_CONTROLLER: row(
    41,
    true,
    'NotControllerException',
    'This is not the correct controller for this cluster.',
  ),
  INVALID_REQUEST: row(
    42,
    false,
    'InvalidRequestException',
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  ),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: row(
    43,
    false,
    'UnsupportedForMessageFormatException',
    'The message format version on the broker does not support the request.',
  ),
  POLICY_VIOLATION: row(
    44,
    false,
    'PolicyViolationException',
    'Request parameters do not satisfy the configured policy.',
  ),
  OUT_OF_ORDER_SEQUENCE_NUMBER: row(
    45,
    false,
    'OutOfOrderSequenceException',
    'The broker received an out of order sequence number.',
  ),
  DUPLICATE_SEQUENCE_NUMBER: row(
    46,
    false,
    'DuplicateSequenceException',
    'The broker received a duplicate sequence number.',
  ),
  INVALID_PRODUCER_EPOCH: row(
    47,
    false,
    'InvalidProducerEpochException',
    'Producer attempted to produce with an old epoch.',
  ),
  INVALID_TXN_STATE: row(
    48,
    false,
    'InvalidTxnStateException',
    'The producer attempted a transactional operation in an invalid state.',
  ),
  INVALID_PRODUCER_ID_MAPPING: row(
    49,
    false,
    'InvalidPidMappingException',
    'The producer attempted to use a producer id which is not currently assigned to its transactional id.',
  ),
  INVALID_TRANSACTION_TIMEOUT: row(
    50,
    false,
    'InvalidTxnTimeoutException',
    'The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).',
  ),
  CONCURRENT_TRANSACTIONS: row(
    51,
    true,
    'ConcurrentTransactionsException',
    'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.',
  ),
  TRANSACTION_COORDINATOR_FENCED: row(
    52,
    false,
    'TransactionCoordinatorFencedException',
    'Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer.',
  ),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: row(
    53,
    false,
    'TransactionalIdAuthorizationException',
    'Transactional Id authorization failed.',
  ),
  SECURITY_DISABLED: row(54, false, 'SecurityDisabledException', 'Security features are disabled.'),
  OPERATION_NOT_ATTEMPTED: row(
    55,
    false,
    'OperationNotAttemptedException',
    'The broker did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, causing the broker to respond without trying the rest.',
  ),
  KAFKA_STORAGE_ERROR: row(
    56,
    true,
    'KafkaStorageException',
    'Disk error when trying to access log file on the disk.',
  ),
  LOG_DIR_NOT_FOUND: row(
    57,
    false,
    'LogDirNotFoundException',
    'The user-specified log directory is not found in the broker config.',
  ),
  SASL_AUTHENTICATION_FAILED: row(58, false, 'SaslAuthenticationException', 'SASL Authentication failed.'),
  UNKNOWN_PRODUCER_ID: row(
    59,
    false,
    'UnknownProducerIdException',
    "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception.",
  ),
  REASSIGNMENT_IN_PROGRESS: row(
    60,
    false,
    'ReassignmentInProgressException',
    'A partition reassignment is in progress.',
  ),
  DELEGATION_TOKEN_AUTH_DISABLED: row(
    61,
    false,
    'DelegationTokenDisabledException',
    'Delegation Token feature is not enabled.',
  ),
  DELEGATION_TOKEN_NOT_FOUND: row(
    62,
    false,
    'DelegationTokenNotFoundException',
    'Delegation Token is not found on server.',
  ),
  DELEGATION_TOKEN_OWNER_MISMATCH: row(
    63,
    false,
    'DelegationTokenOwnerMismatchException',
    'Specified Principal is not valid Owner/Renewer.',
  ),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: row(
    64,
    false,
    'UnsupportedByAuthenticationException',
    'Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.',
  ),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: row(
    65,
    false,
    'DelegationTokenAuthorizationException',
    'Delegation Token authorization failed.',
  ),
  DELEGATION_TOKEN_EXPIRED: row(66, false, 'DelegationTokenExpiredException', 'Delegation Token is expired.'),
  INVALID_PRINCIPAL_TYPE: row(
    67,
    false,
    'InvalidPrincipalTypeException',
    'Supplied principalType is not supported.',
  ),
  NON_EMPTY_GROUP: row(68, false, 'GroupNotEmptyException', 'The group is not empty.'),
  GROUP_ID_NOT_FOUND: row(69, false, 'GroupIdNotFoundException', 'The group id does not exist.'),
  FETCH_SESSION_ID_NOT_FOUND: row(
    70,
    true,
    'FetchSessionIdNotFoundException',
    'The fetch session ID was not found.',
  ),
  INVALID_FETCH_SESSION_EPOCH: row(
    71,
    true,
    'InvalidFetchSessionEpochException',
    'The fetch session epoch is invalid.',
  ),
  LISTENER_NOT_FOUND: row(
    72,
    true,
    'ListenerNotFoundException',
    'There is no listener on the leader broker that matches the listener on which metadata request was processed.',
  ),
  TOPIC_DELETION_DISABLED: row(73, false, 'TopicDeletionDisabledException', 'Topic deletion is disabled.'),
  FENCED_LEADER_EPOCH: row(
    74,
    true,
    'FencedLeaderEpochException',
    'The leader epoch in the request is older than the epoch on the broker.',
  ),
  UNKNOWN_LEADER_EPOCH: row(
    75,
    true,
    'UnknownLeaderEpochException',
    'The leader epoch in the request is newer than the epoch on the broker.',
  ),
  UNSUPPORTED_COMPRESSION_TYPE: row(
    76,
    false,
    'UnsupportedCompressionTypeException',
    'The requesting client does not support the compression type of given partition.',
  ),
  STALE_BROKER_EPOCH: row(77, false, 'StaleBrokerEpochException', 'Broker epoch has changed.'),
  OFFSET_NOT_AVAILABLE: row(
    78,
    true,
    'OffsetNotAvailableException',
    'The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.',
  ),
  MEMBER_ID_REQUIRED: row(
    79,
    false,
    'MemberIdRequiredException',
    'The group member needs to have a valid member id before actually entering a consumer group.',
  ),
  PREFERRED_LEADER_NOT_AVAILABLE: row(
    80,
    true,
    'PreferredLeaderNotAvailableException',
    'The preferred leader was not available.',
  ),
  GROUP_MAX_SIZE_REACHED: row(
    81,
    false,
    'GroupMaxSizeReachedException',
    'The consumer group has reached its max size.',
  ),
  FENCED_INSTANCE_ID: row(
    82,
    false,
    'FencedInstanceIdException',
    'The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.',
  ),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: row(
    83,
    true,
    'EligibleLeadersNotAvailableException',
    'Eligible topic partition leaders are not available.',
  ),
  ELECTION_NOT_NEEDED: row(
    84,
    true,
    'ElectionNotNeededException',
    'Leader election not needed for topic partition.',
  ),
  NO_REASSIGNMENT_IN_PROGRESS: row(
    85,
    false,
    'NoReassignmentInProgressException',
    'No partition reassignment is in progress.',
  ),
  GROUP_SUBSCRIBED_TO_TOPIC: row(
    86,
    false,
    'GroupSubscribedToTopicException',
    'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.',
  ),
  INVALID_RECORD: row(
    87,
    false,
    'InvalidRecordException',
    'This record has failed the validation on broker and hence will be rejected.',
  ),
  UNSTABLE_OFFSET_COMMIT: row(
    88,
    true,
    'UnstableOffsetCommitException',
    'There are unstable offsets that need to be cleared.',
  ),
  THROTTLING_QUOTA_EXCEEDED: row(
    89,
    true,
    'ThrottlingQuotaExceededException',
    'The throttling quota has been exceeded.',
  ),
  PRODUCER_FENCED: row(
    90,
    false,
    'ProducerFencedException',
    'There is a newer producer with the same transactionalId which fences the current one.',
  ),
  RESOURCE_NOT_FOUND: row(
    91,
    false,
    'ResourceNotFoundException',
    'A request illegally referred to a resource that does not exist.',
  ),
  DUPLICATE_RESOURCE: row(
    92,
    false,
    'DuplicateResourceException',
    'A request illegally referred to the same resource twice.',
  ),
  UNACCEPTABLE_CREDENTIAL: row(
    93,
    false,
    'UnacceptableCredentialException',
    'Requested credential would not meet criteria for acceptability.',
  ),
  INCONSISTENT_VOTER_SET: row(
    94,
    false,
    'InconsistentVoterSetException',
    'Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters.',
  ),
  INVALID_UPDATE_VERSION: row(
    95,
    false,
    'InvalidUpdateVersionException',
    'The given update version was invalid.',
  ),
  FEATURE_UPDATE_FAILED: row(
    96,
    false,
    'FeatureUpdateFailedException',
    'Unable to update finalized features due to an unexpected server error.',
  ),
  PRINCIPAL_DESERIALIZATION_FAILURE: row(
    97,
    false,
    'PrincipalDeserializationException',
    'Request principal deserialization failed during forwarding. This indicates an internal error on the broker cluster security setup.',
  ),
  SNAPSHOT_NOT_FOUND: row(98, false, 'SnapshotNotFoundException', 'Requested snapshot was not found.'),
  POSITION_OUT_OF_RANGE: row(
    99,
    false,
    'PositionOutOfRangeException',
    'Requested position is not greater than or equal to zero, and less than the size of the snapshot.',
  ),
  UNKNOWN_TOPIC_ID: row(100, true, 'UnknownTopicIdException', 'This server does not host this topic ID.'),
  DUPLICATE_BROKER_REGISTRATION: row(
    101,
    false,
    'DuplicateBrokerRegistrationException',
    'This broker ID is already in use.',
  ),
  BROKER_ID_NOT_REGISTERED: row(
    102,
    false,
    'BrokerIdNotRegisteredException',
    'The given broker ID was not registered.',
  ),
  INCONSISTENT_TOPIC_ID: row(
    103,
    true,
    'InconsistentTopicIdException',
    "The log's topic ID did not match the topic ID in the request.",
  ),
  INCONSISTENT_CLUSTER_ID: row(
    104,
    false,
    'InconsistentClusterIdException',
    'The clusterId in the request does not match that found on the server.',
  ),
  TRANSACTIONAL_ID_NOT_FOUND: row(
    105,
    false,
    'TransactionalIdNotFoundException',
    'The transactionalId could not be found.',
  ),
  FETCH_SESSION_TOPIC_ID_ERROR: row(
    106,
    true,
    'FetchSessionTopicIdException',
    'The fetch session encountered inconsistent topic ID usage.',
  ),
  INELIGIBLE_REPLICA: row(
    107,
    false,
    'IneligibleReplicaException',
    'The new ISR contains at least one ineligible replica.',
  ),
  NEW_LEADER_ELECTED: row(
    108,
    false,
    'NewLeaderElectedException',
    'The AlterPartition request successfully updated the partition state but the leader has changed.',
  ),
  OFFSET_MOVED_TO_TIERED_STORAGE: row(
    109,
    false,
    'OffsetMovedToTieredStorageException',
    'The requested offset is moved to tiered storage.',
  ),
  FENCED_MEMBER_EPOCH: row(
    110,
    false,
    'FencedMemberEpochException',
    'The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin.',
  ),
  UNRELEASED_INSTANCE_ID: row(
    111,
    false,
    'UnreleasedInstanceIdException',
    'The instance ID is still used by another member in the consumer group. That member must leave first.',
  ),
  UNSUPPORTED_ASSIGNOR: row(
    112,
    false,
    'UnsupportedAssignorException',
    'The assignor or its version range is not supported by the consumer group.',
  ),
  STALE_MEMBER_EPOCH: row(
    113,
    false,
    'StaleMemberEpochException',
    'The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.',
  ),
  MISMATCHED_ENDPOINT_TYPE: row(
    114,
    false,
    'MismatchedEndpointTypeException',
    'The request was sent to an endpoint of the wrong type.',
  ),
  UNSUPPORTED_ENDPOINT_TYPE: row(
    115,
    false,
    'UnsupportedEndpointTypeException',
    'This endpoint type is not supported yet.',
  ),
  UNKNOWN_CONTROLLER_ID: row(116, false, 'UnknownControllerIdException', 'This controller ID is not known.'),
  UNKNOWN_SUBSCRIPTION_ID: row(
    117,
    false,
    'UnknownSubscriptionIdException',
    'Client sent a push telemetry request with an invalid or outdated subscription ID.',
  ),
  TELEMETRY_TOO_LARGE: row(
    118,
    false,
    'TelemetryTooLargeException',
    'Client sent a push telemetry request larger than the maximum size the broker will accept.',
  ),
  INVALID_REGISTRATION: row(
    119,
    false,
    'InvalidRegistrationException',
    'The controller has considered the broker registration to be invalid.',
  ),
  TRANSACTION_ABORTABLE: row(
    120,
    false,
    'TransactionAbortableException',
    'The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID.',
  ),
  INVALID_RECORD_STATE: row(
    121,
    false,
    'InvalidRecordStateException',
    'The record state is invalid. The acknowledgement of delivery could not be completed.',
  ),
  SHARE_SESSION_NOT_FOUND: row(
    122,
    true,
    'ShareSessionNotFoundException',
    'The share session was not found.',
  ),
  INVALID_SHARE_SESSION_EPOCH: row(
    123,
    true,
    'InvalidShareSessionEpochException',
    'The share session epoch is invalid.',
  ),
  FENCED_STATE_EPOCH: row(
    124,
    false,
    'FencedStateEpochException',
    'The share coordinator rejected the request because the share-group state epoch did not match.',
  ),
  INVALID_VOTER_KEY: row(
    125,
    false,
    'InvalidVoterKeyException',
    "The voter key doesn't match the receiving replica's key.",
  ),
  DUPLICATE_VOTER: row(
    126,
    false,
    'DuplicateVoterException',
    'The voter is already part of the set of voters.',
  ),
  VOTER_NOT_FOUND: row(127, false, 'VoterNotFoundException', 'The voter is not part of the set of voters.'),
} satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof errors;

/** The number for each name: `ErrorCode.NOT_CONTROLLER` is 41. */
export const ErrorCode = Object.fromEntries(
  Object.entries(errors).map(([name, { code }]) => [name, code]),
) as Record<ErrorName, number>;

const NAME_OF_CODE = new Map(Object.entries(errors).map(([name, { code }]) => [code, name as ErrorName]));

/** The name for a number; a number from a newer Kafka reads as UNKNOWN_SERVER_ERROR. */
export function errorNameOf(code: number): ErrorName {
  return NAME_OF_CODE.get(code) ?? 'UNKNOWN_SERVER_ERROR';
}

/**
 * A failure that has a place on the wire. Handlers throw it, the dispatcher turns it into the response's error code.
 * `message` is what goes into an error_message field: the table's text unless a better one was given.
 */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly error: ErrorName;

  constructor(error: ErrorName, message: string = errors[error].message, options?: ErrorOptions) {
    super(message, options);
    this.error = error;
  }

  get code(): number {
    return ErrorCode[this.error];
  }

  get retriable(): boolean {
    return errors[this.error].retriable;
  }
}
