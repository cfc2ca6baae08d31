/**
 * What a process has cost so far, as Linux counts it in /proc: CPU of all its threads, those that ended included, and
 * the memory it holds.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface ProcessStats {
  readonly cpuSeconds: number;
  /** Resident now. */
  readonly rssBytes: number;
  /** The most that was ever resident. */
  readonly peakRssBytes: number;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

async function processStats(pid: number): Promise<ProcessStats> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name in parentheses may hold blanks; after it, utime and stime are fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssBytes: kilobytes('VmRSS'),
    peakRssBytes: kilobytes('VmHWM'),
  };
}

/** The sum over several processes, such as the brokers of a cluster. */
export async function totalStats(pids: readonly number[]): Promise<ProcessStats> {
  const all = await Promise.all(pids.map((pid) => processStats(pid)));
  const sum = (of: (stats: ProcessStats) => number): number =>
    all.reduce((total, stats) => total + of(stats), 0);
  return {
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    rssBytes: sum(({ rssBytes }) => rssBytes),
    peakRssBytes: sum(({ peakRssBytes }) => peakRssBytes),
  };
}
