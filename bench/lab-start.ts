import { mkdtemp } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROKER_HEAP_OPTIONS, startZooKeeper } from '../src/kit/index.ts';
import { partitionsRounds } from './side-by-side/partitions-rounds.ts';
const dir = await mkdtemp(join(tmpdir(), 'labstart-'));
const zk = await startZooKeeper({ dir: join(dir, 'zk'), port: 0, onProgress: () => undefined });
const prof = process.env['PROF'] ? ['--cpu-prof', '--cpu-prof-dir=/tmp/labprof', '--cpu-prof-interval=500'] : [];
const command = (p: string): [string, ...string[]] => [process.execPath, ...BROKER_HEAP_OPTIONS, ...prof, process.argv[2]!, '--as', 'kafka-server-start', p];
try {
  await partitionsRounds({ dir, zookeeperConnect: zk.connect, scale: 1, commands: { klassik: command, original: command }, sidesOf: () => ['klassik'], progress: (s: string) => console.log(s) } as never, Number(process.argv[3] ?? 2), { add: () => undefined } as never);
} finally { await zk.stop(); rmSync(dir, { recursive: true, force: true }); }
process.exit(0);
