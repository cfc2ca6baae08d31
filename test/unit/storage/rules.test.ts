import { describe, expect, test } from '@jest/globals';
import {
  CheckpointFormatError,
  CheckpointValueError,
  formatLeaderEpochCheckpoint,
  formatOffsetCheckpoint,
  parseLeaderEpochCheckpoint,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
} from '../../../src/storage/checkpoint-files.ts';
import { deletedFolderName, parsePartitionFolder } from '../../../src/storage/file-names.ts';
import { IndexCache } from '../../../src/storage/index-cache.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/storage/index.ts';
import { LeaderEpochCache } from '../../../src/storage/leader-epoch-cache.ts';
import {
  checkMetaProperties,
  formatMetaProperties,
  parseMetaProperties,
} from '../../../src/storage/meta-properties.ts';
import { OffsetIndex } from '../../../src/storage/offset-index.ts';
import { planRetention } from '../../../src/storage/plan-retention.ts';
import { planRoll } from '../../../src/storage/plan-roll.ts';
import { TimeIndex } from '../../../src/storage/time-index.ts';

describe('rolling', () => {
  const config = { ...DEFAULT_LOG_CONFIG, segmentBytes: 1000, segmentMs: 100 };
  const segment = {
    baseOffset: 10,
    sizeInBytes: 500,
    createdMs: 0,
    firstTimestamp: 1000,
    indexesFull: false,
    rollJitterMs: 0,
  };
  const incoming = { sizeInBytes: 500, maxTimestamp: 1100, lastOffset: 20 };

  test('happens when a batch no longer fits', () => {
    expect(planRoll(segment, incoming, config, 0)).toBeUndefined();
    expect(planRoll(segment, { ...incoming, sizeInBytes: 501 }, config, 0)).toBe('size');
  });

  test('goes by the time of the records, and by the clock only without', () => {
    expect(planRoll(segment, { ...incoming, maxTimestamp: 1101 }, config, 0)).toBe('time');
    expect(planRoll({ ...segment, rollJitterMs: 1 }, incoming, config, 0)).toBe('time');
    expect(planRoll(segment, incoming, config, 1e12)).toBeUndefined();
    const timeless = { ...segment, firstTimestamp: -1 };
    expect([planRoll(timeless, incoming, config, 100), planRoll(timeless, incoming, config, 101)]).toEqual([
      undefined,
      'time',
    ]);
    expect(planRoll({ ...timeless, sizeInBytes: 0 }, incoming, config, 101)).toBeUndefined();
  });

  test('happens when an index is full, or an offset does not fit one', () => {
    expect(planRoll({ ...segment, indexesFull: true }, incoming, config, 0)).toBe('index');
    expect(planRoll(segment, { ...incoming, lastOffset: 2 ** 31 + 9 }, config, 0)).toBeUndefined();
    expect(planRoll(segment, { ...incoming, lastOffset: 2 ** 31 + 10 }, config, 0)).toBe('offset');
  });
});

describe('retention', () => {
  const segments = [0, 10, 20].map((baseOffset, index) => ({
    baseOffset,
    sizeInBytes: 100,
    largestTimestamp: index * 1000,
  }));
  const state = { logStartOffset: 0, logEndOffset: 30, highWatermark: 30, nowMs: 2500 };
  const keep = { cleanupPolicy: ['delete'] as const, retentionBytes: -1, retentionMs: -1 };

  test('takes what ends at or below the log start, whatever the policy', () => {
    const plan = { ...state, logStartOffset: 20 };
    const compact = { ...keep, cleanupPolicy: ['compact'] as const, retentionMs: 0, retentionBytes: 0 };
    for (const config of [keep, compact])
      expect(planRetention(segments, plan, config)).toEqual([{ reason: 'log start offset', count: 2 }]);
    expect(planRetention(segments, { ...state, logStartOffset: 9 }, keep)).toEqual([]);
  });

  test('takes by size while what is left is still enough', () => {
    const by = (retentionBytes: number): unknown =>
      planRetention(segments, state, { ...keep, retentionBytes });
    expect(by(300)).toEqual([]);
    expect(by(201)).toEqual([]);
    expect(by(200)).toEqual([{ reason: 'size', count: 1 }]);
    expect(by(0)).toEqual([{ reason: 'size', count: 3 }]);
  });

  test('takes by time strictly beyond the limit, and stops at the high watermark', () => {
    const by = (retentionMs: number, highWatermark = 30): unknown =>
      planRetention(segments, { ...state, highWatermark }, { ...keep, retentionMs });
    expect(by(2500)).toEqual([]);
    expect(by(2499)).toEqual([{ reason: 'time', count: 1 }]);
    expect(by(0)).toEqual([{ reason: 'time', count: 3 }]);
    expect(by(0, 29)).toEqual([{ reason: 'time', count: 2 }]);
    expect(by(0, 9)).toEqual([]);
  });

  test('never takes an active segment that is empty', () => {
    const empty = [{ baseOffset: 30, sizeInBytes: 0, largestTimestamp: 0 }];
    expect(planRetention(empty, state, { ...keep, retentionMs: 0, retentionBytes: 0 })).toEqual([]);
  });
});

