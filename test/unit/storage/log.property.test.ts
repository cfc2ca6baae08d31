import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchesOf } from '../../../src/records/index.ts';
import { joinRecords, type UnifiedLog } from '../../../src/storage/index.ts';
import { batch, type Broker, NOW_MS, openBroker, withFolder } from './support.ts';

/** A log as simple as can be: the batches it should hold. */
class Model {
  batches: { baseOffset: number; lastOffset: number; epoch: number }[] = [];
  start = 0;
  end = 0;
  highWatermark = 0;
  epoch = 0;

  visible(from: number, limit: number): number[] {
    return this.batches
      .filter(({ lastOffset }) => lastOffset >= from && lastOffset < limit)
      .map(({ baseOffset }) => baseOffset);
  }
}

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[]; readonly bytes: number }
  | { readonly kind: 'truncate'; readonly part: number }
  | { readonly kind: 'high-watermark'; readonly part: number }
  | { readonly kind: 'log-start'; readonly part: number }
  | { readonly kind: 'epoch' | 'retention' | 'restart' | 'flush' };

const part = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      bytes: fc.integer({ min: 0, max: 120 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate' as const), part }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('high-watermark' as const), part }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log-start' as const), part }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('epoch', 'retention', 'restart', 'flush') }),
  },
);

class Subject {
  broker: Broker;
  log: UnifiedLog;
  readonly model = new Model();
  readonly #open: () => Promise<Broker>;

  private constructor(broker: Broker, log: UnifiedLog, open: () => Promise<Broker>) {
    this.broker = broker;
    this.log = log;
    this.#open = open;
  }

  static async start(open: () => Promise<Broker>): Promise<Subject> {
    const broker = await open();
    return new Subject(broker, await broker.log(), open);
  }

  async take(step: Step): Promise<void> {
    const { log, model } = this;
    switch (step.kind) {
      case 'append': {
        const appends = step.sizes.map((count) => {
          const records = Array.from({ length: count }, () => 'x'.repeat(step.bytes));
          return log.appendAsLeader(batch(records, { timestamp: NOW_MS + model.end }), {
            leaderEpoch: model.epoch,
          });
        });
        for (const { firstOffset, lastOffset } of await Promise.all(appends)) {
          expect(firstOffset).toBe(model.end);
          model.batches.push({ baseOffset: firstOffset, lastOffset, epoch: model.epoch });
          model.end = lastOffset + 1;
        }
        return;
      }
      case 'truncate': {
        const offset = model.start + Math.floor((model.end - model.start) * step.part);
        await log.truncateTo(offset);
        if (offset < model.end) {
          model.batches = model.batches.filter(({ lastOffset }) => lastOffset < offset);
          model.end = offset;
          model.highWatermark = Math.min(model.highWatermark, offset);
        }
        return;
      }
      case 'high-watermark':
        model.highWatermark = log.updateHighWatermark(
          model.start + Math.floor((model.end - model.start) * step.part),
        );
        return;
      case 'log-start': {
        const offset = model.start + Math.floor((model.highWatermark - model.start) * step.part);
        log.maybeIncrementLogStartOffset(offset);
        model.start = Math.max(model.start, offset);
        return;
      }
      case 'epoch':
        model.epoch += 1;
        return;
      case 'retention':
        await log.deleteOldSegments();
        model.start = Math.max(model.start, log.logStartOffset);
        return;
      case 'flush':
        await log.flush();
        return;
      case 'restart':
        await this.broker.manager.shutdown();
        this.broker = await this.#open();
        this.log = this.broker.manager.getLog('orders', 0)!;
        this.log.updateHighWatermark(model.highWatermark);
        return;
    }
  }

  async check(): Promise<void> {
    const { log, model } = this;
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([
      model.start,
      model.end,
      model.highWatermark,
    ]);
    for (const isolation of ['log-end', 'high-watermark'] as const) {
      const limit = isolation === 'log-end' ? model.end : model.highWatermark;
      for (const from of new Set([model.start, Math.floor((model.start + limit) / 2)])) {
        const found: number[] = [];
        let startOffset = from;
        while (startOffset < limit) {
          const read = await log.read({ startOffset, maxBytes: 700, isolation, minOneMessage: true });
          const batches = [...batchesOf(joinRecords(read))];
          if (batches.length === 0) break;
          for (const each of batches) {
            expect(each.isValid()).toBe(true);
            found.push(each.baseOffset);
            startOffset = each.nextOffset;
          }
        }
        expect(found).toEqual(model.visible(from, limit));
      }
    }
    for (const { epoch } of model.batches.slice(-1)) expect(log.latestEpoch).toBe(epoch);
  }
}

describe('a log', () => {
  test.each([0, 600, 1_000_000])(
    'behaves like a list of batches, with a tail cache of %i bytes',
    async (tailCacheBytes) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          await withFolder(async (folder) => {
            const subject = await Subject.start(() =>
              openBroker(folder, {
                config: { segmentBytes: 700, indexIntervalBytes: 150, retentionBytes: 2000, retentionMs: -1 },
                settings: { tailCacheBytes },
              }),
            );
            for (const each of steps) {
              await subject.take(each);
              await subject.check();
            }
            await subject.broker.manager.shutdown();
          });
        }),
        { numRuns: 12 },
      );
    },
    60_000,
  );
});
