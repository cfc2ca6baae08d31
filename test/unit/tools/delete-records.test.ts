/** kafka-delete-records without a broker: what it makes of its file. The texts and the order of lines are the original's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteRecordsTool } from '../../../src/tools/delete-records.ts';
import { run, type Ran } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'klassik-delete-records-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing listens on port 1, and nobody waits for it. */
function runWith(json: string): Promise<Ran> {
  const [offsets, properties] = [join(folder, 'offsets.json'), join(folder, 'client.properties')];
  writeFileSync(offsets, json);
  writeFileSync(properties, 'default.api.timeout.ms=1\n');
  const argv = ['--bootstrap-server', '127.0.0.1:1', '--offset-json-file', offsets];
  return run(deleteRecordsTool, [...argv, '--command-config', properties]);
}

const partitions = (
  ...each: readonly (readonly [topic: unknown, partition: unknown, offset: unknown])[]
): string =>
  JSON.stringify({ partitions: each.map(([topic, partition, offset]) => ({ topic, partition, offset })) });

test.each([
  ['{"partitions":', 'The input string is not a valid JSON'],
  ['', 'Expected JSON object, received '],
  ['[1]', 'Expected JSON object, received [1]'],
  ['{"version":1}', 'Missing partitions field'],
  ['{"partitions":[],"version":2}', 'Not supported version field value 2'],
  ['{"partitions":[],"version":"1"}', 'Expected `Integer` value, received "1"'],
  ['{"partitions":{}}', 'Expected JSON array, received {}'],
  ['{"partitions":[5]}', 'Expected JSON object, received 5'],
  ['{"partitions":[{"partition":0,"offset":3}]}', 'No such field exists: `topic`'],
  [partitions([5, 0, 3]), 'Expected `String` value, received 5'],
  [partitions(['a', '0', 3]), 'Expected `Integer` value, received "0"'],
  [partitions(['a', 3_000_000_000, 3]), 'Expected `Integer` value, received 3000000000'],
  [partitions(['a', 0, '3']), 'Expected `Long` value, received "3"'],
  [partitions(['a', 0, 3.5]), 'Expected `Long` value, received 3.5'],
  [
    partitions(['plain', 0, 3], ['plain', 0, 4], ['plain', 1, 4], ['plain', 1, 4]),
    'Offset json file contains duplicate topic partitions: plain-1,plain-0',
  ],
])('refuses %s', async (json, reason) => {
  expect(await runWith(json)).toEqual({ exitCode: 1, out: '', err: `${reason}\n` });
});

test('needs the file', async () => {
  const argv = ['--bootstrap-server', '127.0.0.1:1', '--offset-json-file', join(folder, 'missing.json')];
  const { exitCode, err } = await run(deleteRecordsTool, argv);
  expect([exitCode, err]).toEqual([1, `Unable to read file ${join(folder, 'missing.json')}\n`]);
});

const line = (name: string): string =>
  `partition: ${name}\terror: org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: deleteRecords(api=METADATA)`;

test.each([
  [
    'two of them in one slot of the hash map',
    partitions(['plain', 0, 100], ['compacted', 0, 1], ['plain', 1, -3]),
    ['plain-1', 'compacted-0', 'plain-0'],
  ],
  [
    'a hash map that grew',
    partitions(
      ...Array.from({ length: 30 }, (_, partition): [string, number, number] => ['many', partition, 0]),
      ['plain', 1, 20],
    ),
    [
      ...[13, 15, 9, 11, 5, 7, 1, 3, 29, 0, 25, 27, 21, 23, 17, 19, 14, 16, 10, 12, 6, 8, 2, 4, 26],
      'plain-1',
      ...[28, 22, 24, 18, 20],
    ].map((one) => (typeof one === 'number' ? `many-${one}` : one)),
  ],
])('tells of partitions in the order of the original: %s', async (_, json, names) => {
  const { exitCode, out } = await runWith(json);
  const [first, second, ...lines] = out.trimEnd().split('\n');
  expect([first, second]).toEqual([
    'Executing records delete operation',
    'Records delete operation completed:',
  ]);
  expect(lines).toEqual(names.map(line));
  expect(exitCode).toBe(0);
});
