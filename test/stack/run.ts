/**
 * What is built on brokers, on brokers of Klassik and of both kinds: Apache's own tests of Streams, Connect's workers and
 * MirrorMaker 2, out of the original's jars. What comes of it stands in docs/stack.md.
 *
 *     npm run test:stack                                              all of it, about an hour
 *     npm run test:stack -- --only streams-smoke,connect --line-up '3 Klassik'     a part
 *     npm run test:stack -- --originals                               with brokers of the original only: what is asked holds there too
 *
 * A run of a part brings that part of the report up to date.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kafkaLibraries, kafkaStackLibraries } from '../support/kafka-jars.ts';
import { LINE_UPS, ORIGINALS } from '../support/mixed/scenarios/index.ts';
import { STORIES } from '../support/stack/index.ts';
import { runStory, type Story } from '../support/stack/stack.ts';
import { merged, reportOf, type Row } from './report.ts';

const REPORT = fileURLToPath(new URL('../../docs/stack.md', import.meta.url));
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    'line-up': { type: 'string', default: '' },
    originals: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run test:stack -- [--only NAME,...] [--line-up NAME] [--originals] [--keep]

  --only NAME,...   stories whose names begin so: ${STORIES.map(({ name }) => name).join(', ')}
  --line-up NAME    line-ups whose names have this in them: ${LINE_UPS.map(({ name }) => `'${name}'`).join(', ')}
  --originals       three brokers of the original instead; the report stays as it is
  --keep            logs and data stay, as they do after a finding`);
  process.exit();
}

const libraries = kafkaLibraries();
const stackLibraries = kafkaStackLibraries();
if (libraries === null || stackLibraries === null)
  throw new Error('there are no jars of the original here, and Maven cannot fetch them');

const wanted = values.only.split(',');
const stories = STORIES.filter(({ name }) => wanted.some((beginning) => name.startsWith(beginning)));
const lineUps = values.originals
  ? [ORIGINALS]
  : LINE_UPS.filter(({ name }) => name.includes(values['line-up']));
const folder = await mkdtemp(join(tmpdir(), 'klassik-stack-'));
const rows: Row[] = [];
/** Whoever ends a long run leaves no brokers behind. */
const called = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => called.abort());
for (const lineUp of lineUps)
  for (const story of called.signal.aborted ? [] : stories) await keep(await runOne(story, lineUp));
process.exitCode = rows.length > 0 && rows.every(({ findings }) => findings.length === 0) ? 0 : 1;
if (process.exitCode === 0 && !values.keep) await rm(folder, { recursive: true, force: true });
else console.log(`logs and data lie in ${folder}`);

async function runOne(story: Story, lineUp: (typeof LINE_UPS)[number]): Promise<Row> {
  const dir = join(folder, `${story.name}-${rows.length}`);
  console.log(`${story.name}, ${lineUp.name}`);
  const progress = (what: string): void => console.log(`  ${what}`);
  const options = {
    dir,
    libraries: libraries!,
    stackLibraries: stackLibraries!,
    lineUp,
    progress,
    signal: called.signal,
  };
  const result = await runStory(story, options);
  if (result.findings.length === 0 && !values.keep) await rm(dir, { recursive: true, force: true });
  return { story: story.name, lineUp: lineUp.name, ...result };
}

/** What has been found is kept at once: a long run may be ended. */
async function keep(row: Row): Promise<void> {
  rows.push(row);
  console.log(`  ${row.outcome}; ${row.seconds} s, ${row.findings.length} findings`);
  for (const finding of row.findings) console.log(`  finding: ${finding}`);
  if (values.originals) return;
  const before = JSON.parse(await readFile(RESULTS, 'utf8').catch(() => '[]')) as Row[];
  const all = merged(before, row);
  await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(REPORT, reportOf(all));
}
