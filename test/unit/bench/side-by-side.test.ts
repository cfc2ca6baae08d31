import { describe, expect, test } from '@jest/globals';
import { selfTimes, type CpuProfile } from '../../../bench/side-by-side/profile.ts';
import { renderReport, withNewRows, withResults } from '../../../bench/side-by-side/report.ts';
import type { Results } from '../../../bench/side-by-side/results.ts';
import { estimateMedian } from '../../../bench/side-by-side/statistics.ts';

describe('the interval of a median', () => {
  test('of seven ratios is all of them: one of 128 times all fall on one side, twice', () => {
    const { median, low, high, confidence } = estimateMedian([4, 1, 7, 3, 6, 2, 5]);
    expect([median, low, high]).toEqual([4, 1, 7]);
    expect(confidence).toBeCloseTo(1 - 2 / 128);
  });

  test('of nine leaves out the outermost', () => {
    const { low, high, confidence } = estimateMedian([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([low, high]).toEqual([2, 8]);
    expect(confidence).toBeCloseTo(1 - 20 / 512);
  });

  test('of very few says how little it is worth', () => {
    expect(estimateMedian([1, 2])).toEqual({ median: 1.5, low: 1, high: 2, confidence: 0.5 });
    expect(estimateMedian([1])).toEqual({ median: 1, low: 1, high: 1, confidence: 0 });
  });
});

describe('the report', () => {
  const row = { workload: 'load', title: 'a load', name: 'throughput', unit: 'MB/s' } as const;
  const results: Results = {
    date: '2026-01-01',
    rounds: 6,
    machine: 'a machine',
    software: 'some software',
    rows: [
      {
        ...row,
        better: 'higher',
        original: [100, 200, 400, 200, 200, 200],
        klassik: [50, 110, 160, 110, 110, 90],
      },
      {
        ...row,
        name: 'CPU',
        unit: 's/GB',
        better: 'lower',
        original: [1, 1, 1, 1, 1, 1],
        klassik: [0.9, 1, 1.1, 1, 1, 1],
      },
      {
        ...row,
        workload: 'start',
        title: 'start',
        better: 'lower',
        target: 0.3,
        original: [10],
        klassik: [2],
      },
    ],
  };
  const lines = renderReport(results).split('\n');

  test('takes the ratio of each round, not the ratio of medians', () => {
    expect(lines).toContain('| a load | throughput, MB/s | 200 | 110 | **0.53** | 0.40 to 0.55 | worse |');
  });

  test('gives no verdict when the interval holds 1', () => {
    expect(lines).toContain('|  | CPU, s/GB | 1.00 | 1.00 | **1.00** | 0.90 to 1.10 | even |');
  });

  test('gives no verdict on too few rounds', () => {
    const few = { ...row, better: 'higher', original: [1, 1], klassik: [2, 2] } as const;
    expect(renderReport({ ...results, rows: [few] })).toContain('| 2.00 to 2.00 |  |');
  });

  test('says whether an aim is met', () => {
    expect(lines.filter((line) => line.includes('met: aim 0.3'))).toHaveLength(1);
  });

  test('of something higher an aim is met from below', () => {
    const row = {
      workload: 'fast',
      title: 'fast',
      name: 'speed',
      unit: 'MB/s',
      better: 'higher',
      target: 0.7,
    } as const;
    const verdictOf = (klassik: number): string | undefined =>
      /(met|missed): aim 0.7/.exec(
        renderReport({ ...results, rows: [{ ...row, original: [10], klassik: [klassik] }] }),
      )?.[1];
    expect([verdictOf(8), verdictOf(6)]).toEqual(['met', 'missed']);
  });

  test('holds what the original does not have against a limit, in the worst of all rounds', () => {
    const slice = { ...row, name: 'slice', unit: 'ms', better: 'lower', limit: 20, original: [] } as const;
    const lineOf = (klassik: readonly number[]): string =>
      renderReport({ ...results, rows: [...results.rows, { ...slice, klassik }] });
    expect(lineOf([5, 19, 7])).toContain('| slice, ms |  | 19.0 |  |  | met: at most 20 ever |');
    expect(lineOf([5, 21, 7])).toContain('| slice, ms |  | 21.0 |  |  | missed: at most 20 ever |');
    expect(lineOf([5, NaN, 7])).toContain('missed');
  });

  test('of a part of the bench takes the place of what was measured of it before', () => {
    const newRow = { ...results.rows[1]!, klassik: [3, 3, 3, 3, 3, 3] };
    const merged = withNewRows(results, {
      ...results,
      date: '2026-02-02',
      rows: [newRow, { ...newRow, workload: 'other' }],
    });
    expect(merged.date).toBe('2026-02-02');
    expect(merged.rows.map(({ workload, klassik }) => [workload, klassik[0]])).toEqual([
      ['load', 50],
      ['load', 3],
      ['start', 2],
      ['other', 3],
    ]);
    expect(renderReport(merged)).toContain('1 to 6 rounds on 2026-02-02');
  });

  test('replaces what stands between the markers of the page, and nothing else', () => {
    const page = withResults(
      'before\n<!-- results: written by npm run bench -- --write -->\nstale words\n<!-- end of results -->\nafter\n',
      results,
    );
    expect(page).toMatch(/^before\n<!-- results/);
    expect(page).toMatch(/<!-- end of results -->\nafter\n$/);
    expect(page).not.toContain('stale words');
    expect(withResults(page, results)).toBe(page);
  });
});

test('self times are those of the samples in the stretch of time that is asked for, idle time left out', () => {
  const node = (id: number, functionName: string, url: string): CpuProfile['nodes'][number] => ({
    id,
    callFrame: { functionName, url, lineNumber: 9 },
  });
  const profile: CpuProfile = {
    nodes: [node(1, '(idle)', ''), node(2, 'append', 'file:///x/dist/storage/log.js'), node(3, 'main', '')],
    startTime: 1000,
    samples: [3, 2, 2, 1, 2],
    timeDeltas: [0, 100, 100, 100, 100],
  };
  expect(selfTimes(profile, 1100, 1300)).toEqual([{ where: 'append storage/log.js:10', micros: 200 }]);
});
