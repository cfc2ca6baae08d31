/**
 * The log under test: a real log manager with a real cleaner on a disk in memory, and beside it the model. Each step
 * is begun here and says what it does to the model when it ends, and what it may have done when it is cut off.
 */
import { FactStream, type RecordedFact } from '../../../../src/observe/index.ts';
import type { Runtime } from '../../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CLEANER_SETTINGS,
  DEFAULT_LOG_CONFIG,
  type LogAppendInfo,
  type LogConfig,
  LogManager,
  type UnifiedLog,
} from '../../../../src/storage/index.ts';
import { createWorld, type World } from '../../../simulation/world/index.ts';
import { Builder, idOf, nextSequence, type Sent } from './build.ts';
import { expectEqual } from './check.ts';
import { followPass } from './compaction.ts';
import type { LogKind, PlainStep } from './history.ts';
import { type Placement, placed } from './model-batch.ts';
import { ModelLog } from './model-log.ts';
import type { CutOff, Saved } from './reopen.ts';
import { storedSegments, type StoredSegment } from './stored.ts';

export const HOST = 'broker';
export const LOG_DIR = '/data';
const TOPIC_PARTITION = { topic: 'orders', partition: 0 };
export const FOLDER = `${LOG_DIR}/orders-0`;

/** A step that was begun. */
export interface Begun {
  readonly done: Promise<unknown>;
  /** It ended: the model follows, and what was answered is looked at. */
  readonly complete: (result: unknown) => void;
  readonly cutOff: CutOff;
}

const NOTHING: CutOff = {};

export class Subject {
  readonly world: World;
  readonly config: LogConfig;
  readonly model = new ModelLog();
  readonly #tailCacheBytes: number;
  readonly build: Builder;
  manager!: LogManager;
  log!: UnifiedLog;
  /** Of the leader that the next append comes from. */
  leaderEpoch = 1;
  /** What the checkpoints of the log dir may say: more than one while, or because, a write was cut off. */
  saved: readonly Saved[] = [{ highWatermark: 0, start: 0 }];
  /** The process ended in order. */
  isClosed = false;
  /** Passes of the cleaner since somebody looked. */
  readonly #passes: { readonly firstDirtyOffset: number; readonly endOffset: number }[] = [];
  readonly failedDirs: string[] = [];

  constructor(kind: LogKind, seed: number) {
    this.world = createWorld(seed);
    this.config = { ...DEFAULT_LOG_CONFIG, ...kind.config };
    this.#tailCacheBytes = kind.tailCacheBytes;
    this.build = new Builder(() => this.runtime.clock.wallMs());
  }

  get runtime(): Runtime {
    return this.world.runtimeFor(HOST);
  }

  /** A new process loads what is there. */
  async load(): Promise<void> {
    const facts = new FactStream({ broker: 0, nowMs: () => this.world.nowMs });
    facts.subscribe((fact) => this.#onFact(fact));
    this.manager = new LogManager({
      runtime: this.runtime,
      facts,
      logDirs: [LOG_DIR],
      defaultConfig: this.config,
      settings: { tailCacheBytes: this.#tailCacheBytes },
      cleaner: { ...DEFAULT_LOG_CLEANER_SETTINGS, dedupeBufferSize: 16 * 1024, ioBufferSize: 2048 },
      onLogDirFailure: (dir) => this.failedDirs.push(dir),
    });
    await this.manager.load();
    this.log = await this.manager.getOrCreateLog(TOPIC_PARTITION, { isNew: true });
    this.log.updateHighWatermark(this.manager.checkpointedHighWatermark(LOG_DIR, TOPIC_PARTITION));
  }

  #onFact(fact: RecordedFact): void {
    if (fact.kind === 'log-cleaned')
      this.#passes.push({ firstDirtyOffset: fact.firstDirtyOffset, endOffset: fact.endOffset });
  }

  begin(step: PlainStep): Begun {
    switch (step.kind) {
      case 'append':
        return this.#append(step);
      case 'replicate':
        return this.#replicate(step);
      case 'end-transaction': {
        const { sender, result, newProducerEpoch } = step;
        const { model } = this;
        return this.#appendAsLeader(
          [this.build.marker(sender, result, { model, newProducerEpoch })],
          'coordinator',
        );
      }
      case 'retry':
        return this.#retry(step);
      case 'skip-sequence':
        return this.#skipSequence(step);
      case 'new-leader-epoch':
        this.leaderEpoch += 1;
        if (step.assigned) {
          this.log.assignEpochStartOffset(this.leaderEpoch, this.log.logEndOffset);
          this.model.assignEpoch(this.leaderEpoch, this.model.end);
        }
        return begun(Promise.resolve());
      case 'truncate':
        return this.#truncate(step);
      case 'start-anew':
        return this.#startAnew(step);
      case 'high-watermark': {
        const { highWatermark, end } = this.model;
        const to = Math.ceil(highWatermark + (end - highWatermark) * (step.percent / 100));
        this.log.updateHighWatermark(to);
        this.model.highWatermark = to;
        return begun(Promise.resolve());
      }
      case 'delete-records': {
        const { start, highWatermark } = this.model;
        const to = Math.floor(start + (highWatermark - start) * (step.percent / 100));
        this.log.maybeIncrementLogStartOffset(to);
        this.model.raiseStart(to);
        return begun(Promise.resolve());
      }
      case 'retention':
        return this.#retention();
      case 'clean':
        return this.#clean();
      case 'flush':
        return begun(this.log.flush());
      case 'checkpoint':
        return this.checkpoint();
      case 'wait':
        return begun(this.runtime.timers.sleep(step.ms));
    }
  }

