/**
 * `npm run test:hashes`: the same seed gives the same trace hash on every line of Node, on one core, and beside a process
 * that takes all it can. What comes of it stands in docs/proof.md.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { SeedResult } from './run-seed.ts';
import { writeSection } from './proof-page.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const RELEASES = [20, 22, 24] as const;
/** A trace of ten virtual minutes is not printed, but its end is. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

interface Place {
  readonly name: string;
  readonly command: readonly string[];
  readonly besideHog?: true;
}

await new Command('npm run test:hashes --')
  .description(
    'the same seeds on several lines of Node, on one core, and beside a process that takes all it can',
  )
  .argument('[seeds...]', 'which', ['1', '2', '3'])
  .action(async (seeds: readonly string[]) => {
    process.exitCode = (await compare(seeds)) ? 0 : 1;
  })
  .parseAsync();

async function compare(seeds: readonly string[]): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'klassik-hashes-'));
  try {
    const places = await placesIn(folder);
    const rows: string[] = [];
    let isSame = true;
    for (const seed of seeds) {
      const hashes: string[] = [];
      for (const place of places) {
        hashes.push(await hashOf(seed, place));
        console.log(`seed ${seed}, ${place.name}: ${hashes.at(-1)}`);
      }
      const same = hashes.every((hash) => hash === hashes[0]);
      isSame &&= same;
      rows.push(
        `| ${seed} | ${same ? `\`${hashes[0]!.slice(0, 16)}\` in all` : hashes.map((hash) => `\`${hash.slice(0, 16)}\``).join(', ')} |`,
      );
    }
    const names = places.map(({ name }) => name).join(', ');
    await writeSection('hashes', [`Places: ${names}.`, '', '| seed | trace hash |', '|---|---|', ...rows]);
    return isSame;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node's releases come as packages, one a platform, with nothing to run on installation. */
async function placesIn(folder: string): Promise<Place[]> {
  await run('npm', [
    ...['install', '--silent', '--no-save', '--prefix', folder],
    ...RELEASES.map((release) => `node-${release}@npm:node-${process.platform}-${process.arch}@${release}`),
  ]);
  const places: Place[] = [];
  for (const release of RELEASES) {
    const node = join(folder, 'node_modules', `node-${release}`, 'bin', 'node');
    const { stdout } = await run(node, ['--version']);
    places.push({ name: `Node ${stdout.trim().slice(1)}`, command: [node] });
  }
  return [
    ...places,
    { name: 'pinned to one core', command: ['taskset', '-c', '0', process.execPath] },
    {
      name: 'on that core beside a process that takes all it can',
      command: ['taskset', '-c', '0', process.execPath],
      besideHog: true,
    },
  ];
}

async function hashOf(seed: string, { command, besideHog }: Place): Promise<string> {
  const [program = '', ...args] = command;
  const hog: ChildProcess | undefined =
    besideHog && spawn(program, [...args, '-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    const { stdout } = await run(program, [...args, '--import', 'tsx', MAIN, '--seed', seed, '-o', 'json'], {
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return (JSON.parse(stdout) as SeedResult).hash;
  } finally {
    hog?.kill('SIGKILL');
  }
}
