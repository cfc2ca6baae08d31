import { describe, expect, test } from '@jest/globals';
import {
  decideAlterLogDir,
  decideCopyStep,
  type AlterLogDirInput,
  type CopyInput,
} from '../../../../src/replication/moves/decide-move.ts';

type Here = NonNullable<AlterLogDirInput['partition']>;

function alter(
  destination: string,
  partition: Partial<Here> | undefined,
  rest: Partial<AlterLogDirInput> = {},
): ReturnType<typeof decideAlterLogDir> {
  return decideAlterLogDir({
    destination,
    destinationState: 'online',
    isFutureNameTooLong: false,
    isInMetadata: true,
    ...rest,
    partition: partition && { isOffline: false, currentDir: '/one', futureDir: undefined, ...partition },
  });
}

const NOTHING = { removesFuture: false, prefersDir: false, createsFuture: false };

describe('what becomes of a partition that shall be moved', () => {
  test('it is copied to another dir, and stays where it is already', () => {
    expect(alter('/two', {})).toEqual({
      error: 'NONE',
      removesFuture: false,
      prefersDir: true,
      createsFuture: true,
    });
    expect(alter('/one', {})).toMatchObject({ error: 'NONE', removesFuture: false, createsFuture: false });
  });

  test('a move under way goes on, turns to another dir, or is called off', () => {
    const moving = { futureDir: '/two' };
    expect(alter('/two', moving)).toMatchObject({
      error: 'NONE',
      removesFuture: false,
      createsFuture: false,
    });
    expect(alter('/three', moving)).toMatchObject({
      error: 'NONE',
      removesFuture: true,
      createsFuture: true,
    });
    expect(alter('/one', moving)).toMatchObject({ error: 'NONE', removesFuture: true, createsFuture: false });
  });

  test('one that is not here yet is remembered, and refused by what is known of it', () => {
    const remembered = { removesFuture: false, prefersDir: true, createsFuture: false };
    expect(alter('/two', undefined)).toEqual({ error: 'REPLICA_NOT_AVAILABLE', ...remembered });
    expect(alter('/two', undefined, { isInMetadata: false })).toEqual({
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
      ...remembered,
    });
    expect(alter('/two', { currentDir: undefined })).toEqual({
      error: 'REPLICA_NOT_AVAILABLE',
      ...remembered,
    });
  });

  test('dirs and partitions that cannot be used are refused, whatever was asked', () => {
    expect(alter('/two', {}, { destinationState: 'unknown' })).toEqual({
      error: 'LOG_DIR_NOT_FOUND',
      ...NOTHING,
    });
    expect(alter('/two', undefined, { destinationState: 'offline' })).toEqual({
      error: 'KAFKA_STORAGE_ERROR',
      ...NOTHING,
    });
    expect(alter('/two', { isOffline: true, futureDir: '/three' })).toEqual({
      error: 'KAFKA_STORAGE_ERROR',
      ...NOTHING,
    });
    expect(alter('/two', {}, { isFutureNameTooLong: true, destinationState: 'unknown' })).toEqual({
      error: 'INVALID_TOPIC_EXCEPTION',
      ...NOTHING,
    });
  });
});

interface Epochs {
  readonly start?: number;
  /** Epoch and where it begins, in order. */
  readonly epochs: readonly (readonly [epoch: number, startOffset: number])[];
  readonly end: number;
}

function logOf({ start = 0, epochs, end }: Epochs): CopyInput['source'] & CopyInput['future'] {
  return {
    logStartOffset: start,
    logEndOffset: end,
    highWatermark: start,
    latestEpoch: epochs.at(-1)?.[0] ?? -1,
    endOffsetForEpoch(epoch) {
      const index = epochs.findLastIndex(([each]) => each <= epoch);
      const higher = epochs[index + 1]?.[1];
      if (index === epochs.length - 1 && epochs.at(-1)?.[0] !== epoch)
        return { leaderEpoch: -1, endOffset: -1 };
      return { leaderEpoch: epochs[index]?.[0] ?? epoch, endOffset: higher ?? end };
    },
  };
}

const step = (
  source: Epochs,
  future: Epochs,
  cutWithoutEpochs = Infinity,
): ReturnType<typeof decideCopyStep> =>
  decideCopyStep({ source: logOf(source), future: logOf(future), cutWithoutEpochs });

describe('what is next on a future log', () => {
  const source: Epochs = {
    epochs: [
      [1, 0],
      [3, 50],
    ],
    end: 80,
  };

  test('it is filled from its end on until it has caught up', () => {
    expect(step(source, { epochs: [], end: 0 })).toEqual({ kind: 'copy', fromOffset: 0 });
    expect(step(source, { epochs: [[1, 0]], end: 30 })).toEqual({ kind: 'copy', fromOffset: 30 });
    expect(
      step(source, {
        epochs: [
          [1, 0],
          [3, 50],
        ],
        end: 80,
      }),
    ).toEqual({ kind: 'caught-up' });
  });

  test('it is cut to where the current log was cut and written anew', () => {
    expect(step(source, { epochs: [[1, 0]], end: 70 })).toEqual({ kind: 'cut', toOffset: 50 });
    expect(
      step(source, {
        epochs: [
          [1, 0],
          [2, 40],
        ],
        end: 70,
      }),
    ).toEqual({ kind: 'cut', toOffset: 40 });
    expect(
      step(
        { ...source, end: 60 },
        {
          epochs: [
            [1, 0],
            [3, 50],
          ],
          end: 70,
        },
      ),
    ).toEqual({
      kind: 'cut',
      toOffset: 60,
    });
  });

  test('without epochs it is cut to what is known to be good', () => {
    const old: Epochs = { epochs: [], end: 80 };
    expect(step(old, { epochs: [], end: 70 }, 40)).toEqual({ kind: 'cut', toOffset: 40 });
    expect(step(old, { epochs: [], end: 40 })).toEqual({ kind: 'copy', fromOffset: 40 });
    expect(step({ ...old, end: 30 }, { epochs: [], end: 40 })).toEqual({ kind: 'cut', toOffset: 30 });
  });

  test('it begins anew where the current log begins now', () => {
    const shorter: Epochs = { start: 60, epochs: [[3, 60]], end: 80 };
    expect(step(shorter, { epochs: [[1, 0]], end: 30 })).toEqual({ kind: 'start-anew', atOffset: 60 });
    expect(step(shorter, { epochs: [], end: 0 })).toEqual({ kind: 'start-anew', atOffset: 60 });
    expect(
      step(shorter, {
        epochs: [
          [1, 0],
          [3, 50],
        ],
        end: 60,
      }),
    ).toEqual({ kind: 'copy', fromOffset: 60 });
  });
});
