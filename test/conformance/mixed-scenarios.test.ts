/**
 * Two brokers of Klassik and one of the original under load, while one dies, one stands still, one is cut off, partitions
 * move past fail-overs of the controller, and coordinators move in the middle of transactions: some of the scenarios of
 * `npm run test:mixed`, which tells of all of them in every line-up (docs/mixed.md). Every acknowledged record is consumed,
 * once and in order, and all replicas are the same bytes.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { conformanceFolder, removeFolder } from '../support/conformance/test-cluster.ts';
import { MixedBrokers } from '../support/mixed/mixed-brokers.ts';
import { runScenario, type Scenario } from '../support/mixed/scenario.ts';
import { copyWhile } from '../support/mixed/scenarios/copying.ts';
import { SCENARIOS } from '../support/mixed/scenarios/index.ts';
import type { Kind } from '../support/mixed/seat.ts';

jest.setTimeout(180_000);

const ACKNOWLEDGED_AT_LEAST = 500;
/** As `npm run test:mixed` does it with more records and each broker in turn. */
const COPYING: Scenario = {
  name: 'copiers-with-hard-bounce-of-a-broker',
  about:
    "the original's copiers copy in transactions, as a group, while the coordinator of one of them is killed",
  steps: (world) =>
    copyWhile(world, { mode: 'in-a-group', records: 20_000, transactionSize: 100 }, async () => {
      const { id } = await world.brokers.client.coordinator(`${world.topic}-copier-0`, TRANSACTION);
      await world.bounce(world.brokers.seat(id), 'hard');
    }),
};
const TRANSACTION = 1;
const KINDS: readonly Kind[] =
  process.env['KLASSIK_CONFORMANCE_BROKERS'] === 'jvm'
    ? ['jvm', 'jvm', 'jvm']
    : ['klassik', 'klassik', 'jvm'];

describeNeeding(KAFKA_JARS, 'two brokers of Klassik and one of the original, in trouble', (libraries) => {
  let dir: string;
  let brokers: MixedBrokers;

  beforeAll(async () => {
    dir = await conformanceFolder();
    brokers = await MixedBrokers.start({ dir, libraries, kinds: KINDS, logDirs: 2 });
  });

  afterAll(async () => {
    await brokers.close();
    await removeFolder(dir);
  });

  test.each([
    ['hard-shutdown-of-leader', 'jvm'],
    ['zombie-controller-within-its-session', 'klassik'],
    ['zombie-leader-without-followers', 'jvm'],
    ['reassignment-past-fail-overs-by-znode', 'klassik'],
    ['coordinators-move-in-the-middle-of-an-end', 'klassik'],
    [COPYING.name, 'jvm'],
  ] as const)('%s, with a controller of kind %s', async (name, kind) => {
    const scenario = [...SCENARIOS, COPYING].find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    await brokers.restartStuckControllers();
    await brokers.makeController(brokers.idsOf(kind)[0] ?? 0);
    const { acknowledged, consumed, findings } = await runScenario(brokers, scenario, name);
    expect(findings).toEqual([]);
    expect(consumed).toBe(acknowledged);
    expect(acknowledged).toBeGreaterThan(ACKNOWLEDGED_AT_LEAST);
  });
});
