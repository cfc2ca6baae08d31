/** Results as Markdown: for people, in a terminal as in docs/benchmarks.md. */
import type { Results, Row } from './results.ts';
import { estimateMedian, median, type Estimate } from './statistics.ts';

const BEGIN = '<!-- results: written by npm run bench -- --write -->';
/** A verdict of fewer than six rounds would be a guess. */
const TRUSTED = 0.95;
const END = '<!-- end of results -->';

export function renderReport(results: Results): string {
  const rounds = results.rows.map(({ klassik }) => klassik.length);
  const [fewest, most] = [Math.min(...rounds), Math.max(...rounds)];
  const confidence = Math.min(
    ...results.rows
      .filter(({ limit }) => limit === undefined)
      .map((row) => estimateMedian(ratiosOf(row)).confidence),
  );
  return [
    `${fewest === most ? most : `${fewest} to ${most}`} rounds on ${results.date}; ${results.machine}; ${results.software}.`,
    `Intervals hold the true median with ${Math.floor(confidence * 100)} %${fewest === most ? '' : ' or more'}.`,
    '',
    '| what | measure | original | Klassik | Klassik / original | interval | |',
    '|---|---|---|---|---|---|---|',
    ...results.rows.map((row, index) => renderRow(row, results.rows[index - 1])),
    '',
  ].join('\n');
}

/** The page with the results between its two markers replaced. */
export function withResults(page: string, results: Results): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page lacks the lines "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderReport(results)}\n${page.slice(end)}`;
}

/**
 * What was measured before, with what was measured now in its place; what is measured for the first time comes last.
 */
export function withNewRows(before: Results, now: Results): Results {
  const replaced = new Map(now.rows.map((row) => [keyOf(row), row]));
  const rows = before.rows.map((row) => {
    const found = replaced.get(keyOf(row)) ?? row;
    replaced.delete(keyOf(row));
    return found;
  });
  return { ...now, rows: [...rows, ...replaced.values()] };
}

function keyOf({ workload, name }: Row): string {
  return `${workload} ${name}`;
}

function renderRow(row: Row, previous: Row | undefined): string {
  const heads = [row.workload === previous?.workload ? '' : row.title, `${row.name}, ${row.unit}`];
  if (row.limit !== undefined) return renderLimited(heads, row.klassik, row.limit);
  const estimate = estimateMedian(ratiosOf(row));
  const { median: ratio, low, high } = estimate;
  const cells = [
    ...heads,
    short(median(row.original)),
    short(median(row.klassik)),
    `**${ratio.toFixed(2)}**`,
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
    verdict(row, estimate),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The worst of all rounds: a limit that was kept on the average was not kept. */
function renderLimited(heads: readonly string[], values: readonly number[], limit: number): string {
  const most = Math.max(...values);
  const found = `${most <= limit ? 'met' : 'missed'}: at most ${limit} ever`;
  return `| ${[...heads, '', short(most), '', '', found].join(' | ')} |`;
}

/** None when the rounds are too few; "even" when the interval holds 1: they do not tell which side is ahead then. */
function verdict({ better, target }: Row, { median: ratio, low, high, confidence }: Estimate): string {
  if (target !== undefined) {
    const isMet = better === 'lower' ? ratio <= target : ratio >= target;
    return `${isMet ? 'met' : 'missed'}: aim ${target}`;
  }
  if (confidence < TRUSTED) return '';
  if (low <= 1 && high >= 1) return 'even';
  return high < 1 === (better === 'lower') ? 'better' : 'worse';
}

/** Of each round its own ratio: what slowed the machine for a while slowed both. */
function ratiosOf(row: Row | undefined): number[] {
  return (row?.klassik ?? []).map((value, round) => value / (row?.original[round] ?? NaN));
}

function short(value: number): string {
  if (value >= 1000) return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
