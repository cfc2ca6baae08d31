/**
 * What is written before a swap: every kind of data, in every codec, over several segments and both log dirs. Each round
 * goes on where the one before ended, with the same producers.
 */
import type { Kind } from './swap-seat.ts';
import type { SwapClient } from './swap-client.ts';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const SMALL = 'segment.bytes=20000;index.interval.bytes=1000';
const COMPACTED = `${SMALL};cleanup.policy=compact;min.cleanable.dirty.ratio=0.01;delete.retention.ms=3600000`;
/** An hour: `retention.ms` of the topic whose records go is a minute. */
const AGE_MS = 3_600_000;

const TOPICS: readonly (readonly [name: string, partitions: number, configs: string])[] = [
  ['plain', 2, SMALL],
  ['idempotent', 1, SMALL],
  ['transactional', 1, SMALL],
  ['keyed', 1, COMPACTED],
  ['keyed-transactional', 1, COMPACTED],
  ['one-segment', 1, 'index.interval.bytes=100'],
  ['preallocated', 1, `${SMALL};preallocate=true`],
  ['flushed', 1, 'index.interval.bytes=1000;flush.messages=1'],
  ['append-time', 1, `${SMALL};message.timestamp.type=LogAppendTime`],
  ['limited-by-size', 1, `${SMALL};retention.bytes=50000`],
  ['limited-by-time', 1, `${SMALL};retention.ms=60000`],
  ['trimmed', 1, SMALL],
  ['empty', 2, ''],
];

export class SwapHistory {
  readonly #client: SwapClient;
  readonly #startMs: number;
  #round = 0;
  readonly #open = new Set<string>();

  constructor(client: SwapClient, nowMs: number) {
    this.#client = client;
    this.#startMs = nowMs - AGE_MS;
  }

  /** Only an original can coordinate transactions so far; those of one are ended by the next. */
  async write(kind: Kind): Promise<void> {
    const run = (command: string): Promise<unknown> => this.#client.run(command);
    const round = ++this.#round;
    const at = this.#startMs + round * 600_000;
    if (round === 1)
      for (const [name, partitions, configs] of TOPICS) await run(`create ${name} ${partitions} ${configs}`);
    const gone = `gone-${round}`;
    await run(`create ${gone} 1 ${SMALL}`);
    for (const codec of CODECS) {
      await run(`write plain plain ${codec} 10 20 ${at}`);
      await run(`write idempotent idempotent ${codec} 10 20 ${at}`);
      if (kind === 'jvm') await this.#transactions(codec, at);
      await run(`keyed keyed idempotent ${codec} 5 60 ${at}`);
      await run(`write one-segment idempotent ${codec} 4 20 ${at}`);
      await run(`write preallocated idempotent ${codec} 8 20 ${at}`);
      await run(`write flushed idempotent ${codec} 4 20 ${at}`);
      await run(`write append-time plain ${codec} 8 20 ${at}`);
      for (const limited of ['limited-by-size', 'limited-by-time', 'trimmed', gone])
        await run(`write ${limited} plain ${codec} 6 20 ${at}`);
    }
    await run(`trim trimmed ${round * 400 + 7}`);
    await run(`commit group-a plain ${round * 31}`);
    await run(`commit group-${round} idempotent ${round * 17}`);
    await run(`delete ${gone}`);
  }

  /** Three segments for each damage that can be done to a log. */
  async writeDamaged(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      await this.#client.run(`create ${topic} 1 segment.bytes=2500;index.interval.bytes=300;retention.ms=-1`);
      await this.#client.run(`write ${topic} idempotent none 8 5 ${this.#startMs}`);
    }
  }

  async #transactions(codec: string, at: number): Promise<void> {
    const run = (command: string): Promise<unknown> => this.#client.run(command);
    for (const topic of ['transactional', 'keyed-transactional']) {
      if (this.#open.delete(`${topic} ${codec}`))
        await run(`finish ${topic} ${codec} ${codec === 'gzip' ? 'abort' : 'commit'}`);
      for (const end of ['commit', 'abort', 'commit'])
        await run(`transaction ${topic} ${codec} ${end} 3 20 ${at}`);
      // Left open for the next round, but not in each codec: what is behind an open one is not stable.
      if (codec !== 'lz4' && codec !== 'gzip') continue;
      await run(`transaction ${topic} ${codec} open 2 20 ${at}`);
      this.#open.add(`${topic} ${codec}`);
    }
  }
}
