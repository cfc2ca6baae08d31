/** The life of a topic that every client library goes through, and what must be true at its end. */
import { expect } from '@jest/globals';

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

export const RECORDS = 10_000;
export const STORY_TIMEOUT_MS = 180_000;

/** What a client tells of one story: counts of records. */
export interface StoryResult {
  readonly codec: string;
  /** Consumed before the group was closed. */
  readonly first: number;
  /** Consumed in all, by the group and the group restarted. */
  readonly records: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Sum of the group's committed offsets at the end. */
  readonly committed: number;
  readonly deleted: boolean;
}

/** Nothing twice, nothing lost, each partition in order; the second half was really consumed after the restart. */
export function expectWholeStory(result: StoryResult | undefined, codec: Codec): void {
  expect(result).toEqual({
    codec,
    first: expect.any(Number),
    records: RECORDS,
    missing: 0,
    duplicates: 0,
    reordered: 0,
    committed: RECORDS,
    deleted: true,
  });
  expect(result?.first).toBeGreaterThanOrEqual(RECORDS / 2);
  expect(result?.first).toBeLessThan(RECORDS);
}
