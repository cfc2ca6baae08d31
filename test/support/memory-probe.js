/**
 * Preloaded into a broker (`node --expose-gc --import`): at SIGUSR2 it collects all garbage and writes what is left into
 * the file that KLASSIK_MEMORY_PROBE names. The broker itself knows nothing of it.
 */
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.KLASSIK_MEMORY_PROBE;

function openDescriptors() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return -1; // not Linux
  }
}

if (isMainThread && file !== undefined)
  process.on('SIGUSR2', () => {
    globalThis.gc();
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    writeFileSync(`${file}.tmp`, JSON.stringify({ rss, heapUsed, external, descriptors: openDescriptors() }));
    renameSync(`${file}.tmp`, file);
  });
