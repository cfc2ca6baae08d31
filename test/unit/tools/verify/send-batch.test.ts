/**
 * What a producer of `klassik verify` says became of a batch. The whole verdict rests on it: "refused" must mean that it is
 * not in the log and never will be.
 */
import { expect, test } from '@jest/globals';
import { ClusterClient } from '../../../../src/tools/client/index.ts';
import { sendBatch } from '../../../../src/tools/verify/send-batch.ts';
import { BASE_OFFSET, startScriptedLeader, type Answer } from './scripted-leader.ts';

async function outcomeOf(answers: readonly Answer[], hasSequence: boolean): Promise<string> {
  const leader = await startScriptedLeader(answers);
  const client = new ClusterClient({
    bootstrapServers: [leader.bootstrap],
    timeoutMs: 5_000,
    requestTimeoutMs: 300,
  });
  try {
    const outcome = await sendBatch(client, {
      ...{ topic: 't', partition: 0, acks: -1, transactionalId: null, hasSequence },
      bytes: Buffer.alloc(0),
      timeoutMs: 20_000,
    });
    const what = outcome.kind === 'stored' ? String(outcome.baseOffset) : outcome.error.error;
    return `${outcome.kind} ${what} after ${leader.asked()}`;
  } finally {
    await client.close();
    await leader.close();
  }
}

test.each<[Answer[], string]>([
  [['NONE'], `stored ${BASE_OFFSET} after 1`],
  [['NOT_ENOUGH_REPLICAS', 'NONE'], `stored ${BASE_OFFSET} after 2`],
  [['NOT_LEADER_OR_FOLLOWER', 'NONE'], `stored ${BASE_OFFSET} after 2`],
  [['hang up', 'NONE'], `stored ${BASE_OFFSET} after 2`],
  [['silence', 'NONE'], `stored ${BASE_OFFSET} after 2`],
  [['hang up', 'DUPLICATE_SEQUENCE_NUMBER'], 'stored null after 2'],
  [['OUT_OF_ORDER_SEQUENCE_NUMBER'], 'refused OUT_OF_ORDER_SEQUENCE_NUMBER after 1'],
  [['hang up', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'unknown OUT_OF_ORDER_SEQUENCE_NUMBER after 2'],
  [['NOT_LEADER_OR_FOLLOWER', 'INVALID_PRODUCER_EPOCH'], 'unknown INVALID_PRODUCER_EPOCH after 2'],
  [['MESSAGE_TOO_LARGE'], 'refused MESSAGE_TOO_LARGE after 1'],
])('a batch with a sequence that is answered %j is %s', async (answers, outcome) => {
  expect(await outcomeOf(answers, true)).toBe(outcome);
});

test.each<[Answer[], string]>([
  [['NONE'], `stored ${BASE_OFFSET} after 1`],
  [['NOT_ENOUGH_REPLICAS', 'NONE'], `stored ${BASE_OFFSET} after 2`],
  [['hang up'], 'unknown NETWORK_EXCEPTION after 1'],
  [['silence'], 'unknown NETWORK_EXCEPTION after 1'],
  [['NOT_LEADER_OR_FOLLOWER'], 'unknown NOT_LEADER_OR_FOLLOWER after 1'],
  [['NOT_ENOUGH_REPLICAS_AFTER_APPEND'], 'unknown NOT_ENOUGH_REPLICAS_AFTER_APPEND after 1'],
])('one without, which must not be sent twice, that is answered %j is %s', async (answers, outcome) => {
  expect(await outcomeOf(answers, false)).toBe(outcome);
});
