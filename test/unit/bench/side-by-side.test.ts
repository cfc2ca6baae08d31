import { describe, expect, test } from '@jest/globals';
import { selfTimes, type CpuProfile } from '../../../bench/side-by-side/profile.ts';
import { renderReport, withResults } from '../../../bench/side-by-side/report.ts';
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
