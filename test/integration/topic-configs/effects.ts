/**
 * Every config of a topic: a value, and what is seen of it while the broker runs. `probe` does something with the topic
 * and tells what came of it; it is asked until it tells what it should, because a change reaches the broker by ZooKeeper.
 */
import type { Properties, TopicKey } from '../../../src/config/index.ts';
import { buildBatch, type CompressionType } from '../../../src/records/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { fileName, NOBODY, type Topic } from './world.ts';

export interface Effect {
  readonly value: string;
  readonly probe: (topic: Topic) => Promise<string>;
  /** What the probe tells where the config is not set, and where it is. */
  readonly unset: string;
  readonly set: string;
  /** What else the topic is made with. */
  readonly configs?: Properties;
  readonly replicas?: number[];
  /** Nobody leads the topic; it takes a new controller to come back there. */
  readonly isLost?: boolean;
}

/** It is taken and told, and does nothing here. */
export interface NoEffect {
  readonly value: string;
  readonly noEffect: string;
}

export interface Refused {
  readonly value: string;
  readonly refused: string;
}

const HOUR_MS = 3_600_000;
const GAP_MS = 10_000;
/** With records GAP_MS apart each is the first of a segment. */
const ROLLING = { 'segment.ms': '1000' };
const COMPACTED = { ...ROLLING, 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };
/** A record of 500 bytes to a segment. */
const SMALL_SEGMENTS = { 'segment.bytes': '1000' };
const BIG_VALUE = 20_000;
const NO_TIERS = 'there is no tiered storage';
const UNTHROTTLED = 'one broker has nobody to replicate from or to';

