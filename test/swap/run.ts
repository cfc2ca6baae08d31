/**
 * The whole swap test, and its report in docs/swap.md: both kinds take the seat of the other, after an orderly stop and
 * after kill -9, with logs as they were left and with logs that were damaged then; and both kinds write the same history
 * into folders of their own. Takes about ten minutes and fails where anything was found.
 *
 *     npm run test:swap
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kafkaLibraries } from '../support/kafka-jars.ts';
import { DAMAGED_TOPICS } from '../support/swap/damages.ts';
import { dumpBoth, type Dumps } from '../support/swap/dump-logs.ts';
import { differences, readLogDirs, type LogDirState } from '../support/swap/log-dir-state.ts';
import { SwapClient } from '../support/swap/swap-client.ts';
import { SwapHistory } from '../support/swap/swap-history.ts';
import {
  compareOnDamaged,
  hop,
  untilQuiet,
  type DamagedResult,
  type HopResult,
} from '../support/swap/swap-hop.ts';
import { SwapSeat, type Ending, type Kind } from '../support/swap/swap-seat.ts';
import { reportOf } from './report.ts';

const REPORT = fileURLToPath(new URL('../../docs/swap.md', import.meta.url));
const ENDINGS: readonly Ending[] = ['clean', 'kill'];
const KINDS: readonly Kind[] = ['jvm', 'klassik'];
/** Compaction and retention happen when they happen; of these the files follow from what was sent alone. */
const REPEATABLE = /^(plain|idempotent|one-segment|preallocated|flushed|trimmed|empty)-\d+\//;

interface Chain {
  readonly hops: readonly HopResult[];
  readonly damaged: readonly DamagedResult[];
  readonly dumps: Dumps;
}

const libraries = kafkaLibraries();
if (libraries === null)
  throw new Error('there are no jars of the original here, and Maven cannot fetch them');
const folder = await mkdtemp(join(tmpdir(), 'klassik-swap-'));
process.exitCode = 1;
try {
  const chains: Chain[] = [];
  for (const first of KINDS) chains.push(await chainFrom(first, libraries));
  const report = {
    hops: chains.flatMap(({ hops }) => hops),
    damaged: chains.flatMap(({ damaged }) => damaged),
    dumps: chains.map(({ dumps }) => dumps),
    sameHistory: await sameHistory(libraries),
  };
  const { text, findings } = reportOf(report);
  await writeFile(REPORT, text);
  console.log(findings === 0 ? `no findings; see ${REPORT}` : `${findings} findings; see ${REPORT}`);
  process.exitCode = findings === 0 ? 0 : 1;
} finally {
  if (process.exitCode === 0) await rm(folder, { recursive: true, force: true });
  else console.log(`what was left lies in ${folder}`);
}

/** First an orderly stop, then kill -9, each time to the other kind. */
async function chainFrom(first: Kind, jars: string): Promise<Chain> {
  return withSeat(
    `from-${first}`,
    jars,
    async (seat, client) => {
      const history = new SwapHistory(client, Date.now());
      const hops: HopResult[] = [];
      const damaged: DamagedResult[] = [];
      let sitting = first;
      await history.writeDamaged(DAMAGED_TOPICS);
      for (const ending of ENDINGS) {
        await history.write(sitting);
        const way = { from: sitting, ending, to: sitting === 'jvm' ? 'klassik' : 'jvm' } as const;
        const name = `${way.from}-${ending}`;
        hops.push(await hop(seat, client, name, way));
        console.log(`${name}, then ${way.to}: ${hops.at(-1)!.findings.length} findings`);
        await seat.end('clean');
        await seat.putAside('meanwhile');
        damaged.push(await compareOnDamaged(seat, name, way));
        console.log(`${name}, damaged: ${damaged.at(-1)!.findings.length} findings`);
        await seat.bringBack('meanwhile');
        sitting = way.to;
        await seat.start(sitting);
      }
      await history.write(sitting);
      await untilQuiet(seat);
      await seat.end('clean');
      return { hops, damaged, dumps: await dumpBoth(jars, seat.logDirs) };
    },
    first,
  );
}

/** Both kinds, each on its own, are sent the same; what differs between their files. */
async function sameHistory(
  jars: string,
): Promise<{ readonly files: number; readonly findings: readonly string[] }> {
  const nowMs = Date.now();
  const states: LogDirState[] = [];
  for (const kind of KINDS)
    states.push(
      await withSeat(
        `alone-${kind}`,
        jars,
        async (seat, client) => {
          // Without transactions for either: one of the kinds has none to coordinate.
          await new SwapHistory(client, nowMs).write('klassik');
          await untilQuiet(seat);
          await seat.end('clean');
          return repeatable(await readLogDirs(seat.logDirs), seat.logDirs);
        },
        kind,
      ),
    );
  const [jvm, klassik] = states as [LogDirState, LogDirState];
  return { files: jvm.size, findings: differences(jvm, klassik) };
}

/** Whatever log dir they lie in; topic ids are random. */
function repeatable(state: LogDirState, dirs: readonly string[]): LogDirState {
  const names = dirs.map((dir) => `${basename(dir)}/`);
  const files = [...state].map(([path, file]) => {
    const dir = names.find((name) => path.startsWith(name)) ?? '';
    return [path.slice(dir.length), file] as const;
  });
  return new Map(files.filter(([path]) => REPEATABLE.test(path) && !path.endsWith('partition.metadata')));
}

async function withSeat<T>(
  name: string,
  jars: string,
  task: (seat: SwapSeat, client: SwapClient) => Promise<T>,
  first: Kind,
): Promise<T> {
  const seat = await SwapSeat.create({ dir: join(folder, name), libraries: jars });
  let client: SwapClient | undefined;
  try {
    await seat.start(first);
    client = await SwapClient.start(jars, seat.bootstrap);
    return await task(seat, client);
  } finally {
    await client?.close();
    await seat.close();
  }
}
