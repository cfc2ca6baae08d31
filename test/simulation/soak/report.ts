/** What a run of seeds says to people: progress, the counts of a batch, and a failure as a story. */
import { execFileSync } from 'node:child_process';
import { COUNTED, sumOf, type Counted, type CountsByName } from './counts.ts';
import { FAULT_KINDS, type FaultName } from './faults/index.ts';
import { RULES } from './invariants/violation.ts';
import { describePlan, type Plan } from './plan.ts';
import type { SeedResult } from './run-seed.ts';

/** How much of the trace a failure shows. */
const STORY_LINES = 60;
/** Of the trace, what only fills it. */
const NOISE = /received \d+ bytes|"kind":"(request-received|request-answered|connection-)/;

export function failureStory(result: SeedResult, plan: Plan): string[] {
  const story = result.latest.filter((line) => !NOISE.test(line)).slice(-STORY_LINES);
  return [
    `seed ${result.seed} at commit ${commit()} breaks ${result.violations.length === 1 ? 'a rule' : 'rules'}:`,
    ...result.violations.flatMap((violation) => [`  ${violation}`, ...meaningOf(violation)]),
    'the latest that happened before:',
    ...story.map((line) => `  ${line}`),
    'its faults:',
    ...describePlan(plan).map((line) => `  ${line}`),
    `again: npm run simulate -- --seed ${result.seed} --trace; shorter: npm run simulate -- --seed ${result.seed} --shrink`,
  ];
}

function meaningOf(violation: string): string[] {
  const meaning = (RULES as Readonly<Record<string, string>>)[violation.split(':')[0]!];
  return meaning === undefined ? [] : [`    (the rule: ${meaning})`];
}

export interface BatchTotals {
  readonly counts: CountsByName;
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly virtualMs: number;
  readonly steps: number;
  /** What should have happened and never did. */
  readonly missing: readonly string[];
}

export function totalsOf(results: readonly SeedResult[]): BatchTotals {
  const counts = sumOf(results.map((result) => result.counts));
  const names = Object.keys(FAULT_KINDS) as FaultName[];
  const faults = Object.fromEntries(
    names.map((name) => [name, results.reduce((sum, result) => sum + (result.faults[name] ?? 0), 0)]),
  ) as Record<FaultName, number>;
  const never = (all: Readonly<Record<string, number>>): string[] =>
    Object.keys(all).filter((name) => all[name] === 0);
  return {
    counts,
    faults,
    virtualMs: results.reduce((sum, result) => sum + result.virtualMs, 0),
    steps: results.reduce((sum, result) => sum + result.steps, 0),
    missing: [...never(counts), ...never(faults)],
  };
}

export function batchReport({ counts, faults, virtualMs, steps, missing }: BatchTotals): string[] {
  const hours = (virtualMs / 3_600_000).toFixed(1);
  return [
    `${hours} virtual hours, ${steps.toLocaleString('en-US')} events`,
    ...(Object.keys(COUNTED) as Counted[]).map(
      (name) => `  ${name}: ${counts[name].toLocaleString('en-US')}`,
    ),
    `faults: ${(Object.keys(faults) as FaultName[]).map((name) => `${name} ${faults[name]}`).join(', ')}`,
    ...missing.map((name) => `never happened, so nothing was proved of it: ${name}`),
  ];
}

/** What docs/proof.md says of a batch. */
export function proofLines(seeds: number, { counts, faults, virtualMs, steps }: BatchTotals): string[] {
  const number = (value: number): string => value.toLocaleString('en-US');
  return [
    `${number(seeds)} seeds, ${number(Math.round(virtualMs / 3_600_000))} virtual hours, ${number(steps)} events, no broken rule.`,
    '',
    '| what came about | how often | |',
    '|---|---|---|',
    ...(Object.keys(COUNTED) as Counted[]).map(
      (name) => `| ${name} | ${number(counts[name])} | ${COUNTED[name]} |`,
    ),
    '',
    '| fault | how often | |',
    '|---|---|---|',
    ...(Object.keys(faults) as FaultName[]).map(
      (name) => `| ${name} | ${number(faults[name])} | ${FAULT_KINDS[name].about} |`,
    ),
    '',
    '| rule | |',
    '|---|---|',
    ...Object.entries(RULES).map(([rule, meaning]) => `| ${rule} | ${meaning} |`),
  ];
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
