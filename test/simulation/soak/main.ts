/**
 * `npm run simulate`: whole clusters in one process under a seed each, with faults, held against what Kafka promises.
 *
 * Exit codes: 0 nothing was found, 1 a rule was broken or a batch proved nothing of something, 2 a wrong command line.
 * The last line of a batch is "N passed, N failed", a seed each.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { describePlan, planOf, type Plan } from './plan.ts';
import { writeSection } from './proof-page.ts';
import { batchReport, failureStory, proofLines, totalsOf } from './report.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { shrink } from './shrink.ts';
import { runInWorkers } from './workers.ts';

interface SimulateOptions {
  readonly seed?: string;
  readonly seeds?: number;
  readonly from: number;
  readonly hours?: number;
  readonly seconds?: number;
  readonly atLeast: number;
  readonly workers?: number;
  readonly trace?: true;
  readonly plan?: true;
  readonly play?: string;
  readonly shrink?: true;
  readonly firstOnly?: true;
  readonly write?: true;
  readonly output: 'text' | 'json';
}

const SEEDS = 20;
const PROGRESS_MS = 10_000;
const FAILURES_SHOWN = 3;

const program = new Command('npm run simulate --')
  .description(
    'whole clusters in one process under a seed each, with faults, held against what Kafka promises',
  )
  .option('--seed <name>', 'plays one seed')
  .option('--trace', 'of one seed: everything that happens')
  .option('--plan', 'of one seed: its faults, and plays nothing')
  .option('--play <file>', 'plays a plan that --shrink wrote')
  .option('--shrink', 'of one seed or plan: looks for fewer faults that break the same rule')
  .option(
    '--seeds <count>',
    `so many seeds, from 1 on unless --from says otherwise (default: ${SEEDS})`,
    count,
  )
  .option('--from <number>', 'the first seed', count, 1)
  .option('--seconds <count>', 'as many seeds as fit', count)
  .option('--hours <count>', 'as many seeds as fit', Number)
  .option('--at-least <count>', 'with --seconds: so many seeds, even if they take longer', count, 0)
  .option('--workers <count>', 'processes (default: as many as there are cores)', count)
  .option('--first-only', 'ends with the first seed that breaks a rule')
  .option('--write', 'writes what came of a batch into docs/proof.md')
  .option('-o, --output <format>', 'text or json', 'text')
  .action(async (options: SimulateOptions) => {
    process.exitCode = (await simulate(options)) ? 0 : 1;
  });
await program.parseAsync();

async function simulate(options: SimulateOptions): Promise<boolean> {
  if (options.seed === undefined && options.play === undefined) return runBatch(options);
  const plan =
    options.play === undefined
      ? planOf(options.seed!)
      : (JSON.parse(await readFile(options.play, 'utf8')) as Plan);
  if (options.plan === true) {
    console.log(describePlan(plan).join('\n'));
    return true;
  }
  return runOne(plan, options);
}

async function runOne(plan: Plan, options: SimulateOptions): Promise<boolean> {
  const result = await runSeed(plan, options.trace === true ? { onTrace: (line) => console.log(line) } : {});
  if (options.output === 'json') {
    console.log(JSON.stringify(result));
    return result.violations.length === 0;
  }
  console.log([...batchReport(totalsOf([result])), `trace hash ${result.hash}`].join('\n'));
  if (result.violations.length === 0) return true;
  console.log(failureStory(result, plan).join('\n'));
  if (options.shrink === true) await shrinkTo(`simulate-${plan.seed}.json`, plan, result);
  return false;
}

async function shrinkTo(file: string, plan: Plan, failed: SeedResult): Promise<void> {
  const rule = ruleOf(failed);
  console.log(`looking for fewer faults that break "${rule}" ...`);
  const shortest = await shrink(plan, {
    fails: async (candidate) => ruleOf(await runSeed(candidate)) === rule,
    onProgress: ({ rounds }, attempts) => console.log(`  ${attempts}: ${rounds.length} rounds still do`),
  });
  await writeFile(file, `${JSON.stringify(shortest, null, 2)}\n`);
  console.log([...describePlan(shortest), `again: npm run simulate -- --play ${file} --trace`].join('\n'));
}

/** The first rule that was broken. */
function ruleOf({ violations }: SeedResult): string | undefined {
  return violations[0]?.split(':')[0];
}

async function runBatch(options: SimulateOptions): Promise<boolean> {
  const { from, atLeast, workers, firstOnly } = options;
  const limitMs = options.hours === undefined ? secondsOf(options) * 1000 : options.hours * 3_600_000;
  const seedsMax = options.seeds ?? (limitMs === Infinity ? SEEDS : Infinity);
  const started = performance.now();
  const results: SeedResult[] = [];
  const failed: SeedResult[] = [];
  const seen = (): string =>
    `${results.length} seeds in ${((performance.now() - started) / 1000).toFixed(0)} s, ${failed.length} failed`;
  const progress = setInterval(() => console.error(seen()), PROGRESS_MS);
  let given = 0;
  await runInWorkers({
    workers,
    next: () => {
      const isTimeLeft = performance.now() - started < limitMs || given < atLeast;
      if (given >= seedsMax || !isTimeLeft || (firstOnly === true && failed.length > 0)) return undefined;
      return planOf(String(from + given++));
    },
    onResult: (result) => {
      results.push({ ...result, latest: [] });
      if (result.violations.length === 0) return;
      failed.push(result);
      if (options.output === 'json') return;
      if (failed.length <= FAILURES_SHOWN) console.log(failureStory(result, planOf(result.seed)).join('\n'));
      else console.log(`seed ${result.seed}: ${result.violations.join('; ')}`);
    },
  });
  clearInterval(progress);
  const totals = totalsOf(results);
  const missing = firstOnly === true ? 0 : totals.missing.length;
  const counted = `${results.length - failed.length} passed, ${failed.length + (missing > 0 ? 1 : 0)} failed`;
  if (options.output === 'json') console.log(JSON.stringify({ ...totals, results }));
  else console.log([seen(), ...batchReport(totals), counted].join('\n'));
  const isRight = failed.length === 0 && missing === 0;
  if (isRight && options.write === true) await writeSection('soak', proofLines(results.length, totals));
  return isRight;
}

function secondsOf({ seconds }: SimulateOptions): number {
  return seconds ?? Infinity;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}
