/**
 * One hop: a broker ended, and what it left is given to both kinds, each on a copy of its own: first to its own kind,
 * then to the other, which stays. Whatever the other does otherwise than its own kind would have done is a finding.
 */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { damage } from './damages.ts';
import { differences, readLogDirs, writtenAnew, type LogDirState } from './log-dir-state.ts';
import { complaints, loadLines } from './load-lines.ts';
import type { GroupCheck, PartitionCheck, SwapClient } from './swap-client.ts';
import type { Ending, Kind, SwapSeat } from './swap-seat.ts';

const POLL_MS = 100;
/** Longer than every interval of the brokers' clocks. */
const QUIET_MS = 1200;
const PATIENCE_MS = 60_000;

export interface Hop {
  readonly from: Kind;
  readonly ending: Ending;
  readonly to: Kind;
}

export interface HopResult extends Hop {
  readonly files: number;
  readonly bytes: number;
  readonly segmentsRecovered: number;
  readonly partitions: number;
  readonly recordsServed: number;
  readonly findings: readonly string[];
}

interface Taken {
  readonly lines: readonly string[];
  readonly open: LogDirState;
  readonly closed: LogDirState;
  readonly check: readonly (PartitionCheck | GroupCheck)[];
}

export function nameOfHop({ from, ending, to }: Hop): string {
  return `${from}, ${ending === 'clean' ? 'stopped' : 'killed'}, then ${to}`;
}

/** Waits until nothing changes in the log dirs any more: what happens by the clock has happened. */
export async function untilQuiet(seat: SwapSeat): Promise<LogDirState> {
  const deadline = performance.now() + PATIENCE_MS;
  let last = await readLogDirs(seat.logDirs, { whileOpen: true }).catch(() => undefined);
  let since = performance.now();
  for (;;) {
    await sleep(POLL_MS);
    // A file may be renamed away while they are read.
    const now = await readLogDirs(seat.logDirs, { whileOpen: true }).catch(() => undefined);
    if (now === undefined || last === undefined || differences(last, now).length > 0) {
      last = now;
      since = performance.now();
    } else if (performance.now() - since > QUIET_MS) return now;
    if (performance.now() > deadline) throw new Error('the log dirs do not come to rest');
  }
}

/** A broker of kind `from` sits there when it begins, one of kind `to` when it has ended. */
export async function hop(seat: SwapSeat, client: SwapClient, name: string, way: Hop): Promise<HopResult> {
  const { from, ending, to } = way;
  await untilQuiet(seat);
  const before = await client.check();
  await seat.end(ending);
  await seat.putAside(name);
  await seat.bringBack(name);
  const left = await readLogDirs(seat.logDirs);

  const own = await take(seat, client, from);
  await seat.bringBack(name);
  const other = await take(seat, client, to);
  // The last one goes on from where it was before it was closed.
  await seat.bringBack(name);
  await seat.start(to);
  await untilQuiet(seat);

  const findings = [
    ...complaints(other.lines).filter((line) => !own.lines.includes(line)),
    ...other.lines.filter((line) => !own.lines.includes(line)).map((line) => `only ${to} tells: ${line}`),
    ...own.lines.filter((line) => !other.lines.includes(line)).map((line) => `only ${from} tells: ${line}`),
    ...differences(own.open, other.open).map((what) => `while open: ${what}`),
    ...differences(own.closed, other.closed).map((what) => `closed: ${what}`),
    ...writtenAnew(left, other.open)
      .filter((path) => !writtenAnew(left, own.open).includes(path))
      .map((path) => `${path} was written anew`),
    ...wrongAnswers(before, other.check).map((what) => `${to} serves ${what}`),
    ...wrongAnswers(before, own.check).map((what) => `${from} serves ${what}`),
  ];
  return {
    ...way,
    files: left.size,
    bytes: [...left.values()].reduce((sum, { size }) => sum + size, 0),
    segmentsRecovered: other.lines.filter((line) => line.includes('Recovering unflushed segment')).length,
    partitions: before.filter((check) => 'partition' in check).length,
    recordsServed: other.check.reduce((sum, check) => sum + ('served' in check ? check.served : 0), 0),
    findings: [...new Set(findings)],
  };
}

export interface DamagedResult {
  readonly from: Kind;
  readonly ending: Ending;
  readonly damages: readonly string[];
  readonly findings: readonly string[];
}

/** What both kinds make of the damaged copy of what a broker left. Nobody sits there afterwards. */
export async function compareOnDamaged(
  seat: SwapSeat,
  name: string,
  { from, ending }: Hop,
): Promise<DamagedResult> {
  const taken: Taken[] = [];
  let damages: string[] = [];
  for (const kind of ['jvm', 'klassik'] as const) {
    await seat.bringBack(name);
    damages = await damage(seat.logDirs, ending);
    taken.push(await take(seat, undefined, kind));
  }
  return { from, ending, damages, findings: differencesOfKinds(taken[0]!, taken[1]!) };
}

function differencesOfKinds(jvm: Taken, klassik: Taken): string[] {
  return [
    ...klassik.lines.filter((line) => !jvm.lines.includes(line)).map((line) => `only klassik tells: ${line}`),
    ...jvm.lines.filter((line) => !klassik.lines.includes(line)).map((line) => `only jvm tells: ${line}`),
    ...differences(jvm.open, klassik.open).map((what) => `klassik, while open: ${what}`),
    ...differences(jvm.closed, klassik.closed).map((what) => `klassik, closed: ${what}`),
  ];
}

/** Started on what is there, looked at, read from, closed. */
async function take(seat: SwapSeat, client: SwapClient | undefined, kind: Kind): Promise<Taken> {
  await seat.start(kind);
  const open = await untilQuiet(seat);
  const lines = loadLines(await seat.logText());
  const check = (await client?.check()) ?? [];
  await seat.end('clean');
  return { lines, open, closed: await readLogDirs(seat.logDirs), check };
}

/** What was acknowledged and does not come back, and every answer that is not the one given before the end. */
function wrongAnswers(
  before: readonly (PartitionCheck | GroupCheck)[],
  after: readonly (PartitionCheck | GroupCheck)[],
): string[] {
  const wrong: string[] = [];
  for (const [index, check] of after.entries()) {
    if ('group' in check) {
      if (check.is !== check.was) wrong.push(`group ${check.group} at ${check.is}, not ${check.was}`);
      continue;
    }
    const { partition, missing, wrong: different } = check;
    if (missing > 0) wrong.push(`${partition} without ${missing} acknowledged records`);
    if (different > 0) wrong.push(`${partition} with ${different} records that nobody sent`);
    if (!isDeepStrictEqual(check, before[index]))
      wrong.push(`${partition} as ${JSON.stringify(check)}, before ${JSON.stringify(before[index])}`);
  }
  return wrong;
}
