/**
 * What the tours of docs/tour show is what happens: their stories are played here, and the facts the brokers leave on the
 * way are the lines of the pages. `UPDATE_TOURS=1` writes them there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { RecordedFact } from '../../src/observe/index.ts';
import {
  aBrokerDies,
  aTransactionCommits,
  theCrownMoves,
  TOLD,
  TOLD_OF_TRANSACTIONS,
  toldOf,
  type Told,
} from './stories/index.ts';

type Facts = readonly RecordedFact[];

function linesOf(facts: readonly RecordedFact[], told: Told): string {
  const lines = facts.map((fact) => {
    const text = toldOf(fact, told);
    return text === undefined ? '' : `broker ${fact.broker}  ${text}\n`;
  });
  return lines.join('');
}

const isOf =
  (...kinds: readonly RecordedFact['kind'][]) =>
  ({ kind }: RecordedFact): boolean =>
    kinds.includes(kind);

/** Holds the blocks of the page that are marked as facts against what happened, in their order. */
function expectShown(page: string, scenes: readonly (readonly RecordedFact[])[], told: Told = TOLD): void {
  const url = new URL(`../../docs/tour/${page}.md`, import.meta.url);
  const text = readFileSync(url, 'utf8');
  let next = 0;
  const renewed = text.replace(/```facts\n(?:[^`]*\n)?```/g, () => {
    return `\`\`\`facts\n${linesOf(scenes[next++] ?? [], told)}\`\`\``;
  });
  expect(next).toBe(scenes.length);
  if (process.env['UPDATE_TOURS'] !== undefined) writeFileSync(url, renewed);
  else expect(text).toBe(renewed);
}

test('the crown moves', async () => {
  const [reign, back] = (await theCrownMoves()).map(({ facts }) => facts) as [Facts, Facts];
  const elected = reign.findIndex(({ kind }) => kind === 'controller-elected');
  expectShown('the-crown-moves', [
    reign.slice(0, elected + 1),
    reign
      .slice(elected + 1)
      .filter(isOf('controller-event', 'replica-state', 'leader-elected', 'partition-role')),
    back.filter((fact) => fact.broker === 0 || fact.kind === 'controller-event'),
  ]);
});

test('a broker dies', async () => {
  const [dying, back, balanced] = (await aBrokerDies()).map(({ facts }) => facts) as [Facts, Facts, Facts];
  expectShown('a-broker-dies', [
    dying.filter(isOf('zookeeper-watch', 'controller-event', 'replica-state', 'leader-elected')),
    dying.filter(isOf('partition-role')),
    back,
    balanced,
  ]);
});

const REQUESTS_OF_TRANSACTIONS: ReadonlySet<string> = new Set([
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'WriteTxnMarkers',
]);

const isOfTransactions = (fact: RecordedFact): boolean =>
  fact.kind === 'request-received'
    ? REQUESTS_OF_TRANSACTIONS.has(fact.api)
    : fact.kind !== 'log-append' || fact.asLeader;

test('a transaction commits', async () => {
  const scenes = await aTransactionCommits();
  expectShown(
    'a-transaction-commits',
    scenes.map(({ facts }) => facts.filter(isOfTransactions)),
    TOLD_OF_TRANSACTIONS,
  );
});
