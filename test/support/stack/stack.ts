/**
 * What a story of this room has in hand: three brokers in some line-up, one that bounces them, and programs of the
 * original's that are built on brokers, all of which end with the story.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttachedProgram } from '../attached-program.ts';
import { logLengths, unexpectedErrors } from '../mixed/logged-errors.ts';
import { MixedBrokers, type LineUp } from '../mixed/mixed-brokers.ts';
import { Bouncer, untilWhole } from './bouncer.ts';

const HEAP_MB = 384;

/** What brokers need to keep transactions and the topics of applications on three of them. */
const OVERRIDES = {
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'transaction.state.log.num.partitions': '3',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
};

export interface StackResult {
  /** What was counted, in the story's own words. */
  readonly outcome: string;
  readonly cleanBounces: number;
  readonly hardBounces: number;
  readonly seconds: number;
  /** Whatever is not as it has to be. */
  readonly findings: readonly string[];
}

export interface Story {
  readonly name: string;
  /** What is done, for the report. */
  readonly about: string;
  /** Errors a broker of either kind has reason to log here. */
  readonly expects?: readonly RegExp[];
  /** Throws where something never comes about. */
  run(stack: Stack): Promise<StoryEnd>;
}

export interface StoryEnd {
  readonly outcome: string;
  readonly findings: readonly string[];
  /** Topics whose replicas must be the same bytes. */
  readonly topics: readonly string[];
}

interface StackOptions {
  readonly dir: string;
  /** A folder of the original's jars, for brokers. */
  readonly libraries: string;
  /** A class path for what is built on them. */
  readonly stackLibraries: string;
  readonly lineUp: LineUp;
  /** Told what has been done. */
  readonly progress: (what: string) => void;
  /** Ends everything when it is aborted. */
  readonly signal?: AbortSignal;
}

export class Stack {
  readonly brokers: MixedBrokers;
  readonly bouncer: Bouncer;
  readonly dir: string;
  readonly libraries: string;
  readonly stackLibraries: string;
  readonly #progress: (what: string) => void;
  readonly #programs: AttachedProgram[] = [];
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #startMs = performance.now();

  private constructor(brokers: MixedBrokers, options: StackOptions) {
    this.brokers = brokers;
    this.bouncer = new Bouncer(brokers);
    this.dir = options.dir;
    this.libraries = options.libraries;
    this.stackLibraries = options.stackLibraries;
    this.#progress = options.progress;
  }

  static async start(options: StackOptions): Promise<Stack> {
    const { dir, libraries, lineUp } = options;
    await mkdir(dir, { recursive: true });
    const { kinds } = lineUp;
    return new Stack(await MixedBrokers.start({ dir, libraries, kinds, overrides: OVERRIDES }), options);
  }

  get bootstrap(): string {
    return this.brokers.bootstrap.join(',');
  }

  /** Topics of so many partitions on all three brokers. */
  async createTopics(topics: readonly string[], partitions: number): Promise<void> {
    const layout = Array.from({ length: partitions }, (_, partition) =>
      [0, 1, 2].map((replica) => (partition + replica) % 3),
    );
    for (const topic of topics) await this.brokers.createTopic(topic, {}, layout);
  }

  /** A file of properties. */
  async properties(name: string, lines: Readonly<Record<string, string>>): Promise<string> {
    const path = join(this.dir, `${name}.properties`);
    await writeFile(
      path,
      Object.entries(lines)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return path;
  }

  async launch(name: string, main: string, ...args: readonly string[]): Promise<AttachedProgram> {
    const logFile = join(this.dir, `${name}.log`);
    const libraries = this.stackLibraries;
    const program = await AttachedProgram.launch({ name, main, args, libraries, logFile, heapMb: HEAP_MB });
    this.#programs.push(program);
    return program;
  }

  /** To be closed with the story, behind its programs. */
  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  progress(what: string): void {
    this.bouncer.check();
    const { clean, hard } = this.bouncer.counts;
    const bounces = clean + hard === 0 ? '' : `, ${clean + hard} bounces`;
    this.#progress(`${Math.round((performance.now() - this.#startMs) / 1000)} s${bounces}: ${what}`);
  }

  async close(): Promise<void> {
    for (const program of this.#programs) await program.kill();
    for (const close of this.#closers) await close();
    await this.bouncer.stop().catch(() => undefined);
    await this.brokers.close();
  }
}

/** One story from the start of its brokers to their end; what goes wrong is among the findings. */
export async function runStory(story: Story, options: StackOptions): Promise<StackResult> {
  const startMs = performance.now();
  const stack = await Stack.start(options);
  options.signal?.addEventListener('abort', () => void stack.close());
  const starts = await logLengths(stack.brokers);
  const told = await tell(story, stack);
  const errors = await unexpectedErrors(stack.brokers, starts, story.expects);
  await stack.close();
  const { clean, hard } = stack.bouncer.counts;
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  const { outcome } = told;
  return {
    outcome,
    cleanBounces: clean,
    hardBounces: hard,
    seconds,
    findings: [...told.findings, ...errors],
  };
}

async function tell(story: Story, stack: Stack): Promise<Pick<StoryEnd, 'outcome' | 'findings'>> {
  try {
    const end = await story.run(stack);
    await stack.bouncer.stop();
    stack.progress('the brokers are looked at');
    await untilWhole(stack.brokers, end.topics);
    return end;
  } catch (error) {
    const { message, cause } = error as Error;
    return {
      outcome: 'not come to its end',
      findings: [cause instanceof Error ? `${message}: ${cause.message}` : message],
    };
  }
}
