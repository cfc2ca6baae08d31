/** Leaders ask coordinators whether partitions are part of transactions: whom, in which words, and what they hear. */
import { expect, test } from '@jest/globals';
import { TransactionVerifier, type TransactionToVerify } from '../../../../src/coordinator/index.ts';
import { Metrics } from '../../../../src/metrics/index.ts';
import { NetworkError } from '../../../../src/network/index.ts';
import { ErrorCode, type ErrorName } from '../../../../src/protocol/index.ts';
import type { AddPartitionsToTxnRequest } from '../../../../src/protocol/messages/24-add-partitions-to-txn.ts';
import { settle, SILENT_LOGGER, VirtualTime } from '../coordinator-world.ts';

const ASKED: TransactionToVerify = {
  transactionalId: 'transfers',
  producerId: 7,
  producerEpoch: 1,
  partitions: [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 3 },
  ],
  knowsAbortable: true,
};

interface Heard {
  readonly request: AddPartitionsToTxnRequest;
  readonly answer: (errors: readonly ErrorName[]) => void;
  readonly fail: (error: Error) => void;
}

function verifierWorld({ leader = 1 } = {}) {
  const heard: Heard[] = [];
  const time = new VirtualTime();
  const verifier = new TransactionVerifier({
    clock: time.clock,
    logger: SILENT_LOGGER,
    metrics: new Metrics(time.clock),
    metadataCache: {
      partition: () => ({ leader }) as never,
      brokerEndpoint: (id) => (id < 0 ? undefined : { id, host: 'localhost', port: 1, rack: null }),
    },
    listenerName: 'PLAINTEXT',
    channels: {
      call: (_endpoint, { value }) =>
        new Promise((resolve, reject) => {
          const request = value as unknown as AddPartitionsToTxnRequest;
          heard.push({
            request,
            answer: (errors) => resolve(answerTo(request, errors) as never),
            fail: reject,
          });
        }),
      close: () => undefined,
    },
    requestTimeoutMs: 1000,
    partitionFor: () => 0,
  });
  return { verifier, heard };
}

/** The errors go to the partitions of all transactions, in their order. */
function answerTo({ transactions }: AddPartitionsToTxnRequest, errors: readonly ErrorName[]): object {
  let next = 0;
  return {
    errorCode: 0,
    resultsByTransaction: transactions.map(({ transactionalId, topics }) => ({
      transactionalId,
      topicResults: topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: ErrorCode[errors[next++] ?? 'NONE'],
        })),
      })),
    })),
  };
}

test('each partition has its answer, in words that the client knows', async () => {
  const { verifier, heard } = verifierWorld();
  const [modern, older] = [
    verifier.verify(ASKED),
    verifier.verify({ ...ASKED, transactionalId: 'b', knowsAbortable: false }),
  ];
  heard[0]!.answer(['NONE', 'TRANSACTION_ABORTABLE']);
  expect(await modern).toEqual(['NONE', 'TRANSACTION_ABORTABLE']);
  await settle();
  heard[1]!.answer(['PRODUCER_FENCED', 'TRANSACTION_ABORTABLE']);
  expect(await older).toEqual(['INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE']);
  expect(heard[0]!.request.transactions).toEqual([
    {
      transactionalId: 'transfers',
      producerId: 7,
      producerEpoch: 1,
      verifyOnly: true,
      topics: [{ name: 'orders', partitions: [0, 3] }],
    },
  ]);
});

test('what is asked while one question is on its way goes together with the next', async () => {
  const { verifier, heard } = verifierWorld();
  void verifier.verify(ASKED);
  const others = ['b', 'c'].map((transactionalId) => verifier.verify({ ...ASKED, transactionalId }));
  heard[0]!.answer([]);
  await settle();
  expect(heard[1]!.request.transactions.map(({ transactionalId }) => transactionalId)).toEqual(['b', 'c']);
  heard[1]!.answer(['NONE', 'NONE', 'INVALID_PRODUCER_ID_MAPPING']);
  expect(await Promise.all(others)).toEqual([
    ['NONE', 'NONE'],
    ['INVALID_PRODUCER_ID_MAPPING', 'NONE'],
  ]);
});

test('of two questions about an id that wait the later one is asked, unless its epoch is older', async () => {
  const { verifier, heard } = verifierWorld();
  void verifier.verify({ ...ASKED, transactionalId: 'first' });
  const ask = (producerEpoch: number) =>
    verifier.verify({ ...ASKED, producerEpoch, partitions: [ASKED.partitions[0]!] });
  const [old, retried, fenced] = [ask(1), ask(1), ask(2)];
  expect(await old).toEqual(['NETWORK_EXCEPTION']);
  expect(await retried).toEqual(['INVALID_PRODUCER_EPOCH']);
  expect(await ask(1)).toEqual(['INVALID_PRODUCER_EPOCH']);
  heard[0]!.answer([]);
  await settle();
  heard[1]!.answer(['NONE']);
  expect(await fenced).toEqual(['NONE']);
});

test('without an answer producers are told to try again, and a coordinator too old to ask is trusted', async () => {
  const { verifier, heard } = verifierWorld();
  const lost = verifier.verify(ASKED);
  heard[0]!.fail(new NetworkError('DISCONNECTED', 'gone'));
  expect(await lost).toEqual(['NETWORK_EXCEPTION', 'NETWORK_EXCEPTION']);
  await settle();
  const unverified = verifier.verify(ASKED);
  heard[1]!.fail(new NetworkError('UNSUPPORTED_VERSION', 'old'));
  expect(await unverified).toEqual(['NONE', 'NONE']);
  expect(await verifierWorld({ leader: -1 }).verifier.verify(ASKED)).toEqual([
    'COORDINATOR_NOT_AVAILABLE',
    'COORDINATOR_NOT_AVAILABLE',
  ]);
});
