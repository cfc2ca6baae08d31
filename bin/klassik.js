/**
 * Node's way into the command-line tools. The launchers beside it say which name they were called by with `--as`;
 * without it this is `klassik`. The tools themselves are src/tools, compiled to dist/.
 */
import { existsSync } from 'node:fs';

const compiled = new URL('../dist/tools/main.js', import.meta.url);
if (!existsSync(compiled)) {
  console.error('klassik: not built yet; run `npm run build` once');
  process.exit(1);
}
const argv = process.argv.slice(2);
const name = argv[0] === '--as' ? argv.splice(0, 2)[1] : 'klassik';
const { main } = await import(compiled.href);
await main(name, argv);
