/** docs/proof.md: what commands have found stands between markers of their own; the rest of the page is written by people. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../docs/proof.md', import.meta.url));

export async function writeSection(name: string, lines: readonly string[]): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const page = await readFile(PAGE, 'utf8');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(
      `docs/proof.md has no place for "${name}": "${begin}" and "${end}" are missing; put them back`,
    );
  await writeFile(PAGE, `${before}${begin}\n\n${lines.join('\n')}\n\n${end}${after}`);
}