describe('leader epochs', () => {
  const cache = (): LeaderEpochCache =>
    new LeaderEpochCache([
      { epoch: 2, startOffset: 0 },
      { epoch: 4, startOffset: 10 },
      { epoch: 7, startOffset: 20 },
    ]);

  test('end where the next begins; unknown above, first start below', () => {
    const ends = [1, 2, 3, 4, 6, 7, 8, -1].map((epoch) => cache().endOffsetFor(epoch, 33));
    expect(ends.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset])).toEqual([
      [1, 0],
      [2, 10],
      [2, 10],
      [4, 20],
      [4, 20],
      [7, 33],
      [-1, -1],
      [-1, -1],
    ]);
  });

  test('an epoch that does not continue the others pushes them out', () => {
    const epochs = cache();
    epochs.assign(7, 25);
    expect(epochs.isDirty).toBe(false);
    epochs.assign(5, 15);
    expect(epochs.entries).toEqual([
      { epoch: 2, startOffset: 0 },
      { epoch: 4, startOffset: 10 },
      { epoch: 5, startOffset: 15 },
    ]);
    expect(epochs.isDirty).toBe(true);
  });

  test('give way to what a batch in the log says', () => {
    const epochs = cache();
    for (const [epoch, offset] of [
      [2, 0],
      [4, 10],
      [7, 25],
    ] as const)
      epochs.agreeWith(epoch, offset);
    expect([epochs.isDirty, epochs.entries]).toEqual([false, cache().entries]);
    epochs.agreeWith(4, 20);
    expect(epochs.entries).toEqual(cache().entries.slice(0, 2));
    epochs.agreeWith(9, 21);
    epochs.agreeWith(3, 5);
    expect(epochs.entries).toEqual([
      { epoch: 2, startOffset: 0 },
      { epoch: 3, startOffset: 5 },
    ]);
  });

  test('are cut from both ends', () => {
    const epochs = cache();
    epochs.truncateFromEnd(20);
    epochs.truncateFromStart(12);
    expect(epochs.entries).toEqual([{ epoch: 4, startOffset: 12 }]);
    expect([epochs.epochForOffset(11), epochs.epochForOffset(12)]).toEqual([-1, 4]);
  });
});

describe('indexes', () => {
  test('an offset index finds the entry at or below, and is cut at an offset', () => {
    const index = new OffsetIndex(100, 8 * 4);
    for (const [offset, position] of [
      [105, 50],
      [110, 90],
      [120, 130],
    ] as const)
      index.append(offset, position);
    const found = [99, 104, 105, 109, 119, 500].map((offset) => index.lookup(offset).position);
    expect(found).toEqual([0, 0, 50, 50, 90, 130]);
    expect(index.isFull).toBe(false);
    index.append(121, 140);
    expect(index.isFull).toBe(true);
    index.truncateTo(110);
    expect([index.count, index.lastOffset]).toEqual([1, 105]);
  });

  test('the zeros a killed JVM broker leaves behind the entries are not entries', () => {
    const index = new OffsetIndex(0, 1000);
    index.append(5, 50);
    const padded = Buffer.concat([index.bytes(), Buffer.alloc(80)]);
    expect(OffsetIndex.fromBytes(0, 1000, padded).count).toBe(1);
    const times = new TimeIndex(0, 1000);
    times.maybeAppend(77, 5);
    const paddedTimes = Buffer.concat([times.bytes(), Buffer.alloc(120)]);
    expect(TimeIndex.fromBytes(0, 1000, paddedTimes).lastEntry).toEqual({ timestamp: 77, offset: 5 });
    expect(() => OffsetIndex.fromBytes(0, 1000, Buffer.alloc(9))).toThrow('ends inside an entry');
    expect(() => TimeIndex.fromBytes(0, 1000, Buffer.alloc(13))).toThrow('ends inside an entry');
  });

  test('a time index takes rising times only, and keeps its last slot for the roll', () => {
    const index = new TimeIndex(0, 12 * 3);
    index.maybeAppend(10, 1);
    index.maybeAppend(10, 2);
    index.maybeAppend(5, 3);
    expect([index.count, index.isFull]).toEqual([1, false]);
    index.maybeAppend(20, 4);
    expect(index.isFull).toBe(true);
    index.maybeAppend(30, 5);
    expect([index.lookup(9), index.lookup(29), index.lookup(30)].map(({ offset }) => offset)).toEqual([
      0, 4, 5,
    ]);
    index.truncateTo(4);
    expect(index.lastEntry).toEqual({ timestamp: 10, offset: 1 });
  });

  test('the cache of cold indexes drops the least recently used', () => {
    const cache = new IndexCache(100);
    const dropped: string[] = [];
    const holder = (name: string): { dropIndexes: () => void } => ({ dropIndexes: () => dropped.push(name) });
    const [a, b, c] = [holder('a'), holder('b'), holder('c')] as const;
    cache.touch(a, 40);
    cache.touch(b, 40);
    cache.touch(a, 40);
    cache.touch(c, 40);
    expect([dropped, cache.bytes]).toEqual([['b'], 80]);
  });
});

