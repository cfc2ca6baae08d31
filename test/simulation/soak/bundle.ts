/**
 * The worker as one file of JavaScript. What runs sources as they are marks every function with its name at run time, which
 * costs a quarter of a run; and a worker that reads one file is there at once.
 */
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Inside the repository, from where packages are found. */
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/klassik-simulate/', import.meta.url));

export async function withBundle<T>(use: (file: string) => Promise<T>): Promise<T> {
  await mkdir(FOLDER, { recursive: true });
  const file = `${FOLDER}worker-${process.pid}.mjs`;
  await build({
    entryPoints: [WORKER],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  try {
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}
