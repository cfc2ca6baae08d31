/**
 * kafka-dump-log prints what the original's printed of the same files, byte for byte on standard output, with the same
 * exit codes, and on standard error the same findings and the first line of the same exceptions.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCompression } from '../../../src/records/index.ts';
import { dumpLogTool } from '../../../src/tools/dump-log/index.ts';
import { run } from '../../unit/tools/support.ts';
import { casesIn } from './cases.ts';
import { makeFiles } from './files.ts';

interface Recorded {
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'kafka-3.9.1.json'), 'utf8'),
) as readonly Recorded[];

let dir: string;
beforeAll(async () => {
  await prepareCompression();
  dir = mkdtempSync(join(tmpdir(), 'klassik-dump-log-'));
  makeFiles(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

test('the original was asked the same', () => {
  expect(recorded.map(({ args }) => args)).toEqual(casesIn(dir));
});

test.each(recorded.map((one): [string, Recorded] => [one.args.join(' '), one]))(
  '%s',
  async (_, { args, exitCode, out, err }) => {
    const ran = await run(
      dumpLogTool,
      args.map((arg) => arg.replaceAll('{dir}', dir)),
    );
    const place = (text: string): string[] => text.replaceAll(dir, '{dir}').split('\n');
    expect(place(ran.out)).toEqual(out);
    expect(told(place(ran.err))).toEqual(told(err));
    expect(ran.exitCode).toBe(exitCode);
  },
);

/** Without the class of an exception about options, the words of the original's gzip, and the table of options. */
function told(lines: readonly string[]): readonly string[] {
  const hasTable = lines.some((line) => /^Option +Description/.test(line));
  return lines
    .slice(0, hasTable ? 1 : undefined)
    .map((line) =>
      line
        .replace(/^Exception in thread "main" joptsimple\.\w+: /, '')
        .replace(/(?<=KafkaException: )java\..*$/, 'a codec failed'),
    );
}
