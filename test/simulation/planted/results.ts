/** What became of each planted bug when it was looked for last, and the table of docs/proof.md that says so. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './planted-bug.ts';

export interface PlantedResult {
  /** The first seed that found it, from 1 on; null: none did. */
  readonly seed: number | null;
  /** The rule that was broken, as the soak named it. */
  readonly rule: string | null;
  readonly seedsTried: number;
  readonly seconds: number;
}

/** By the bug's name. */
export type PlantedResults = Readonly<Record<string, PlantedResult>>;

const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
export async function readResults(): Promise<PlantedResults> {
  return JSON.parse(await readFile(RESULTS, 'utf8')) as PlantedResults;
}

/** In the order of the names; those of bugs that are no longer planted go. */
export async function writeResults(results: PlantedResults, bugs: readonly PlantedBug[]): Promise<void> {
  const kept = bugs.map(({ name }) => name).filter((name) => results[name] !== undefined);
  const sorted = Object.fromEntries(kept.sort().map((name) => [name, results[name]]));
  await writeFile(RESULTS, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** What stands in docs/proof.md. */
export function tableOf(bugs: readonly PlantedBug[], results: PlantedResults): string[] {
  return [
    '| room | planted bug | what is wrong | broken rule | seed |',
    '|---|---|---|---|---|',
    ...bugs.map(({ room, name, what }) => {
      const result = results[name];
      const seed = result === undefined ? '-' : (result.seed ?? `not in ${result.seedsTried}`);
      const link = `[${name}](../test/simulation/planted/${name}.patch)`;
      return `| ${room} | ${link} | ${what} | ${result?.rule ?? '-'} | ${seed} |`;
    }),
  ];
}
