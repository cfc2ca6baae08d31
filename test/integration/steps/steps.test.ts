/**
 * Klassik takes the steps that were recorded with Kafka 3.9.1 (test/golden/steps, by record.ts). After each of them the
 * tree of znodes has changed in the same way, data and versions with it, and every broker's session has done the same
 * writes in the same order, as ZooKeeper's own transaction log tells. Replicas are placed by hand and the controller is
 * whoever is alone, so that nothing is left to chance.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { klassikCluster } from './cluster.ts';
import { takeSteps, type Taken } from './driver.ts';
import { ALL_STEPS } from './table/index.ts';
import { regardlessOfPipelining, topicByTopic } from './told.ts';

jest.setTimeout(300_000);

const FIXTURE = new URL('../../golden/steps/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly steps: Readonly<Record<string, Taken>>;
};

/** Steps that Klassik does not take yet, each by what it lacks (docs/differences.md). */
const NOT_SERVED_YET: Readonly<Record<number, string>> = {
  49: 'quotas',
  51: 'SCRAM',
};
/** What is still to come of a step comes within this time. */
const LATEST_WRITE_MS = 5000;

let dir: string;
let taken: Readonly<Record<string, Taken>>;

const nothing: Taken = { znodes: [], sessions: {} };

const countOf = (sessions: Taken['sessions']): number =>
  Object.values(sessions).reduce((sum, lines) => sum + lines.length, 0);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-steps-'));
  const cluster = await klassikCluster(dir);
  try {
    taken = await takeSteps(cluster, {
      asked: 0,
      async settle({ says }, look) {
        const wanted = countOf((original.steps[says] ?? nothing).sessions);
        const all = until(`${wanted} writes`, async () => countOf(await look()) >= wanted, LATEST_WRITE_MS);
        // Fewer than the original's are a difference, which the comparison tells.
        await all.catch(() => undefined);
      },
    });
  } finally {
    await cluster.close();
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const steps = ALL_STEPS.map((step) => [step.says, step] as const);

test('the original took every step', () => {
  expect(Object.keys(original.steps)).toEqual(ALL_STEPS.map(({ says }) => says));
});

test.each(steps)('%s', (says, { needs = -1, topicsApart }) => {
  if (taken[says] === undefined) {
    expect(Object.keys(NOT_SERVED_YET)).toContain(String(needs));
    return;
  }
  expect(NOT_SERVED_YET[needs]).toBeUndefined();
  const told = ({ znodes, sessions }: Taken): unknown => ({
    znodes,
    sessions: Object.fromEntries(
      Object.entries(sessions).map(([name, lines]) => [
        name,
        topicsApart === true ? topicByTopic(lines) : regardlessOfPipelining(lines),
      ]),
    ),
  });
  expect(told(taken[says])).toEqual(told(original.steps[says] ?? nothing));
});