  // ------------------------------------------------------------------------------------------------ appends

  #append({ batches }: PlainStep & { kind: 'append' }): Begun {
    const ahead = this.model.copy();
    const sent = batches.map((spec) => {
      const built = this.build.batch(spec, ahead);
      ahead.add(placed(built.model, this.#placement(ahead.end)));
      return built;
    });
    return this.#appendAsLeader(sent, 'client');
  }

  #placement(baseOffset: number): Placement {
    const { compressionType, messageTimestampType } = this.config;
    return {
      baseOffset,
      leaderEpoch: this.leaderEpoch,
      appendTimeMs: messageTimestampType === 'LogAppendTime' ? this.runtime.clock.wallMs() : undefined,
      compression: compressionType === 'gzip' ? 'gzip' : undefined,
    };
  }

  #appendAsLeader(sent: readonly Sent[], origin: 'client' | 'coordinator'): Begun {
    const { leaderEpoch } = this;
    let { end } = this.model;
    const appended = sent.map(({ model }) => {
      const batch = placed(model, this.#placement(end));
      end = batch.lastOffset + 1;
      return batch;
    });
    const answers = sent.map(({ bytes }) => this.log.appendAsLeader(bytes, { leaderEpoch, origin }));
    return {
      done: Promise.all(answers),
      complete: (result) => {
        expectEqual(
          (result as LogAppendInfo[]).map(({ firstOffset, lastOffset, duplicate }) => [
            firstOffset,
            lastOffset,
            duplicate,
          ]),
          appended.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset, false]),
          'what the appends were answered',
        );
        this.model.add(...appended);
      },
      cutOff: { appended },
    };
  }

  #replicate({ batches, gaps, newEpochAt }: PlainStep & { kind: 'replicate' }): Begun {
    const ahead = this.model.copy();
    const sent: Sent[] = [];
    for (const [index, spec] of batches.entries()) {
      if (index === newEpochAt) this.leaderEpoch += 1;
      const at = { baseOffset: ahead.end + (gaps[index] ?? 0), partitionLeaderEpoch: this.leaderEpoch };
      const built = this.build.batch(spec, ahead, at);
      ahead.add(built.model);
      sent.push(built);
    }
    return this.#appendAsFollower(sent);
  }

  #appendAsFollower(sent: readonly Sent[]): Begun {
    const appended = sent.map(({ model }) => model);
    return {
      done: this.log.appendAsFollower(Buffer.concat(sent.map(({ bytes }) => bytes))),
      complete: () => this.model.add(...appended),
      cutOff: { appended },
    };
  }

  #retry({ sender, back }: PlainStep & { kind: 'retry' }): Begun {
    const original = this.model.producers.get(idOf(sender))?.batches.at(-1 - back);
    const known = this.log.producers.producers.get(idOf(sender));
    if (original === undefined || known === undefined) return begun(Promise.resolve());
    const { bytes } = this.build.retry(original);
    const answer = this.log.appendAsLeader(bytes, { leaderEpoch: this.leaderEpoch });
    const isForgotten =
      back > 0 && this.model.rebuilt !== undefined && original.baseOffset < this.model.rebuilt.to;
    const expected = `duplicate ${original.baseOffset}..${original.lastOffset}`;
    return {
      done: outcomeOf(answer),
      complete: (outcome) => {
        // Only the last batch of a producer is stored.
        if (!isForgotten || outcome !== 'OUT_OF_ORDER_SEQUENCE_NUMBER')
          expectEqual(outcome, expected, `the answer to a retry of ${sender}`);
      },
      cutOff: NOTHING,
    };
  }

  #skipSequence({ sender }: PlainStep & { kind: 'skip-sequence' }): Begun {
    const producer = this.model.producers.get(idOf(sender));
    if (producer === undefined || !this.log.producers.producers.has(idOf(sender)))
      return begun(Promise.resolve());
    const { bytes } = this.build.batch(
      {
        sender,
        compression: 'none',
        newProducerEpoch: false,
        records: [{ key: 'a', valueBytes: 3, lateMs: 0 }],
      },
      this.model,
      { baseSequence: nextSequence(producer) + 7 },
    );
    return {
      done: outcomeOf(this.log.appendAsLeader(bytes, { leaderEpoch: this.leaderEpoch })),
      complete: (outcome) =>
        expectEqual(outcome, 'OUT_OF_ORDER_SEQUENCE_NUMBER', `the answer to a gap of ${sender}`),
      cutOff: NOTHING,
    };
  }

  // --------------------------------------------------------------------------------------------------- cuts

  #truncate({ percent }: PlainStep & { kind: 'truncate' }): Begun {
    const { end, firstSegment } = this.model;
    const wanted = end - Math.floor((end - firstSegment + 3) * (percent / 100) ** 2);
    const offset = Math.max(0, wanted);
    const isEmptied = offset < firstSegment;
    return {
      done: this.log.truncateTo(offset),
      complete: (result) => {
        expectEqual(result, offset < end, 'whether something was cut');
        if (isEmptied) this.#afterStartAnew(offset, offset);
        else this.#afterCut(offset);
      },
      cutOff: offset >= end ? NOTHING : isEmptied ? { cutFrom: 0, anewAt: offset } : { cutFrom: offset },
    };
  }

  #afterCut(offset: number): void {
    const { model } = this;
    const isCut = offset < model.end;
    model.cut(Math.min(offset, model.end));
    if (isCut) model.rebuildProducers();
    this.#afterLoweredStart();
  }

  #afterStartAnew(offset: number, start: number): void {
    this.model.startAnew(offset, start);
    this.model.rebuildProducers();
    this.#afterLoweredStart();
  }

  /** What the checkpoint says of a log that begins lower now is not believed any more. */
  #afterLoweredStart(): void {
    const { start } = this.model;
    this.saved = this.saved.map((saved) => ({ ...saved, start: Math.min(saved.start, start) }));
  }

  #startAnew({ by, startBehindBy }: PlainStep & { kind: 'start-anew' }): Begun {
    const offset = Math.max(0, this.model.end + by);
    const start = offset + startBehindBy;
    const cut = this.log.truncateFullyAndStartAt(offset, start);
    if (startBehindBy === 0)
      return {
        done: cut,
        complete: () => this.#afterStartAnew(offset, offset),
        cutOff: { cutFrom: 0, anewAt: offset },
      };
    // A follower does so when its leader's log begins in the middle of a batch, and takes that batch at once.
    const empty = new ModelLog();
    empty.startAnew(offset, start);
    const records = Array.from({ length: startBehindBy + 1 }, () => ({ key: 'a', valueBytes: 9, lateMs: 0 }));
    const first = this.build.batch(
      { sender: 'plain', records, compression: 'none', newProducerEpoch: false },
      empty,
      { baseOffset: offset, partitionLeaderEpoch: this.leaderEpoch },
    );
    return {
      done: cut.then(() => this.log.appendAsFollower(first.bytes)),
      complete: () => {
        this.#afterStartAnew(offset, start);
        this.model.add(first.model);
        this.model.highWatermark = this.log.updateHighWatermark(start);
      },
      cutOff: { cutFrom: 0, anewAt: offset, appended: [first.model], startUpTo: start },
    };
  }

  // ------------------------------------------------------------------------------------------------- upkeep

  #retention(): Begun {
    const { highWatermark } = this.model;
    return {
      done: this.log.deleteOldSegments(),
      complete: () => this.#afterRetention(),
      cutOff: { startUpTo: highWatermark },
    };
  }

  /** Which segments go is a rule of its own, tested where it stands; here: nothing above the high watermark, nothing else. */
  #afterRetention(): void {
    const { model, log } = this;
    const { logStartOffset, firstSegmentBaseOffset } = log;
    if (firstSegmentBaseOffset > model.highWatermark)
      throw new Error(
        `retention went up to ${firstSegmentBaseOffset}, the high watermark is ${model.highWatermark}`,
      );
    if (firstSegmentBaseOffset < model.firstSegment) throw new Error('a deleted segment came back');
    model.firstSegment = firstSegmentBaseOffset;
    const expected = Math.max(model.start, firstSegmentBaseOffset);
    model.raiseStart(expected);
    expectEqual(logStartOffset, expected, 'the log start after retention');
  }

  #clean(): Begun {
    const { cleaner } = this.manager;
    if (cleaner === undefined) throw new Error('there is a cleaner');
    const fromMs = this.runtime.clock.wallMs();
    return {
      done: cleaner.cleanDirtiest(),
      complete: () => this.#followCleaner(fromMs),
      cutOff: { isCleaning: true },
    };
  }

  /** Holds what a pass left against the rules of compaction, and takes it into the model. */
  #followCleaner(fromMs: number): void {
    const { deleteRetentionMs } = this.config;
    const { producers } = this.log.producers;
    for (const offsets of this.#passes.splice(0)) {
      const knowsProducer = (producerId: number): boolean => producers.has(producerId);
      const { lastStableOffset } = this.log;
      const pass = {
        ...offsets,
        lastStableOffset,
        fromMs,
        toMs: this.runtime.clock.wallMs(),
        deleteRetentionMs,
        knowsProducer,
      };
      followPass(this.model, pass, this.segments);
    }
  }

  get segments(): StoredSegment[] {
    return storedSegments(this.world.disk(HOST), FOLDER);
  }

  /** An orderly stop. */
  close(): Begun {
    const { manager } = this;
    const saving = this.checkpoint();
    this.isClosed = false;
    return {
      done: saving.done.then(() => manager.shutdown()),
      complete: () => {
        saving.complete(undefined);
        this.isClosed = true;
      },
      cutOff: NOTHING,
    };
  }

  /** A cut that was itself cut off lowers the start that was saved, or not yet. */
  mayHaveLoweredStart(): void {
    this.saved = this.saved.flatMap((saved) => [saved, { ...saved, start: 0 }]);
  }

  afterReopening(): void {
    this.isClosed = false;
    this.#passes.length = 0;
  }

  checkpoint(): Begun {
    const { highWatermark, start, firstSegment } = this.model;
    const { manager } = this;
    const saving = { highWatermark, start: start > firstSegment ? start : 0 };
    this.saved = [...this.saved, saving];
    const write = async (): Promise<void> => {
      await manager.checkpointHighWatermarks([{ ...TOPIC_PARTITION, parentDir: LOG_DIR, highWatermark }]);
      await manager.checkpointRecoveryPoints();
      await manager.checkpointLogStartOffsets();
    };
    return {
      done: write(),
      complete: () => {
        this.saved = [saving];
      },
      cutOff: NOTHING,
    };
  }
}

function begun(done: Promise<unknown>): Begun {
  return { done, complete: () => undefined, cutOff: NOTHING };
}

/** `duplicate 3..5`, `appended 3..5`, or the name of the error. */
async function outcomeOf(answer: Promise<LogAppendInfo>): Promise<string> {
  try {
    const { duplicate, firstOffset, lastOffset } = await answer;
    return `${duplicate ? 'duplicate' : 'appended'} ${firstOffset}..${lastOffset}`;
  } catch (thrown) {
    return (thrown as { readonly error?: string }).error ?? String(thrown);
  }
}
