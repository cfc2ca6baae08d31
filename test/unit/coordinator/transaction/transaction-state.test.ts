/** The table of states against contract 5.2, and what a transaction makes of it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { epochsAfterInit, isEpochExhausted } from '../../../../src/coordinator/transaction/producer-epoch.ts';
import {
  canTransition,
  idOfState,
  mayExpire,
  stateOfId,
  TRANSACTION_STATES,
  type TransactionState,
} from '../../../../src/coordinator/transaction/transaction-state.ts';
import { Transaction } from '../../../../src/coordinator/transaction/transaction.ts';

/** To, and from where. */
const CONTRACT: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  Empty: ['Empty', 'CompleteCommit', 'CompleteAbort'],
  Ongoing: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
  PrepareCommit: ['Ongoing'],
  PrepareAbort: ['Ongoing', 'PrepareEpochFence'],
  CompleteCommit: ['PrepareCommit'],
  CompleteAbort: ['PrepareAbort'],
  Dead: ['Empty', 'CompleteCommit', 'CompleteAbort'],
  PrepareEpochFence: ['Ongoing'],
};

describe('states', () => {
  test('go as the contract says, and no other way', () => {
    const ways = TRANSACTION_STATES.map((to) => TRANSACTION_STATES.filter((from) => canTransition(from, to)));
    expect(ways.map((from) => from.toSorted())).toEqual(
      TRANSACTION_STATES.map((to) => CONTRACT[to].toSorted()),
    );
  });

  test('are stored under the ids of the original', () => {
    expect(TRANSACTION_STATES.map(idOfState)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(TRANSACTION_STATES.map((state) => stateOfId(idOfState(state)))).toEqual(TRANSACTION_STATES);
    expect(stateOfId(8)).toBeUndefined();
  });

  test('let an id expire that has nothing open', () => {
    expect(TRANSACTION_STATES.filter(mayExpire)).toEqual(['Empty', 'CompleteCommit', 'CompleteAbort']);
  });
});

describe('epochs', () => {
  test('end before the last one, which is kept for fencing', () => {
    expect([0, 32765, 32766, 32767].map(isEpochExhausted)).toEqual([false, false, true, true]);
  });

  test('go up for a new producer, whoever was there before', () => {
    expect(epochsAfterInit({ current: -1, last: -1 }, undefined)).toEqual({ current: 0, last: -1 });
    expect(epochsAfterInit({ current: 4, last: 3 }, undefined)).toEqual({ current: 5, last: -1 });
  });

  test('go up for a producer that goes on, and stay for its retry', () => {
    const bumped = epochsAfterInit({ current: 4, last: -1 }, 4);
    expect(bumped).toEqual({ current: 5, last: 4 });
    expect(epochsAfterInit(bumped!, 4)).toEqual(bumped);
    expect(epochsAfterInit(bumped!, 3)).toBeUndefined();
  });
});

/** What is tried on a transaction; those that its state does not allow are left out. */
type Step = 'init' | 'rotate' | 'add' | 'fence' | 'commit' | 'abort' | 'end' | 'complete' | 'abandon';
const STEPS: readonly Step[] = [
  'init',
  'rotate',
  'add',
  'fence',
  'commit',
  'abort',
  'end',
  'complete',
  'abandon',
];

test('a transaction never leaves the table, whatever becomes of its writes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 60 }), (steps) => {
      const transaction = Transaction.create('id', 1, 1000, 0);
      let prepared: ReturnType<Transaction['prepareDead']> | undefined;
      let fencing: number | undefined;
      let seen = transaction.state;
      let epoch = [transaction.producerId, transaction.producerEpoch] as const;
      for (const [nowMs, step] of steps.entries()) {
        const isFree = transaction.pendingState === undefined;
        const can = (to: TransactionState): boolean => isFree && canTransition(transaction.state, to);
        const { current } = transaction.epochs;
        if (step === 'init' && can('Empty') && current < 32766)
          prepared = transaction.prepareEpochs({ current: current + 1, last: current }, 1000, nowMs);
        else if (step === 'rotate' && can('Empty'))
          prepared = transaction.prepareProducerIdRotation(transaction.producerId + 1, -1, 1000, nowMs);
        else if (step === 'add' && can('Ongoing') && current >= 0)
          prepared = transaction.prepareAddPartitions([{ topic: 't', partition: nowMs % 3 }], nowMs);
        else if (step === 'fence' && can('PrepareEpochFence')) fencing = transaction.prepareEpochFence();
        else if (step === 'commit' && can('PrepareCommit'))
          prepared = transaction.prepareEnd('PrepareCommit', nowMs);
        else if (step === 'abort' && transaction.pendingState === 'PrepareEpochFence') {
          prepared = transaction.prepareEnd('PrepareAbort', nowMs, fencing);
        } else if (step === 'end' && (can('CompleteCommit') || can('CompleteAbort')))
          prepared = transaction.prepareComplete(nowMs);
        else if (step === 'complete' && prepared !== undefined) {
          transaction.complete(prepared);
          prepared = undefined;
        } else if (step === 'abandon' && prepared !== undefined) {
          transaction.abandon();
          prepared = undefined;
        }
        if (transaction.state !== seen) expect(canTransition(seen, transaction.state)).toBe(true);
        seen = transaction.state;
        const [producerId, producerEpoch] = epoch;
        // Epochs of one producer id never go back.
        if (transaction.producerId === producerId)
          expect(transaction.producerEpoch).toBeGreaterThanOrEqual(producerEpoch);
        epoch = [transaction.producerId, transaction.producerEpoch];
        if (transaction.state !== 'Ongoing' && !transaction.state.startsWith('Prepare'))
          expect(transaction.partitions.size).toBe(0);
      }
    }),
  );
});
