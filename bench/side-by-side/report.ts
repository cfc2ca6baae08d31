/** Results as Markdown: for people, in a terminal as in docs/benchmarks.md. */
import type { Results, Row } from './results.ts';
import { estimateMedian, median, type Estimate } from './statistics.ts';

const BEGIN = '<!-- results: written by npm run bench -- --write -->';
/** A verdict of fewer than six rounds would be a guess. */
const TRUSTED = 0.95;
const END = '<!-- end of results -->';

export function renderReport(results: Results): string {
  const confidence = estimateMedian(ratiosOf(results.rows[0])).confidence;
  return [
    `${results.rounds} rounds on ${results.date}; ${results.machine}; ${results.software}.`,
    `Intervals hold the true median with ${Math.floor(confidence * 100)} %.`,
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

function renderRow(row: Row, previous: Row | undefined): string {
  const estimate = estimateMedian(ratiosOf(row));
  const { median: ratio, low, high } = estimate;
  const cells = [
    row.workload === previous?.workload ? '' : row.title,
    `${row.name}, ${row.unit}`,
    short(median(row.original)),
    short(median(row.klassik)),
    `**${ratio.toFixed(2)}**`,
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
    verdict(row, estimate),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** None when the rounds are too few; "even" when the interval holds 1: they do not tell which side is ahead then. */
function verdict({ better, target }: Row, { median: ratio, low, high, confidence }: Estimate): string {
  if (target !== undefined) return `${ratio <= target ? 'met' : 'missed'}: aim ${target}`;
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