export const EFFECTS: Readonly<Record<TopicKey, Effect | NoEffect | Refused>> = {
  'segment.bytes': {
    value: '1000',
    probe: (topic) => rolls(topic, 3, { bytes: 500 }),
    unset: 'one segment',
    set: 'rolls',
  },
  'segment.ms': {
    value: '1000',
    probe: async (topic) => rolls(topic, 1, { atMs: topic.later(GAP_MS) }),
    unset: 'one segment',
    set: 'rolls',
  },
  'segment.jitter.ms': {
    configs: ROLLING,
    value: '1000',
    probe: async (topic) => {
      for (let trial = 0; trial < 5; trial++) {
        await topic.produce({ atMs: topic.later(GAP_MS) });
        if ((await rolls(topic, 1, { atMs: topic.later(950) })) === 'rolls') return 'rolls early';
      }
      return 'rolls in time';
    },
    unset: 'rolls in time',
    set: 'rolls early',
  },
  'segment.index.bytes': {
    configs: { ...ROLLING, 'index.interval.bytes': '0' },
    value: '16',
    probe: async (topic) => {
      await topic.produce({ atMs: topic.later(GAP_MS) });
      return rolls(topic, 4);
    },
    unset: 'one segment',
    set: 'rolls',
  },
  'flush.messages': { value: '1', probe: flushes, unset: 'not flushed', set: 'flushed' },
  'flush.ms': { value: '1', probe: flushes, unset: 'not flushed', set: 'flushed' },
  'retention.bytes': {
    configs: SMALL_SEGMENTS,
    value: '1000',
    probe: async (topic) => {
      for (let count = 0; count < 5; count++) await topic.produce({ bytes: 500 });
      await topic.world.tasksRan();
      return (await topic.segments()).length > 3 ? 'kept' : 'deleted';
    },
    unset: 'kept',
    set: 'deleted',
  },
  'retention.ms': {
    value: '60000',
    probe: async (topic) => {
      const { offset } = await topic.produce({ atMs: Date.now() - HOUR_MS });
      await topic.world.tasksRan();
      return (await topic.segments()).some((first) => first <= offset) ? 'kept' : 'deleted';
    },
    unset: 'kept',
    set: 'deleted',
  },
  'max.message.bytes': {
    value: '1000',
    probe: async (topic) => (await topic.produce({ bytes: 1500 })).error,
    unset: 'NONE',
    set: 'MESSAGE_TOO_LARGE',
  },
  'index.interval.bytes': {
    configs: ROLLING,
    value: '200',
    probe: async (topic) => {
      await topic.produce({ atMs: topic.later(GAP_MS) });
      const segment = await topic.newestSegment();
      for (let count = 0; count < 10; count++) await topic.produce({ bytes: 200 });
      const { offset: next } = await topic.produce({ atMs: topic.later(GAP_MS) });
      await eventually(() => topic.isFlushed(next - 1), 'the full segment is flushed', 30_000);
      return `${entriesIn(await topic.bytesOf(segment, '.index'))} entries`;
    },
    unset: '0 entries',
    set: '9 entries',
  },
  'delete.retention.ms': {
    configs: COMPACTED,
    value: '0',
    probe: async (topic) => {
      const { offset } = await topic.produce({ key: 'key', value: null, atMs: topic.later(GAP_MS) });
      await topic.produce({ key: 'other', atMs: topic.later(GAP_MS) });
      await eventually(() => topic.isCleaned(offset), 'the tombstone is in the cleaned part', 30_000);
      const batch = await topic.batchAt(offset);
      const staysUntil = batch?.hasDeleteHorizon === true ? batch.baseTimestamp : 0;
      return staysUntil > Date.now() + HOUR_MS ? 'stays' : 'goes';
    },
    unset: 'stays',
    set: 'goes',
  },
  'min.compaction.lag.ms': {
    configs: COMPACTED,
    value: String(100 * HOUR_MS),
    probe: isCompacted,
    unset: 'compacted',
    set: 'not compacted',
  },
  'max.compaction.lag.ms': {
    configs: { ...COMPACTED, 'min.cleanable.dirty.ratio': '1' },
    value: '1',
    probe: isCompacted,
    unset: 'not compacted',
    set: 'compacted',
  },
  'file.delete.delay.ms': {
    configs: { ...SMALL_SEGMENTS, 'retention.bytes': '1000' },
    value: '0',
    probe: async (topic) => {
      const { offset } = await topic.produce({ bytes: 500 });
      for (let count = 0; count < 5; count++) await topic.produce({ bytes: 500 });
      await eventually(
        async () => !(await topic.segments()).includes(offset),
        'the segment is deleted',
        30_000,
      );
      await topic.world.tasksRan();
      return (await topic.files()).includes(fileName(offset, '.log.deleted')) ? 'waits' : 'gone';
    },
    unset: 'waits',
    set: 'gone',
  },
  'min.cleanable.dirty.ratio': {
    configs: { ...ROLLING, 'cleanup.policy': 'compact' },
    value: '0.01',
    probe: async (topic) => {
      if ((await topic.segments()).length === 1) {
        const big = await topic.produce({ key: 'big', bytes: 200_000 });
        await topic.produce({ key: 'key', atMs: topic.later(GAP_MS) });
        await eventually(() => topic.isCleaned(big.offset), 'what is dirty all over is cleaned', 30_000);
      }
      return isCompacted(topic);
    },
    unset: 'not compacted',
    set: 'compacted',
  },
  'cleanup.policy': {
    value: 'compact',
    probe: async (topic) => (await topic.produce()).error,
    unset: 'NONE',
    set: 'INVALID_RECORD',
  },
  'unclean.leader.election.enable': {
    isLost: true,
    value: 'true',
    probe: async (topic) => `leader ${await topic.leader()}`,
    unset: 'leader -1',
    set: 'leader 0',
  },
  'min.insync.replicas': {
    replicas: [0, NOBODY],
    value: '2',
    probe: async (topic) => (await topic.produce()).error,
    unset: 'NONE',
    set: 'NOT_ENOUGH_REPLICAS',
  },
  'compression.type': {
    value: 'gzip',
    probe: async (topic) => {
      const { offset } = await topic.produce();
      return String((await topic.batchAt(offset))?.compression);
    },
    unset: 'none',
    set: 'gzip',
  },
  'compression.gzip.level': {
    configs: { 'compression.type': 'gzip' },
    value: '1',
    probe: (topic) => levelSeen(topic, 'gzip', [-1, 1]),
    unset: 'level -1',
    set: 'level 1',
  },
  'compression.lz4.level': { value: '1', noEffect: 'the lz4 library has one level' },
  'compression.zstd.level': {
    configs: { 'compression.type': 'zstd' },
    value: '-5',
    probe: (topic) => levelSeen(topic, 'zstd', [3, -5]),
    unset: 'level 3',
    set: 'level -5',
  },
  preallocate: {
    configs: { ...ROLLING, 'segment.bytes': '100000' },
    value: 'true',
    probe: async (topic) => {
      await topic.produce({ atMs: topic.later(GAP_MS) });
      return (await topic.sizeOf(await topic.newestSegment(), '.log')) === 100_000 ? 'whole' : 'as it fills';
    },
    unset: 'as it fills',
    set: 'whole',
  },
  'message.format.version': { value: '2.8-IV1', noEffect: 'there is one format since 3.0' },
  'message.timestamp.type': {
    value: 'LogAppendTime',
    probe: async (topic) => ((await topic.produce()).appendTimeMs < 0 ? 'its own' : "the broker's"),
    unset: 'its own',
    set: "the broker's",
  },
  'message.timestamp.difference.max.ms': {
    value: '60000',
    probe: async (topic) => (await topic.produce({ atMs: Date.now() + HOUR_MS })).error,
    unset: 'NONE',
    set: 'INVALID_TIMESTAMP',
  },
  'message.timestamp.before.max.ms': {
    value: '60000',
    probe: async (topic) => (await topic.produce({ atMs: Date.now() - HOUR_MS })).error,
    unset: 'NONE',
    set: 'INVALID_TIMESTAMP',
  },
  'message.timestamp.after.max.ms': {
    value: '60000',
    probe: async (topic) => (await topic.produce({ atMs: Date.now() + HOUR_MS })).error,
    unset: 'NONE',
    set: 'INVALID_TIMESTAMP',
  },
  'leader.replication.throttled.replicas': { value: '0:0', noEffect: UNTHROTTLED },
  'follower.replication.throttled.replicas': { value: '*', noEffect: UNTHROTTLED },
  'message.downconversion.enable': {
    value: 'false',
    probe: async (topic) => {
      await topic.produce();
      return topic.fetchOldFormat();
    },
    unset: 'NONE',
    set: 'UNSUPPORTED_VERSION',
  },
  'remote.storage.enable': {
    value: 'true',
    refused: 'Tiered Storage functionality is disabled in the broker.',
  },
  'local.retention.ms': { value: '1000', noEffect: NO_TIERS },
  'local.retention.bytes': { value: '1000', noEffect: NO_TIERS },
  'remote.log.copy.disable': { value: 'true', noEffect: NO_TIERS },
  'remote.log.delete.on.disable': { value: 'true', noEffect: NO_TIERS },
};

