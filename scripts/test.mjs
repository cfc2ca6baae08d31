/**
 * `npm test`: everything that must hold before a commit, in the order in which a failure costs least: types, lint,
 * then tidy, unit, golden, simulation and integration tests. Each step runs even when an earlier one failed, so one
 * run tells everything; a failed types or lint step counts as one failed test. Arguments go to jest.
 * The last line is "N passed, N failed".
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const node = process.execPath;
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const projects = ['tidy', 'unit', 'golden', 'simulation', 'integration'];
const folder = mkdtempSync(join(tmpdir(), 'klassik-test-'));
const countFile = join(folder, 'counts');
const total = { passed: 0, failed: 0, skipped: 0 };

const extra = process.argv.slice(2);
if (extra.length === 0) {
  step('types', ['node_modules/typescript/bin/tsc', '-b']);
  step('lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']);
  step('format', [
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '.',
  ]);
  step('rooms', ['scripts/check-rooms.mjs']);
  step('dead code', ['node_modules/knip/bin/knip.js']);
}
tests([...extra, '--selectProjects', ...projects]);

rmSync(folder, { recursive: true });
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function step(name, args) {
  const { status } = spawnSync(node, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  total[status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`);
}

/** A jest run that ends badly without counting a failure (it crashed, or found no test) is one failure. */
function tests(args) {
  const env = { ...process.env, COUNT_FILE: countFile };
  const { status } = spawnSync(node, [...jest, ...args], { stdio: ['ignore', 'inherit', 'inherit'], env });
  const counts = existsSync(countFile)
    ? readFileSync(countFile, 'utf8').trim().split('\n').map(JSON.parse)
    : [];
  let failed = 0;
  for (const count of counts) {
    for (const key of Object.keys(total)) total[key] += count[key];
    failed += count.failed;
  }
  if (status !== 0 && failed === 0) total.failed += 1;
}
