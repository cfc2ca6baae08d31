/**
 * The golden traces (traces/*.txt): six stories of a cluster as they happen, to the millisecond. Whatever changes what
 * brokers say to each other, when, or what they write, shows here as a difference that a person reads.
 * `UPDATE_TRACES=1` writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import {
  aBrokerDies,
  aGroupRebalances,
  aRecordsLife,
  aTopicIsDeleted,
  aTransactionCommits,
  theCrownMoves,
  toldOf,
  TOLD_WHOLE,
  type Scene,
} from './stories/index.ts';

const STORIES = {
  'a-records-life': aRecordsLife,
  'a-broker-dies': aBrokerDies,
  'the-crown-moves': theCrownMoves,
  'a-group-rebalances': aGroupRebalances,
  'a-transaction-commits': aTransactionCommits,
  'a-topic-is-deleted': aTopicIsDeleted,
} as const;

function linesOf(scenes: readonly Scene[]): string {
  const lines: string[] = [];
  for (const { title, facts } of scenes) {
    lines.push(`-- ${title}`);
    for (const fact of facts) {
      const text = toldOf(fact, TOLD_WHOLE);
      if (text !== undefined) lines.push(`${timeOf(fact.atMs)}  broker ${fact.broker}  ${text}`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** Of the day, to the millisecond. */
function timeOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 23);
}

test.each(Object.keys(STORIES) as (keyof typeof STORIES)[])('%s as it was', async (name) => {
  const file = fileURLToPath(new URL(`traces/${name}.txt`, import.meta.url));
  const lines = linesOf(await STORIES[name]());
  if (process.env['UPDATE_TRACES'] !== undefined) writeFileSync(file, lines);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(lines);
});
