/** The planted bugs still fit the source they are planted in, say what they break, and were found. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { plant, plantedBugs } from './planted-bug.ts';
import { readResults, tableOf } from './results.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOUND_MIN = 25;
/** Changed lines: what somebody could overlook. */
const LINES_MAX = 14;

const bugs = await plantedBugs();

test.each(bugs.map((bug) => [bug.name, bug] as const))('%s can still be planted', async (_name, bug) => {
  await plant(bug, ROOT, { isCheck: true });
  expect(existsSync(`${ROOT}src/${bug.room}`)).toBe(true);
  expect(bug.what).toMatch(/\.$/);
  const files = [...bug.diff.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, file]) => file!);
  expect(files.filter((file) => !file.startsWith('src/'))).toEqual([]);
  const changed = bug.diff.split('\n').filter((line) => /^[+-](?!\+\+ |-- )/.test(line));
  expect(changed.length).toBeLessThanOrEqual(LINES_MAX);
});

test('the soak found enough of them', async () => {
  const results = await readResults();
  const names = new Set(bugs.map(({ name }) => name));
  expect(Object.keys(results).filter((name) => !names.has(name))).toEqual([]);
  const found = Object.values(results).filter(({ seed }) => seed !== null);
  expect(found.length).toBeGreaterThanOrEqual(FOUND_MIN);
});

test('docs/proof.md tells of them (else: npm run test:planted)', async () => {
  const page = readFileSync(`${ROOT}docs/proof.md`, 'utf8');
  expect(page).toContain(`\n${tableOf(bugs, await readResults()).join('\n')}\n`);
});
