/** docs/swap.md: what was tried and what was found, as tables. */
import type { Dumps } from '../support/swap/dump-logs.ts';
import { nameOfHop, type DamagedResult, type HopResult } from '../support/swap/swap-hop.ts';

export interface SwapReport {
  readonly hops: readonly HopResult[];
  readonly damaged: readonly DamagedResult[];
  readonly dumps: readonly Dumps[];
  readonly sameHistory: { readonly files: number; readonly findings: readonly string[] };
}

const HEAD = `# One log dir, brokers of both kinds

<!-- written by npm run test:swap -->

A broker of one kind takes the seat of the other: the same broker id, log dirs and ZooKeeper. What the one left is given
to both kinds on copies. A finding is whatever the other does otherwise than its own kind does with the same copy: a file
more or fewer, other bytes (while it runs and after it stopped), a segment written anew, another line about what was
recovered, rebuilt or damaged, a record or a committed offset that is not served as before. The logs hold plain,
idempotent, transactional (committed, aborted, open) and compacted records in every codec, over several segments and two
log dirs, with retention, DeleteRecords and topics that are being deleted.

What is not compared: the order of a checkpoint's lines, the date in meta.properties, the entries in index files of active
segments (ours reach the file when the segment is closed), folders that wait for their removal but for their batches.
`;

export function reportOf(report: SwapReport): { readonly text: string; readonly findings: number } {
  const { hops, damaged, dumps, sameHistory } = report;
  const dumped = dumps.flatMap(({ differing }) => differing.map(([left, right]) => `${left} | ${right}`));
  const all = [...hops, ...damaged, sameHistory].flatMap(({ findings }) => findings);
  const findings = [...all, ...dumped];
  const text = [
    HEAD,
    '| who left them | files | segments recovered | partitions | records served | findings |',
    '|---|---|---|---|---|---|',
    ...hops.map((hop) =>
      row(
        nameOfHop(hop),
        hop.files,
        hop.segmentsRecovered,
        hop.partitions,
        hop.recordsServed,
        hop.findings.length,
      ),
    ),
    '',
    '| damaged after | damages | findings |',
    '|---|---|---|',
    ...damaged.map((one) =>
      row(
        `${one.from}, ${one.ending === 'clean' ? 'stopped' : 'killed'}`,
        one.damages.length,
        one.findings.length,
      ),
    ),
    '',
    '| both kinds | files | findings |',
    '|---|---|---|',
    row('are sent the same, each on its own', sameHistory.files, sameHistory.findings.length),
    row('print the same with dump-log', sum(dumps.map(({ files }) => files)), dumped.length),
    '',
    `The damages: ${[...new Set(damaged.flatMap(({ damages }) => damages))].map((name) => name.replaceAll('-', ' ')).join('; ')}.`,
    ...(findings.length === 0 ? [] : ['', '## Findings', '', ...findings.map((finding) => `- ${finding}`)]),
    '',
  ].join('\n');
  return { text, findings: findings.length };
}

const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
