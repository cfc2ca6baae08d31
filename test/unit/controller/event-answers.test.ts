/** Whoever waits for an event is answered also when it fails, with the error Kafka has for it. */
import { describe, expect, test } from '@jest/globals';
import { Deferred, type TopicPartition } from '../../../src/common/index.ts';
import { answerFailed, answerNotController } from '../../../src/controller/event-answers.ts';
import type { ControllerEvent } from '../../../src/controller/controller-event.ts';
import { errorNameOf, KafkaError } from '../../../src/protocol/index.ts';
import type { AlterPartitionResponse } from '../../../src/protocol/messages/56-alter-partition.ts';
import type { AllocateProducerIdsResponse } from '../../../src/protocol/messages/67-allocate-producer-ids.ts';
import { ControllerMovedError } from '../../../src/zookeeper/index.ts';

type Answer = readonly TopicPartition[] | { readonly errorCode: number };

function waiting(kind: 'ControlledShutdown' | 'AlterPartition' | 'AllocateProducerIds'): {
  readonly event: ControllerEvent;
  readonly answer: Promise<Answer>;
} {
  switch (kind) {
    case 'ControlledShutdown': {
      const answer = new Deferred<readonly TopicPartition[]>();
      return {
        event: { kind: 'ControlledShutdown', brokerId: 1, brokerEpoch: 1, answer },
        answer: answer.promise,
      };
    }
    case 'AlterPartition': {
      const answer = new Deferred<AlterPartitionResponse>();
      const request = { brokerId: 1, brokerEpoch: 1, topics: [] };
      return {
        event: { kind: 'AlterPartitionReceived', request, version: 3, answer },
        answer: answer.promise,
      };
    }
    case 'AllocateProducerIds': {
      const answer = new Deferred<AllocateProducerIdsResponse>();
      return {
        event: { kind: 'AllocateProducerIds', request: { brokerId: 1, brokerEpoch: 1 }, answer },
        answer: answer.promise,
      };
    }
  }
}

/** The error on the wire: what the answer says, or what it is rejected with. */
async function errorOf(answer: Promise<Answer>): Promise<string> {
  try {
    const answered = await answer;
    return 'errorCode' in answered ? errorNameOf(answered.errorCode) : 'NONE';
  } catch (error) {
    return error instanceof KafkaError ? error.error : 'UNKNOWN_SERVER_ERROR';
  }
}

describe('an event whose write was refused because another controller is in office', () => {
  test.each([
    ['ControlledShutdown', 'STALE_CONTROLLER_EPOCH'],
    ['AlterPartition', 'UNKNOWN_SERVER_ERROR'],
    ['AllocateProducerIds', 'STALE_CONTROLLER_EPOCH'],
  ] as const)('%s is answered %s', async (kind, error) => {
    const { event, answer } = waiting(kind);
    answerFailed(event, new ControllerMovedError('another broker was elected'));
    expect(await errorOf(answer)).toBe(error);
  });

  test('any other failure is passed on', async () => {
    const { event, answer } = waiting('AlterPartition');
    answerFailed(event, new Error('ZooKeeper is gone'));
    await expect(answer).rejects.toThrow('ZooKeeper is gone');
  });
});

describe('an event at a broker that is not controller', () => {
  test.each([
    ['ControlledShutdown', 'STALE_CONTROLLER_EPOCH'],
    ['AlterPartition', 'NOT_CONTROLLER'],
    ['AllocateProducerIds', 'NOT_CONTROLLER'],
  ] as const)('%s is answered %s', async (kind, error) => {
    const { event, answer } = waiting(kind);
    answerNotController(event);
    expect(await errorOf(answer)).toBe(error);
  });
});
