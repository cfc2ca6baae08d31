/** The generated pages of docs/reference say what the source says. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { GENERATED_PAGES } from '../../src/tools/generate-docs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const withPages = test.each(GENERATED_PAGES.map((page) => [page.path, page] as const));

withPages('%s is up to date (else: npm run docs)', (path, page) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(page.render());
});

withPages('every link in %s leads to a file', (path) => {
  const page = readFileSync(join(ROOT, path), 'utf8');
  const targets = [...page.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1]!);
  const missing = targets.filter(
    (target) => !target.includes('://') && !existsSync(join(ROOT, dirname(path), target)),
  );
  expect(missing).toEqual([]);
});
