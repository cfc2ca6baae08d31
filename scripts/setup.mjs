/**
 * Makes a clone ready to run: installs when the lock file changed, builds when a source changed, else does nothing
 * in under a tenth of a second. `npm start` and `npm test` begin with it. It uses Node's own modules only, since
 * nothing is installed when it first runs. With --no-build it only installs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const INSTALLED = 'node_modules/.klassik-installed';
const BUILT = 'dist/.klassik-built';
const TURN = '.klassik-setup';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
requireNode(20, 19);
await takeTurn();
const lockDigest = digest([process.platform, process.arch, readFileSync('package-lock.json', 'utf8')]);
install();
if (!process.argv.includes('--no-build')) build();

/** One at a time: two terminals that begin at once must not install into the same folder. The turn ends with us. */
async function takeTurn() {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(TURN, `${process.pid}\n`, { flag: 'wx' });
      process.on('exit', () => rmSync(TURN, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') return; // a folder we may not write: what is to be done there will say so
    }
    const owner = Number(textOf(TURN) ?? 0);
    if (owner > 0 && !isAlive(owner)) rmSync(TURN, { force: true });
    else if (!told) console.error(`setup: waiting for another setup in this folder (pid ${owner}) ...`);
    await sleep(100);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function requireNode(wantedMajor, wantedMinor) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(
    `Klassik needs Node ${wantedMajor}.${wantedMinor} or newer, this is ${process.version}: install a newer Node`,
  );
}

/** Decided by the lock file's content: a fresh clone gives every file the time of its checkout. */
function install() {
  if (textOf(INSTALLED) === lockDigest) return;
  console.error('setup: installing packages (once) ...');
  run(npm(), ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']);
  writeFileSync(INSTALLED, lockDigest); // `npm ci` removed the old one with the folder
}

function build() {
  const sources = digest([lockDigest, ...stampsOf('tsconfig.base.json'), ...stampsOf('src')]);
  if (textOf(BUILT) === sources) return;
  console.error('setup: building dist/ ...');
  rmSync(BUILT, { force: true });
  if (existsSync('dist')) removeStale('');
  run([process.execPath, 'node_modules/typescript/bin/tsc'], ['-b', 'src']);
  mkdirSync('dist', { recursive: true });
  writeFileSync(BUILT, sources);
}

/** Path, size and time of a file or of every file below a folder. */
function stampsOf(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(path)
    .sort()
    .flatMap((name) => stampsOf(join(path, name)));
}

/** The compiler leaves what a deleted source once compiled to, and it would still be found by an import. */
function removeStale(folder) {
  for (const entry of readdirSync(join('dist', folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeStale(path);
    else {
      const source = path.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
      if (source !== path && !existsSync(join('src', source))) rmSync(join('dist', path));
    }
  }
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function textOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The npm that runs us, by its file: PATH may hold another one or none. */
function npm() {
  const file = process.env.npm_execpath;
  return file?.endsWith('npm-cli.js') ? [process.execPath, file] : ['npm'];
}

/** Runs with npm's per-call settings taken out of the environment: those of the outer npm must not steer ours. */
function run([program, ...before], after) {
  const steering =
    /^npm_config_(omit|only|include|production|dry_run|global|prefix|local_prefix|workspaces?|ignore_scripts|package_lock_only)$/;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !steering.test(name) && !['NODE_OPTIONS', 'NODE_ENV'].includes(name),
    ),
  );
  const { status, error } = spawnSync(program, [...before, ...after], { stdio: ['ignore', 2, 2], env });
  if (status !== 0)
    fail(`${[program, ...before, ...after].join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