async function rolls(
  topic: Topic,
  records: number,
  sent: { readonly bytes?: number; readonly atMs?: number } = {},
): Promise<string> {
  if ((await topic.files()).length === 0) return 'nothing';
  const before = await topic.newestSegment();
  for (let count = 0; count < records; count++) await topic.produce(sent);
  return (await topic.newestSegment()) > before ? 'rolls' : 'one segment';
}

async function flushes(topic: Topic): Promise<string> {
  const { offset } = await topic.produce();
  await topic.world.tasksRan();
  return (await topic.isFlushed(offset)) ? 'flushed' : 'not flushed';
}

/** A segment that is not written to any more, given the cleaner's time. */
async function isCompacted(topic: Topic): Promise<string> {
  const { offset } = await topic.produce({ key: 'key', atMs: topic.later(GAP_MS) });
  await topic.produce({ key: 'key', atMs: topic.later(GAP_MS) });
  await topic.world.cleanerRan();
  return (await topic.isCleaned(offset)) ? 'compacted' : 'not compacted';
}

function entriesIn(index: Buffer): number {
  let count = 0;
  for (let at = 0; at + 8 <= index.length; at += 8) if (index.readBigInt64BE(at) !== 0n) count += 1;
  return count;
}

/** Letters that repeat now and then, so that effort shows. */
function wordy(length: number): Buffer {
  let state = 1;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647);
  const words = Array.from({ length: 200 }, () => String(next()));
  const text = Array.from({ length: length / 5 }, () => words[next() % words.length]).join(' ');
  return Buffer.from(text.slice(0, length));
}

/** The level that makes of the record as many bytes as are stored. */
async function levelSeen(
  topic: Topic,
  compression: CompressionType,
  levels: readonly number[],
): Promise<string> {
  const value = wordy(BIG_VALUE);
  const { offset } = await topic.produce({ value });
  const stored = (await topic.batchAt(offset))?.sizeInBytes;
  const record = { key: null, value, timestamp: topic.later(0) };
  const seen = levels.filter(
    (compressionLevel) => buildBatch({ records: [record], compression, compressionLevel }).length === stored,
  );
  return seen.length === 1 ? `level ${seen[0]}` : `${stored} bytes, levels ${seen.join()}`;
}
