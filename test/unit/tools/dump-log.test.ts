/** kafka-dump-log on files of the original: our lines are those of the original's own tool. */
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { dumpLogTool } from '../../../src/tools/dump-log/index.ts';
import { run } from './support.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/dump-log/', import.meta.url));
const LOG = 'txn-0/00000000000000000000.log';

/** The first line names the file as it was given, which differs from machine to machine. */
function afterFirstLine(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

describe('kafka-dump-log', () => {
  test.each([
    ['records.txt', LOG, ['--print-data-log']],
    ['index.txt', 'txn-0/00000000000000000000.index', []],
    ['timeindex.txt', 'txn-0/00000000000000000000.timeindex', []],
    ['snapshot.txt', 'txn-0/00000000000000000164.snapshot', []],
    ['offsets.txt', '__consumer_offsets-46/00000000000000000000.log', ['--offsets-decoder']],
    ['transactions.txt', '__transaction_state-45/00000000000000000000.log', ['--transaction-log-decoder']],
  ])('prints %s as the original does', async (expected, file, flags) => {
    const ran = await run(dumpLogTool, ['--files', join(FIXTURES, file), ...flags]);
    const original = readFileSync(join(FIXTURES, 'expected', expected), 'utf8');
    expect(afterFirstLine(ran.out)).toBe(afterFirstLine(original));
    expect([ran.exitCode, ran.err]).toEqual([0, '']);
  });

  test('tells of bytes at the end that are no batch, and of a batch whose bytes changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'klassik-dump-'));
    try {
      const bytes = Buffer.concat([readFileSync(join(FIXTURES, LOG)), Buffer.from('torn')]);
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
      const file = join(folder, '00000000000000000000.log');
      writeFileSync(file, bytes);
      const { out } = await run(dumpLogTool, ['--files', file]);
      const lines = out.trimEnd().split('\n');
      expect(lines[2]).toContain('isvalid: false');
      expect(lines[3]).toContain('isvalid: true');
      expect(lines.at(-1)).toBe('Found 4 invalid bytes at the end of 00000000000000000000.log');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('needs files', async () => {
    const { exitCode, err } = await run(dumpLogTool, ['--print-data-log']);
    expect([exitCode, err.split('\n')[0]]).toEqual([1, 'Missing required argument "[files]"']);
  });
});
