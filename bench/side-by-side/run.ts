/**
 * Klassik and the original side by side: `npm run bench`. See docs/benchmarks.md for the method.
 *
 *     npm run bench -- --quick                    two rounds of a tenth of the load: does it run?
 *     npm run bench -- --only start,catch-up      some of the workloads
 *     npm run bench -- --write                    the results into docs/benchmarks.md and bench/results/
 *     npm run bench -- --profile catch-up         one workload on Klassik with a CPU profile
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { KAFKA_VERSION, kafkaLibraries } from '../../test/support/kafka-jars.ts';
import { compactionRounds } from './compaction-rounds.ts';
import { loadRounds } from './load-rounds.ts';
import { offsetsRounds } from './offsets-rounds.ts';
import { partitionsRounds } from './partitions-rounds.ts';
import { profileWorkload } from './profile-workload.ts';
import { recoveryRounds } from './recovery-rounds.ts';
import { renderReport, withNewRows, withResults } from './report.ts';
import { describeMachine, describeSoftware, ResultRows, type Results } from './results.ts';
import { controllerAloneRounds } from './scale/controller-alone.ts';
import { STEPS, stepRounds } from './scale/rounds.ts';
import { startRounds } from './start-rounds.ts';
import { WORKLOADS, type Workload } from './workloads.ts';
import { withWorld, type World } from './world.ts';

type Rounds = (world: World, rounds: number, rows: ResultRows) => Promise<void>;

/** What is measured on brokers of its own. */
const ROUNDS: Readonly<Record<string, Rounds>> = {
  start: startRounds,
  recovery: recoveryRounds,
  compaction: compactionRounds,
  'partitions-start': partitionsRounds,
  'offsets-load': offsetsRounds,
  'controller-10000': controllerAlone('controller-10000', 10_000),
};

/** The rest of the controller's curve: only when asked for. */
const BY_HAND: Readonly<Record<string, Rounds>> = {
  'controller-1000': controllerAlone('controller-1000', 1000),
  'controller-100000': controllerAlone('controller-100000', 100_000),
};

function controllerAlone(name: string, partitions: number): Rounds {
  return (world, rounds, rows) => controllerAloneRounds(world, { name, partitions, rounds }, rows);
}

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const BASELINE = fileURLToPath(new URL('../results/side-by-side.json', import.meta.url));
const QUICK_SCALE = 0.1;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const startedMs = performance.now();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const libraries = kafkaLibraries();
if (libraries === null) fail("Kafka's jars cannot be had: mvn is needed, and a Maven repository");
const options = { libraries, scale: values.quick ? QUICK_SCALE : 1, progress };
if (values.profile !== undefined) await profileWorkload(workloadNamed(values.profile), options);
else await compare();

async function compare(): Promise<void> {
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 7));
  if (!Number.isInteger(rounds) || rounds < 1) fail('--rounds takes a number');
  const only = values.only?.split(',');
  if (values.write && values.quick) fail('--write takes the whole load');
  const workloads =
    only === undefined
      ? WORKLOADS
      : only.filter((name) => !hasRounds(name)).map((name) => workloadNamed(name));
  const steps = Object.keys(STEPS).filter((name) => only?.includes(name) ?? true);
  const rows = new ResultRows();
  await withWorld(options, async (world) => {
    for (const [name, run] of Object.entries(ROUNDS))
      if (only?.includes(name) ?? true) await run(world, rounds, rows);
    for (const [name, run] of Object.entries(BY_HAND))
      if (only?.includes(name) === true) await run(world, rounds, rows);
    if (steps.length > 0) await stepRounds(world, steps, rounds, rows);
    if (workloads.length > 0) await loadRounds(world, workloads, rounds, rows);
  });
  const results = {
    date: new Date().toISOString().slice(0, 10),
    rounds,
    machine: describeMachine(),
    software: describeSoftware(KAFKA_VERSION),
    rows: rows.list(),
  };
  if (values.output !== undefined) await writeFile(values.output, await jsonOf(results));
  if (values.write) await write(only === undefined ? results : withNewRows(await written(), results));
  console.log(`\n${renderReport(results)}`);
}

async function written(): Promise<Results> {
  return JSON.parse(await readFile(BASELINE, 'utf8')) as Results;
}

async function write(results: Results): Promise<void> {
  await mkdir(dirname(BASELINE), { recursive: true });
  await writeFile(BASELINE, await jsonOf(results));
  await writeFile(PAGE, withResults(await readFile(PAGE, 'utf8'), results));
}

function jsonOf(results: Results): Promise<string> {
  return format(JSON.stringify(results), { parser: 'json', printWidth: 110 });
}

function hasRounds(name: string): boolean {
  return name in ROUNDS || name in BY_HAND || name in STEPS;
}

function workloadNamed(name: string): Workload {
  const workload = WORKLOADS.find((one) => one.name === name);
  return (
    workload ??
    fail(
      `there is no workload ${name}, only ` +
        [...Object.keys({ ...ROUNDS, ...BY_HAND, ...STEPS }), ...WORKLOADS.map((one) => one.name)].join(', '),
    )
  );
}

function progress(message: string): void {
  const seconds = (performance.now() - startedMs) / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${message}`);
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
