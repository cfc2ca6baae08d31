/**
 * Holds src/ against the room table through dependency-cruiser, with a floor under the number of modules seen:
 * alone, the tool reports success when it saw nothing, and its exit status is an error count that can wrap to 0.
 */
import { spawnSync } from 'node:child_process';

const MODULES_AT_LEAST = 60;

const { stdout, stderr } = spawnSync(
  process.execPath,
  ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--output-type', 'json'],
  { encoding: 'utf8', maxBuffer: 1 << 28 },
);
if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no result: ${stderr}`);

const { summary } = JSON.parse(stdout);
const errors = summary.violations.filter(({ rule }) => rule.severity === 'error');
const isCycle = ({ type }) => type === 'cycle';
for (const { rule, from, to } of errors.filter((found) => !isCycle(found)))
  console.error(`${rule.name}: ${from} imports ${to}`);

// One wrong import can close a hundred cycles: show how many, and the shortest.
const cycles = errors.filter(isCycle).sort((a, b) => a.cycle.length - b.cycle.length);
if (cycles.length > 0) {
  const path = [cycles[0].from, ...cycles[0].cycle.map(({ name }) => name)];
  console.error(`${cycles.length} imports close cycles; the shortest: ${path.join(' -> ')}`);
}
const tooFew = summary.totalCruised < MODULES_AT_LEAST;
if (tooFew) console.error(`only ${summary.totalCruised} modules seen, at least ${MODULES_AT_LEAST} expected`);
if (errors.length > 0 || tooFew) process.exitCode = 1;
else
  console.log(
    `rooms: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, none forbidden`,
  );
