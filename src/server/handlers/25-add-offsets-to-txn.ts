/**
 * AddOffsetsToTxn v0-4: a transaction will commit offsets of a group. To the coordinator that is one more partition, the
 * one of `__consumer_offsets` on which the group falls (KIP-98). v2 PRODUCER_FENCED, v4 TRANSACTION_ABORTABLE.
 */
import { GROUP_METADATA_TOPIC } from '../../common/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
} from '../../protocol/messages/25-add-offsets-to-txn.ts';
import { defineHandler } from '../handler.ts';
import { fencedFor } from './producer-fenced.ts';
import { readGroup } from './group-request.ts';
import { writeTransactionalId } from './transactional-access.ts';

const FENCED_SINCE_VERSION = 2;

export const addOffsetsToTxn = defineHandler({
  request: AddOffsetsToTxnRequest,
  response: AddOffsetsToTxnResponse,

  access: ({ transactionalId, groupId }) => [writeTransactionalId(transactionalId), readGroup(groupId)],

  async handle({ transactionalId, groupId, ...producer }, context, services) {
    const { groupCoordinator, transactionCoordinator } = services;
    const partition = groupCoordinator.partitionFor(groupId);
    const error = await transactionCoordinator.addPartitions(transactionalId, producer, [
      { topic: GROUP_METADATA_TOPIC, partition },
    ]);
    return { throttleTimeMs: 0, errorCode: ErrorCode[fencedFor(context, FENCED_SINCE_VERSION, error)] };
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error] }),
});
