/** What can happen to a log: the steps of a random history, and how one is written down for who reads a failure. */
import fc from 'fast-check';
import { COMPRESSION_TYPES, type CompressionType } from '../../../../src/records/index.ts';
import type { LogConfig } from '../../../../src/storage/index.ts';

/** Who sends: nobody in particular, two idempotent producers, two transactional ones. */
export const SENDERS = [
  'plain',
  'idempotent 1',
  'idempotent 2',
  'transactional 1',
  'transactional 2',
] as const;
export type Sender = (typeof SENDERS)[number];
const TRANSACTIONAL = ['transactional 1', 'transactional 2'] as const;

export interface RecordSpec {
  readonly key: string;
  /** Null: a tombstone. */
  readonly valueBytes: number | null;
  /** Before or behind the clock; null: a record without a time, as old clients send. */
  readonly lateMs: number | null;
}

export interface BatchSpec {
  readonly sender: Sender;
  readonly records: readonly RecordSpec[];
  readonly compression: CompressionType;
  /** The producer has got a new epoch, and counts from 0 again. */
  readonly newProducerEpoch: boolean;
}

/** A place in a log, as a part of what there is. */
type Percent = number;

export type PlainStep =
  | { readonly kind: 'append'; readonly batches: readonly BatchSpec[] }
  | {
      readonly kind: 'replicate';
      readonly batches: readonly BatchSpec[];
      /** Offsets that the leader's cleaner took away in front of each batch. */
      readonly gaps: readonly number[];
      readonly newEpochAt: number;
    }
  | {
      readonly kind: 'end-transaction';
      readonly sender: (typeof TRANSACTIONAL)[number];
      readonly result: 'commit' | 'abort';
      readonly newProducerEpoch: boolean;
    }
  | { readonly kind: 'retry'; readonly sender: Sender; readonly back: number }
  | { readonly kind: 'skip-sequence'; readonly sender: Sender }
  | { readonly kind: 'new-leader-epoch'; readonly assigned: boolean }
  | { readonly kind: 'truncate'; readonly percent: Percent }
  | { readonly kind: 'start-anew'; readonly by: number; readonly startBehindBy: number }
  | { readonly kind: 'high-watermark'; readonly percent: Percent }
  | { readonly kind: 'delete-records'; readonly percent: Percent }
  | { readonly kind: 'retention' | 'clean' | 'flush' | 'checkpoint' }
  | { readonly kind: 'wait'; readonly ms: number };

export type Step =
  | PlainStep
  /** While the first is under way, the second begins and ends. */
  | { readonly kind: 'meanwhile'; readonly background: PlainStep; readonly step: PlainStep }
  | { readonly kind: 'close'; readonly spoil: IndexDamage; readonly during: PlainStep | null }
  | {
      readonly kind: 'crash';
      /** `kill`: files are as the process left them. `power`: what was not synced is lost, in whole or in part. */
      readonly how: 'kill' | 'power, nothing kept' | 'power, some kept';
      /** What was under way, and after how many calls of the disk it was cut off. */
      readonly during: PlainStep | 'close' | null;
      readonly afterCalls: number;
      readonly spoil: IndexDamage;
      /** Recovery is cut off too, after so many calls; null: it is not. */
      readonly againAfterCalls: number | null;
    };

/** What somebody does to index files while no broker runs. */
export interface IndexDamage {
  readonly kind: 'none' | 'removed' | 'cut';
  readonly percent: Percent;
  /** Without its time index alone, a segment counts as one of the time before there were any. */
  readonly suffix: '.index' | '.timeindex';
}

const percent = fc.integer({ min: 0, max: 100 });

const record: fc.Arbitrary<RecordSpec> = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  valueBytes: fc.option(fc.integer({ min: 0, max: 90 }), { freq: 5 }),
  lateMs: fc.option(fc.integer({ min: -3000, max: 3000 }), { freq: 12 }),
});

const batch: fc.Arbitrary<BatchSpec> = fc.record({
  sender: fc.constantFrom(...SENDERS),
  records: fc.array(record, { minLength: 1, maxLength: 4 }),
  compression: fc.oneof(
    { weight: 4, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...COMPRESSION_TYPES) },
  ),
  newProducerEpoch: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

const append = fc.record({
  kind: fc.constant('append' as const),
  batches: fc.array(batch, { minLength: 1, maxLength: 4 }),
});

const replicate = fc.record({
  kind: fc.constant('replicate' as const),
  batches: fc.array(batch, { minLength: 1, maxLength: 4 }),
  gaps: fc.array(fc.constantFrom(0, 0, 0, 1, 5), { minLength: 4, maxLength: 4 }),
  newEpochAt: fc.integer({ min: 0, max: 8 }),
});

const endTransaction = fc.record({
  kind: fc.constant('end-transaction' as const),
  sender: fc.constantFrom(...TRANSACTIONAL),
  result: fc.constantFrom('commit' as const, 'abort' as const),
  newProducerEpoch: fc.boolean(),
});

const upkeep = fc.record({ kind: fc.constantFrom('retention', 'clean', 'flush', 'checkpoint') });
const cut = fc.record({ kind: fc.constant('truncate' as const), percent });
const startAnew = fc.record({
  kind: fc.constant('start-anew' as const),
  by: fc.integer({ min: -30, max: 30 }),
  startBehindBy: fc.constantFrom(0, 0, 1, 3),
});
const deleteRecords = fc.record({ kind: fc.constant('delete-records' as const), percent });
const wait = fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 50, 2000, 40_000) });

