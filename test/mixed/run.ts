/**
 * Klassik and the original in one cluster, through everything that the original's own system tests put a cluster through:
 * every scenario in every line-up with a controller of each kind. What it finds stands in docs/mixed.md; it fails where an
 * acknowledged record is lost, comes twice or in another order, where replicas differ, or a broker logs an error.
 *
 *     npm run test:mixed                                       all of it, which takes hours
 *     npm run test:mixed -- --scenario 'zombie|jepsen' --line-up '2 Klassik'     those whose names match
 *     npm run test:mixed -- --originals                        with brokers of the original only: what is asked holds there too
 *
 * A run of a part brings that part of the report up to date.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kafkaLibraries } from '../support/kafka-jars.ts';
import { MixedBrokers, type LineUp } from '../support/mixed/mixed-brokers.ts';
import { runScenario, type Scenario } from '../support/mixed/scenario.ts';
import { LINE_UPS, ORIGINALS, SCENARIOS } from '../support/mixed/scenarios/index.ts';
import type { Kind } from '../support/mixed/seat.ts';
import { merged, reportOf, type Row } from './report.ts';

const REPORT = fileURLToPath(new URL('../../docs/mixed.md', import.meta.url));
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: '' },
    'line-up': { type: 'string', default: '' },
    controller: { type: 'string', default: '' },
    originals: { type: 'boolean', default: false },
  },
});

const found = kafkaLibraries();
if (found === null) throw new Error('there are no jars of the original here, and Maven cannot fetch them');
const libraries = found;
const folder = await mkdtemp(join(tmpdir(), 'klassik-mixed-'));
const rows: Row[] = [];
process.exitCode = 1;
try {
  const lineUps = values.originals ? [ORIGINALS] : [...LINE_UPS, ORIGINALS];
  for (const lineUp of lineUps.filter(({ name }) => name.includes(values['line-up'])))
    for (const zookeepers of [1, 3] as const) await runLineUp(lineUp, zookeepers);
  process.exitCode = rows.length > 0 && rows.every(({ findings }) => findings.length === 0) ? 0 : 1;
} finally {
  if (process.exitCode === 0) await rm(folder, { recursive: true, force: true });
  else console.log(`what was left lies in ${folder}`);
}

/** One cluster for all of them, unless one of them fails: then the next begins with another. */
async function runLineUp(lineUp: LineUp, zookeepers: 1 | 3): Promise<void> {
  const scenarios = SCENARIOS.filter(
    (scenario) =>
      new RegExp(values.scenario).test(scenario.name) &&
      (scenario.zookeepers ?? 1) === zookeepers &&
      (scenario.lineUps?.includes(lineUp.name) ?? (values.originals || lineUp !== ORIGINALS)),
  );
  const controllers = [...new Set(lineUp.kinds)].filter((kind) => kind.includes(values.controller));
  let brokers: MixedBrokers | undefined;
  try {
    for (const controller of controllers)
      for (const scenario of scenarios) {
        const name = `${scenario.name}-${rows.length}`;
        const options = { dir: join(folder, name), libraries, kinds: lineUp.kinds, logDirs: 2, zookeepers };
        brokers ??= await MixedBrokers.start(options);
        const row = await runOne(brokers, lineUp, controller, scenario, name);
        await keep(row);
        if (row.findings.length === 0) continue;
        await brokers.close();
        brokers = undefined;
      }
  } finally {
    await brokers?.close();
  }
}

async function runOne(
  brokers: MixedBrokers,
  lineUp: LineUp,
  controller: Kind,
  scenario: Scenario,
  topic: string,
): Promise<Row> {
  const what = { scenario: scenario.name, lineUp: lineUp.name, controller };
  try {
    await brokers.restartStuckControllers();
    await brokers.makeController(brokers.idsOf(controller)[0]!);
    return { ...what, ...(await runScenario(brokers, scenario, topic)) };
  } catch (error) {
    const { message, cause } = error as Error;
    const findings = [cause instanceof Error ? `${message}: ${cause.message}` : message];
    const nothing = { acknowledged: 0, consumed: 0, lost: 0, duplicates: 0, seconds: 0 };
    return { ...what, ...nothing, leaderElections: 0, controllerElections: 0, findings };
  }
}

/** What has been found is kept at once: a long run may be ended. */
async function keep(row: Row): Promise<void> {
  rows.push(row);
  const { scenario, lineUp, controller, findings, seconds, acknowledged } = row;
  console.log(`${scenario}, ${lineUp}, ${controller} controls: ${acknowledged} acknowledged, ${seconds} s`);
  for (const finding of findings) console.log(`  ${finding}`);
  if (values.originals) return;
  const before = JSON.parse(await readFile(RESULTS, 'utf8').catch(() => '[]')) as Row[];
  const all = merged(before, row);
  await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(REPORT, reportOf(all));
}
