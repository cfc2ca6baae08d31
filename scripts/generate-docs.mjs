/** `npm run docs`: writes the pages of docs/reference that are generated from tables of the source. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GENERATED_PAGES } from '../src/tools/generate-docs.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
for (const { path, render } of GENERATED_PAGES) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, render());
  console.log(path);
}