const plainStep: fc.Arbitrary<PlainStep> = fc.oneof(
  { weight: 12, arbitrary: append },
  { weight: 5, arbitrary: replicate },
  { weight: 4, arbitrary: endTransaction },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retry' as const),
      sender: fc.constantFrom(...SENDERS),
      back: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('skip-sequence' as const),
      sender: fc.constantFrom(...SENDERS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('new-leader-epoch' as const), assigned: fc.boolean() }),
  },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: startAnew },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('high-watermark' as const), percent }) },
  { weight: 2, arbitrary: deleteRecords },
  { weight: 8, arbitrary: upkeep },
  { weight: 3, arbitrary: wait },
);

/** What takes a while, so that a crash or another step may come in the middle. */
const lasting: fc.Arbitrary<PlainStep> = fc.oneof(
  { weight: 4, arbitrary: append },
  { weight: 2, arbitrary: replicate },
  { weight: 2, arbitrary: endTransaction },
  { weight: 3, arbitrary: cut },
  { weight: 2, arbitrary: startAnew },
  { weight: 8, arbitrary: upkeep },
);

const spoil: fc.Arbitrary<IndexDamage> = fc.record({
  kind: fc.constantFrom('none', 'none', 'none', 'removed', 'cut'),
  percent,
  suffix: fc.constantFrom('.index', '.timeindex'),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: plainStep },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('meanwhile' as const),
      background: upkeep,
      step: fc.oneof(append, replicate, endTransaction, deleteRecords),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('close' as const),
      spoil,
      during: fc.option(upkeep),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      how: fc.constantFrom('kill', 'power, nothing kept', 'power, some kept', 'power, some kept'),
      during: fc.oneof(
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 6, arbitrary: lasting },
        { weight: 1, arbitrary: fc.constant('close' as const) },
      ),
      afterCalls: fc.integer({ min: 0, max: 40 }),
      spoil,
      againAfterCalls: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 2 }),
    }),
  },
);

export interface LogKind {
  readonly config: Partial<LogConfig>;
  readonly tailCacheBytes: number;
}

const logKind: fc.Arbitrary<LogKind> = fc.record({
  tailCacheBytes: fc.constantFrom(0, 600, 1_000_000),
  config: fc.record({
    segmentBytes: fc.constantFrom(500, 900, 2000),
    segmentMs: fc.constantFrom(1000, 10_000_000),
    segmentIndexBytes: fc.constantFrom(64, 10_000),
    indexIntervalBytes: fc.constantFrom(100, 300),
    retentionBytes: fc.constantFrom(-1, -1, 1500),
    retentionMs: fc.constantFrom(-1, 30_000),
    cleanupPolicy: fc.constantFrom(
      ['delete' as const],
      ['compact' as const],
      ['compact' as const, 'delete' as const],
    ),
    messageTimestampType: fc.constantFrom('CreateTime', 'CreateTime', 'CreateTime', 'LogAppendTime'),
    compressionType: fc.constantFrom('producer', 'producer', 'producer', 'gzip'),
    deleteRetentionMs: fc.constantFrom(0, 20_000),
    minCleanableDirtyRatio: fc.constant(0),
    fileDeleteDelayMs: fc.constantFrom(0, 10_000),
    flushMessages: fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 5),
  }),
});

export interface History {
  readonly kind: LogKind;
  readonly seed: number;
  readonly steps: readonly Step[];
}

const STEPS_MAX = 30;

/** A failing history is printed as a list of sentences, one a step. */
export const history: fc.Arbitrary<History> = fc
  .record({
    kind: logKind,
    seed: fc.nat({ max: 1000 }),
    steps: fc.array(step, { minLength: 1, maxLength: STEPS_MAX, size: 'max' }),
  })
  .map((drawn) => Object.assign(drawn, { [fc.toStringMethod]: () => told(drawn) }));

function told({ kind, seed, steps }: History): string {
  const lines = steps.map((each, index) => `  ${index + 1}. ${sentence(each)}`);
  return `a log of ${inShort(kind)} on the disk of seed ${seed}:\n${lines.join('\n')}`;
}

export function sentence(step: Step): string {
  const { kind, ...rest } = step;
  return Object.keys(rest).length === 0 ? kind : `${kind} ${inShort(rest)}`;
}

function inShort(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', '');
}
