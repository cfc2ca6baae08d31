/**
 * `npm run test:planted`: proof that the soak can fail. Each planted bug is put into a copy of src and test, and the soak
 * runs there until a seed breaks a rule, one that breaks none without the bug. What was found, and how soon, goes to
 * results.json and into docs/proof.md.
 *
 * Exit codes: 0 each was found, 1 one was not, 2 a wrong command line.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import type { SeedResult } from '../soak/run-seed.ts';
import { plant, plantedBugs, type PlantedBug } from './planted-bug.ts';
import { writeSection } from '../soak/proof-page.ts';
import { readResults, tableOf, writeResults, type PlantedResult } from './results.ts';

interface PlantedOptions {
  readonly only?: readonly string[];
  readonly from: number;
  readonly seeds: number;
  readonly secondsEach?: number;
  readonly workers: number;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What the soak needs of the repository; packages are linked. */
const COPIED = ['package.json', 'tsconfig.base.json', 'src', 'test/simulation', 'test/support'];
const SEEDS = 2000;
/** A bug may make a seed go on for ever: the soak looks at its time between seeds only. */
const GRACE_MS = 120_000;

/** Seeds that were played without a bug: whether they break no rule. */
const soundSeeds = new Map<number, boolean>();

await new Command('npm run test:planted --')
  .description('plants bugs one by one, each of which the simulation soak has to find')
  .option('--only <names>', 'of these bugs only, with commas between them', (names) => names.split(','))
  .option('--from <number>', 'the first seed', count, 1)
  .option('--seeds <count>', 'so many seeds at most for each', count, SEEDS)
  .option('--seconds-each <count>', 'no more seed begins after that time', count)
  .option('--workers <count>', 'processes that play seeds', count, 1)
  .action(async (options: PlantedOptions) => {
    process.exitCode = (await findAll(options)) ? 0 : 1;
  })
  .parseAsync();

async function findAll(options: PlantedOptions): Promise<boolean> {
  const bugs = await plantedBugs();
  const unknown = options.only?.filter((name) => !bugs.some((bug) => bug.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no planted bug of the name ${unknown.join(', ')}`);
  const wanted = bugs.filter(({ name }) => options.only?.includes(name) ?? true);
  let found = 0;
  for (const bug of wanted) {
    const result = await find(bug, options);
    if (result.seed !== null) found += 1;
    console.log(`${bug.name}: ${tell(result)}`);
    // After each, read anew: a run of all of them takes long, and others may run beside it.
    const results = { ...(await readResults()), [bug.name]: result };
    await writeResults(results, bugs);
    await writeSection('planted bugs', tableOf(bugs, results));
  }
  console.log(`${found} of ${wanted.length} were found`);
  return found === wanted.length;
}

function tell({ seed, rule, seedsTried, seconds }: PlantedResult): string {
  const effort = `${seedsTried} seeds, ${seconds} s`;
  return seed === null ? `NOT FOUND (${effort})` : `seed ${seed} (${effort}) breaks ${rule ?? ''}`;
}

async function find(bug: PlantedBug, options: PlantedOptions): Promise<PlantedResult> {
  const copy = await mkdtemp(join(tmpdir(), 'klassik-planted-'));
  try {
    for (const path of COPIED) await cp(join(ROOT, path), join(copy, path), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    await plant(bug, copy);
    let [from, seconds, seedsTried] = [options.from, 0, 0];
    for (;;) {
      const result = await soak(copy, { ...options, from });
      seconds += result.seconds;
      seedsTried += result.seedsTried;
      if (result.seed === null || (await isSound(result.seed))) return { ...result, seconds, seedsTried };
      from = result.seed + 1;
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Whether the seed breaks no rule without a bug; one that does proves nothing. */
async function isSound(seed: number): Promise<boolean> {
  const known = soundSeeds.get(seed);
  if (known !== undefined) return known;
  const { rule } = await soak(ROOT, { from: seed, seeds: 1, workers: 1 });
  if (rule !== null) console.log(`seed ${seed} breaks ${rule} without a bug: it proves nothing`);
  soundSeeds.set(seed, rule === null);
  return rule === null;
}

async function soak(copy: string, options: PlantedOptions): Promise<PlantedResult> {
  const { from, seeds, secondsEach, workers } = options;
  const args = ['--first-only', '-o', 'json', '--from', from, '--seeds', seeds, '--workers', workers];
  if (secondsEach !== undefined) args.push('--seconds', secondsEach);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/simulation/soak/main.ts', ...args.map(String)],
    {
      cwd: copy,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const patience =
    secondsEach === undefined
      ? undefined
      : setTimeout(() => child.kill('SIGKILL'), secondsEach * 1000 + GRACE_MS);
  const [, lines, errors] = await Promise.all([
    new Promise((resolve) => child.once('close', resolve)),
    linesOf(child.stdout),
    linesOf(child.stderr),
  ]);
  clearTimeout(patience);
  const seconds = Math.round((performance.now() - started) / 1000);
  const json = lines.find((line) => line.startsWith('{'));
  if (json === undefined) return { ...diedWith(errors), seconds };
  const { results } = JSON.parse(json) as { readonly results: readonly SeedResult[] };
  const broken = results.find(({ violations }) => violations.length > 0);
  return {
    seed: broken === undefined ? null : Number(broken.seed),
    rule: broken === undefined ? null : ruleOf(broken.violations[0]!),
    seedsTried: results.length,
    seconds,
  };
}

/** A bug may end the process that plays a seed: that is found as well. */
function diedWith(errors: readonly string[]): Omit<PlantedResult, 'seconds'> {
  const [, seed] = /the worker with seed (\d+) ended/.exec(errors.join('\n')) ?? [];
  if (seed === undefined) throw new Error(`the soak did not run:\n${errors.slice(-20).join('\n')}`);
  return { seed: Number(seed), rule: 'the process that played the seed ended', seedsTried: Number(seed) };
}

/** The rule's name; of what clients saw that of the anomaly. */
function ruleOf(violation: string): string {
  const [, rule, said] = /^([^:]+)(?:: ([^(:,]+))?/.exec(violation)!;
  return rule === 'clients' || rule === 'it went wrong' ? `${rule}: ${(said ?? '').trim()}` : rule!;
}

async function linesOf(stream: NodeJS.ReadableStream): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) lines.push(line);
  return lines;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}
