/**
 * What one log takes and gives: `npx tsx bench/append.ts`. Appends as a leader, many in flight as from many
 * producers; then reads the log from the tail cache and from disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FactStream } from '../src/observe/index.ts';
import { buildBatch } from '../src/records/index.ts';
import { createNodeRuntime } from '../src/runtime/node/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager, type UnifiedLog } from '../src/storage/index.ts';

const IN_FLIGHT = 64;

async function withLog(tailCacheBytes: number, task: (log: UnifiedLog) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'klassik-bench-'));
  const manager = new LogManager({
    runtime: createNodeRuntime(),
    facts: new FactStream({ broker: 0, nowMs: () => 0 }),
    logDirs: [folder],
    defaultConfig: DEFAULT_LOG_CONFIG,
    settings: { tailCacheBytes },
  });
  await manager.load();
  await task(await manager.getOrCreateLog({ topic: 'bench', partition: 0 }, { isNew: true }));
  await manager.shutdown();
  await rm(folder, { recursive: true });
}

/** Fresh buffers, as a broker receives them: a log keeps what it was given. */
function batches(count: number, bytes: number): Buffer[] {
  const one = buildBatch({
    records: [{ timestamp: 1_700_000_000_000, value: Buffer.alloc(bytes - 75, 'x') }],
  });
  return Array.from({ length: count }, () => {
    const copy = Buffer.allocUnsafeSlow(one.length);
    one.copy(copy);
    return copy;
  });
}

async function append(log: UnifiedLog, sent: readonly Buffer[]): Promise<void> {
  for (let start = 0; start < sent.length; start += IN_FLIGHT)
    await Promise.all(
      sent.slice(start, start + IN_FLIGHT).map((records) => log.appendAsLeader(records, { leaderEpoch: 0 })),
    );
}

async function readAll(log: UnifiedLog, batchBytes: number): Promise<number> {
  let offset = 0;
  let bytes = 0;
  while (offset < log.logEndOffset) {
    const read = await log.read({
      startOffset: offset,
      maxBytes: 1024 * 1024,
      isolation: 'log-end',
      minOneMessage: true,
    });
    const whole = Math.floor(read.sizeInBytes / batchBytes);
    offset += whole;
    bytes += whole * batchBytes;
    read.release?.();
  }
  return bytes;
}

interface Start {
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
}

const begin = (): Start => ({ atMs: performance.now(), cpu: process.cpuUsage() });

/** CPU beside wall time: on a busy machine only the former says something. */
function report(what: string, start: Start, count: number, bytes: number): void {
  const seconds = (performance.now() - start.atMs) / 1000;
  const { user, system } = process.cpuUsage(start.cpu);
  const cpu = `${((user + system) / count).toFixed(2).padStart(7)} µs CPU`;
  const perBatch = ((seconds * 1e6) / count).toFixed(2);
  console.log(
    `${what.padEnd(42)} ${perBatch.padStart(8)} µs/batch ${cpu} ${(bytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`,
  );
}

for (const [bytes, count] of [
  [1024, 200_000],
  [65_536, 4000],
] as const)
  for (const tailCacheBytes of [1024 * 1024 * 1024, 0])
    await withLog(tailCacheBytes, async (log) => {
      const sent = batches(count, bytes);
      const size = sent[0]!.length;
      const from = tailCacheBytes > 0 ? 'tail cache' : 'disk';
      let start = begin();
      await append(log, sent);
      report(`append ${bytes} B, ${IN_FLIGHT} in flight (${from})`, start, count, count * size);
      start = begin();
      const read = await readAll(log, size);
      report(`read   ${bytes} B from ${from}`, start, count, read);
    });
