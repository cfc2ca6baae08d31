/** Whatever is written, cleaned, cut and restarted in whatever order: the rules of compaction hold. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { COMPRESSION_TYPES } from '../../../../src/records/index.ts';
import { withFolder } from '../support.ts';
import { append, batchesIn, type CleanedBroker, contents, keyed, openCleaned } from './support.ts';

type Step =
  | {
      readonly kind: 'append';
      readonly entries: readonly string[];
      readonly compression: (typeof COMPRESSION_TYPES)[number];
      readonly producerId: number;
    }
  | { readonly kind: 'clean' | 'restart' | 'wait' }
  | { readonly kind: 'truncate'; readonly part: number };

const entry = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.integer({ min: 0, max: 60 })))
  .map(([key, length]) => (length === null ? key : `${key}=${'v'.repeat(length)}`));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      entries: fc.array(entry, { minLength: 1, maxLength: 6 }),
      compression: fc.constantFrom(...COMPRESSION_TYPES),
      producerId: fc.constantFrom(-1, -1, 5, 6),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('clean', 'clean', 'restart', 'wait') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('truncate' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

const keyOf = (record: string): string => /^\d+:([a-e])/.exec(record)?.[1] ?? '';
const offsetOf = (record: string): number => Number(record.split(':')[0]);
const isTombstone = (record: string): boolean => !record.includes('=');

class Subject {
  broker: CleanedBroker;
  readonly #open: () => Promise<CleanedBroker>;
  /** Everything that was ever written and not cut off, by offset. */
  written: string[] = [];
  readonly sequences = new Map<number, number>();
  /** Tombstones may be gone once the clock went past their horizon. */
  hasWaited = false;

  private constructor(broker: CleanedBroker, open: () => Promise<CleanedBroker>) {
    this.broker = broker;
    this.#open = open;
  }

  static async start(open: () => Promise<CleanedBroker>): Promise<Subject> {
    return new Subject(await open(), open);
  }

  async take(step: Step): Promise<void> {
    const { log, cleaner, manager, test: time } = this.broker;
    switch (step.kind) {
      case 'append':
        return this.#append(step);
      case 'clean':
        while (await cleaner.cleanDirtiest());
        return;
      case 'wait':
        time.nowMs += 10_000;
        this.hasWaited = true;
        return;
      case 'restart':
        await manager.shutdown();
        this.broker = await this.#open();
        return;
      case 'truncate': {
        const offset = Math.floor(step.part * log.logEndOffset);
        await log.truncateTo(offset);
        // A batch that begins before the offset goes as a whole.
        this.written = this.written.slice(0, log.logEndOffset);
        const left = new Set(await contents(log));
        const last = (await batchesIn(log)).at(-1)?.lastOffset ?? -1;
        this.written = this.written.filter((record) => offsetOf(record) <= last || left.has(record));
        log.updateHighWatermark(log.logEndOffset);
      }
    }
  }

  async #append({ entries, compression, producerId }: Step & { readonly kind: 'append' }): Promise<void> {
    const { log } = this.broker;
    const baseSequence = this.sequences.get(producerId) ?? 0;
    const producer = producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence };
    const first = log.logEndOffset;
    await append(log, keyed(entries, { compression, ...producer }));
    if (log.logEndOffset === first) return;
    if (producerId >= 0) this.sequences.set(producerId, baseSequence + entries.length);
    this.written.push(...entries.map((record, index) => `${first + index}:${record}`));
  }

  async check(): Promise<void> {
    const { log } = this.broker;
    const found = await contents(log);
    const left = new Set(found);
    expect(found).toEqual(this.written.filter((record) => left.has(record)));
    for (const record of this.written) {
      if (left.has(record)) continue;
      const later = this.written.some(
        (other) => offsetOf(other) > offsetOf(record) && keyOf(other) === keyOf(record),
      );
      expect([record, later || (isTombstone(record) && this.hasWaited)]).toEqual([record, true]);
    }
  }
}

test('a compacted log keeps the latest of every key, in order and in place, whatever happens to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await withFolder(async (folder) => {
        const subject = await Subject.start(() =>
          openCleaned(folder, {
            config: { segmentBytes: 500, deleteRetentionMs: 5000 },
            settings: { dedupeBufferSize: 24 * 5, ioBufferSize: 400 },
          }),
        );
        for (const one of steps) {
          await subject.take(one);
          await subject.check();
        }
        await subject.broker.manager.shutdown();
      });
    }),
    { numRuns: 40 },
  );
}, 120_000);
