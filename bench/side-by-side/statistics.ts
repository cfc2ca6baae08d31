/**
 * The median of few paired ratios and how far it can be trusted. The interval is made of the measured ratios
 * themselves: it assumes nothing about how they are spread, and draws no random numbers.
 */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** How likely the true median lies between low and high. */
  readonly confidence: number;
}

const WANTED_CONFIDENCE = 0.95;

/**
 * Whether a ratio falls below the true median is the toss of a coin. So the true median lies outside the k-th smallest
 * and the k-th largest of n only when fewer than k tosses fell on one side: the narrowest such pair that is still
 * trusted to 95 % is taken, or all of the ratios when there are too few for that (fewer than six).
 */
export function estimateMedian(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let outside = tossesAtMost(0, count);
  let rank = 0;
  while (rank + 1 < count / 2 && 1 - 2 * tossesAtMost(rank + 1, count) >= WANTED_CONFIDENCE) {
    rank += 1;
    outside = tossesAtMost(rank, count);
  }
  return {
    median: median(sorted),
    low: sorted[rank] ?? NaN,
    high: sorted[count - 1 - rank] ?? NaN,
    confidence: Math.max(0, 1 - 2 * outside),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The chance of at most `hits` heads in `tosses` tosses. */
function tossesAtMost(hits: number, tosses: number): number {
  let ways = 1;
  let total = 1;
  for (let hit = 1; hit <= hits; hit++) {
    ways = (ways * (tosses - hit + 1)) / hit;
    total += ways;
  }
  return total / 2 ** tosses;
}
