/**
 * Node's way into the command-line tools. The launchers beside it say which name they were called by with `--as`;
 * without it this is `klassik`. The tools themselves are src/tools, compiled to dist/: a clone that was never built
 * builds itself here, once, with what it has to say on standard error.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/tools/main.js', import.meta.url);
const beingBuilt = new URL('../.klassik-setup', import.meta.url);
if (!existsSync(compiled) || existsSync(beingBuilt)) {
  const setup = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [setup], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('klassik: not built; run `npm ci && npm run build` in the folder of the clone');
    process.exit(1);
  }
}
const argv = process.argv.slice(2);
const name = argv[0] === '--as' ? argv.splice(0, 2)[1] : 'klassik';
const { main } = await import(compiled.href);
await main(name, argv);
