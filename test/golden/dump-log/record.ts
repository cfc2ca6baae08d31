/** Records what the original prints for each case (`npm run record:dump-log`, by hand; it needs java and the jars). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCompression } from '../../../src/records/index.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { runOriginalDumpLog } from '../../support/original-dump-log.ts';
import { casesIn } from './cases.ts';
import { makeFiles } from './files.ts';

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("Kafka's jars are not to be had");
await prepareCompression();
const dir = mkdtempSync(join(tmpdir(), 'klassik-dump-log-'));
makeFiles(dir);
const cases = casesIn(dir);
const dumped = await runOriginalDumpLog(
  libraries,
  cases.map((args) => args.map((arg) => arg.replaceAll('{dir}', dir))),
);
const lines = cases.map((args, index) => {
  const { exitCode, out, err } = dumped[index]!;
  const place = (text: string): string[] => text.replaceAll(dir, '{dir}').split('\n');
  return JSON.stringify({ args, exitCode, out: place(out), err: place(err) });
});
writeFileSync(
  process.env['FIXTURE'] ?? join(import.meta.dirname, 'kafka-3.9.1.json'),
  `[\n${lines.join(',\n')}\n]\n`,
);
rmSync(dir, { recursive: true });
console.log(`${lines.length} cases recorded`);