describe('small files', () => {
  test('offset checkpoints read what they write; empty and missing counts are told apart', () => {
    const entries = [
      [{ topic: 'orders', partition: 3 }, 42],
      [{ topic: 'a.b_c-d', partition: 0 }, 0],
    ] as const;
    const text = formatOffsetCheckpoint(entries);
    expect(text).toBe('0\n2\norders 3 42\na.b_c-d 0 0\n');
    expect(parseOffsetCheckpoint(text, 'file')).toEqual(entries);
    expect(parseOffsetCheckpoint('', 'file')).toEqual([]);
    expect(formatOffsetCheckpoint([])).toBe('0\n0\n');
    for (const bad of ['1\n0\n', '0\n2\norders 3 42\n', '0\n1\norders 3 42 7\n'])
      expect(() => parseOffsetCheckpoint(bad, 'file')).toThrow(CheckpointFormatError);
    for (const bad of ['0\n-1\n', '0\n1\norders three 42\n', '0\n1\norders 3000000000 42\n'])
      expect(() => parseOffsetCheckpoint(bad, 'file')).toThrow(CheckpointValueError);
  });

  test('leader epoch checkpoints too', () => {
    const entries = [
      { epoch: 0, startOffset: 0 },
      { epoch: 3, startOffset: 10 },
    ];
    expect(formatLeaderEpochCheckpoint(entries)).toBe('0\n2\n0 0\n3 10\n');
    expect(parseLeaderEpochCheckpoint('0\n2\n0 0\n3 10\n', 'file')).toEqual(entries);
  });

  test('partition.metadata names the topic id', () => {
    expect(parsePartitionMetadata('version: 0\ntopic_id: u49woNS9RLyojIq9Om1UJQ', 'file')).toBe(
      'u49woNS9RLyojIq9Om1UJQ',
    );
    expect(() => parsePartitionMetadata('topic_id: x', 'file')).toThrow(CheckpointFormatError);
    expect(() => parsePartitionMetadata('version: 0\ntopic_id: x', 'file')).toThrow(CheckpointValueError);
  });

  test('folders are told apart by their names', () => {
    expect(parsePartitionFolder('a-b-12')).toEqual({
      kind: 'log',
      topicPartition: { topic: 'a-b', partition: 12 },
    });
    const name = deletedFolderName(
      { topic: 'x'.repeat(249), partition: 7 },
      '12345678-9abc-4def-8123-456789abcdef',
    );
    expect(name).toHaveLength(255);
    expect(parsePartitionFolder(name)).toMatchObject({ kind: 'delete', topicPartition: { partition: 7 } });
    expect(parsePartitionFolder('lost+found')).toBeUndefined();
  });

  test('meta.properties is written as Java writes it, and checked against cluster and broker', () => {
    const text = formatMetaProperties({ clusterId: 'a=b', brokerId: 3 }, 'Sun Nov 22 03:27:04 UTC 2026');
    expect(text).toBe('#\n#Sun Nov 22 03:27:04 UTC 2026\nbroker.id=3\nversion=0\ncluster.id=a\\=b\n');
    const found = parseMetaProperties(text, 'file');
    expect(found).toEqual({ clusterId: 'a=b', brokerId: 3 });
    expect(checkMetaProperties([found, undefined], { clusterId: 'a=b', brokerId: -1 })).toBe(3);
    expect(() => checkMetaProperties([found], { clusterId: 'other', brokerId: 3 })).toThrow(
      "doesn't match stored clusterId",
    );
    expect(() => checkMetaProperties([found], { clusterId: 'a=b', brokerId: 4 })).toThrow(
      "doesn't match stored broker.id",
    );
    expect(() => parseMetaProperties('version=1\n', 'file')).toThrow('expected version 0');
  });
});
