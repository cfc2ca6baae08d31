/**
 * The consumers' own agreement inside the "consumer" protocol type: what a member subscribes to (in JoinGroup) and what
 * the leader of the group gives it (in SyncGroup). To the coordinator both are opaque bytes, except that it looks for
 * the subscribed topics when it decides which offsets may expire.
 *
 * Each begins with an int16 version; a newer version is read as the newest known, because versions may only append.
 */
import { array, bytes, int32, message, string, type MessageOf } from '../schema/fields.ts';

/**
 * v1 added the partitions owned so far (KIP-429, cooperative rebalancing), v2 the generation they were owned in
 * (KIP-792), v3 the rack (KIP-881).
 */
export const ConsumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  fields: {
    topics: array('0+', 'string'),
    userData: bytes('0+', { nullable: '0+', default: null }),
    ownedPartitions: array(
      '1+',
      {
        topic: string('1+', { entity: 'topicName', mapKey: true }),
        partitions: array('1+', 'int32'),
      },
      { ignorable: true },
    ),
    generationId: int32('2+', { default: -1, ignorable: true }),
    rackId: string('3+', { nullable: '3+', default: null, ignorable: true }),
  },
});

/** All versions are alike; their numbers go up together with the subscription's. */
export const ConsumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: array('0+', {
      topic: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', 'int32'),
    }),
    userData: bytes('0+', { nullable: '0+', default: null }),
  },
});

export type ConsumerProtocolSubscription = MessageOf<typeof ConsumerProtocolSubscription>;
export type ConsumerProtocolAssignment = MessageOf<typeof ConsumerProtocolAssignment>;
