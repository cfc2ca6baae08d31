/**
 * Apache's StreamsEosTest: a generator writes without end, a Streams application with exactly_once_v2 copies and counts in
 * three processes that come and go, and a verifier compares what was committed with what was written, record by record.
 */
import { join } from 'node:path';
import type { AttachedProgram } from '../attached-program.ts';
import type { Stack, Story, StoryEnd } from './stack.ts';

const MAIN = 'org.apache.kafka.streams.tests.StreamsEosTest';
/** The verifier ends by itself when it has waited five minutes in vain. */
const VERIFIER_TIMEOUT_MS = 480_000;
const STEP_TIMEOUT_MS = 240_000;
const STARTED = /StateChange: REBALANCING -> RUNNING/;
const PROCESSED = /processed \d+ records from topic/;
const ENDED = /StateChange: PENDING_SHUTDOWN -> NOT_RUNNING/;

const SIMPLE_TOPICS = ['data', 'echo', 'min', 'sum'];
const COMPLEX_TOPICS = [...SIMPLE_TOPICS, 'repartition', 'max', 'cnt'];
const PARTITIONS = 5;

export const STREAMS_EOS: readonly Story[] = [
  {
    name: 'streams-eos-rebalance',
    about:
      'StreamsEosTest, test_rebalance_simple of the system tests: three processes are started and stopped in turn, and what is committed is verified record by record (ALL-RECORDS-DELIVERED)',
    run: (stack) => eos(stack, 'process', rebalance),
  },
  {
    name: 'streams-eos-failures',
    about:
      'StreamsEosTest, test_failure_and_recovery_complex: a process is killed three times, with a topic in the middle of the topology',
    run: (stack) => eos(stack, 'process-complex', failAndRecover),
  },
];

type Processors = readonly [Processor, Processor, Processor];

/** One seat of the application, of which a process can be started again. */
class Processor {
  readonly #stack: Stack;
  readonly #name: string;
  readonly #command: string;
  #program: AttachedProgram | undefined;

  constructor(stack: Stack, name: string, command: string) {
    this.#stack = stack;
    this.#name = name;
    this.#command = command;
  }

  get program(): AttachedProgram {
    if (this.#program === undefined) throw new Error(`${this.#name} is not running`);
    return this.#program;
  }

  get isRunning(): boolean {
    return this.#program?.isRunning === true;
  }

  /** Resolves when it works, and so do the others, which have to share with it. */
  async start(...others: readonly Processor[]): Promise<void> {
    const settings = await this.#stack.properties(this.#name, {
      'bootstrap.servers': this.#stack.bootstrap,
      'processing.guarantee': 'exactly_once_v2',
      'state.dir': join(this.#stack.dir, this.#name),
      'acceptable.recovery.lag': '9223372036854775807',
      'session.timeout.ms': '10000',
    });
    await goOn(others, async () => {
      this.#program = await this.#stack.launch(this.#name, MAIN, settings, this.#command);
      await untilWorking(this.#program, 0);
    });
    this.#stack.progress(`${this.#name} works`);
  }

  async stop(...others: readonly Processor[]): Promise<void> {
    await goOn(others, async () => {
      this.program.signal('SIGTERM');
      await this.program.untilPrinted(ENDED, 0, STEP_TIMEOUT_MS);
      await this.program.untilEnded(STEP_TIMEOUT_MS);
    });
    this.#stack.progress(`${this.#name} is stopped`);
  }

  async kill(...others: readonly Processor[]): Promise<void> {
    await goOn(others, () => this.program.kill());
    this.#stack.progress(`${this.#name} is killed`);
  }
}

/** Those that stay rebalance because of it, and work on. */
async function goOn(others: readonly Processor[], step: () => Promise<void>): Promise<void> {
  const marks = await Promise.all(others.map(async ({ program }) => (await program.output()).length));
  await step();
  for (const [index, { program }] of others.entries()) await untilWorking(program, marks[index]!);
}

async function untilWorking(program: AttachedProgram, from: number): Promise<void> {
  const started = await program.untilPrinted(STARTED, from, STEP_TIMEOUT_MS);
  await program.untilPrinted(PROCESSED, started, STEP_TIMEOUT_MS);
}

async function rebalance([one, two, three]: Processors): Promise<void> {
  await one.start();
  await two.start(one);
  await three.start(one, two);
  await one.stop(two, three);
  await one.start(two, three);
  await two.stop(one, three);
  await three.stop(one);
  await one.stop();
}

async function failAndRecover([one, two, three]: Processors): Promise<void> {
  await one.start();
  await two.start(one);
  await three.start(one, two);
  await one.kill(two, three);
  await one.start(two, three);
  await one.kill(two, three);
  await one.start(two, three);
  await two.kill(one, three);
  await three.stop(one);
  await one.stop();
}

async function eos(
  stack: Stack,
  command: 'process' | 'process-complex',
  steps: (processors: Processors) => Promise<void>,
): Promise<StoryEnd> {
  const topics = command === 'process' ? SIMPLE_TOPICS : COMPLEX_TOPICS;
  await stack.createTopics(topics, PARTITIONS);
  const settings = await stack.properties('driver', { 'bootstrap.servers': stack.bootstrap });
  const generator = await stack.launch('generator', MAIN, settings, 'run');
  const processor = (number: number): Processor => new Processor(stack, `processor-${number}`, command);
  const processors: Processors = [processor(1), processor(2), processor(3)];
  const untilOneWorks = async (): Promise<void> => {
    const running = processors.find(({ isRunning }) => isRunning);
    if (running === undefined) return;
    const { program } = running;
    await program.untilPrinted(PROCESSED, (await program.output()).length, STEP_TIMEOUT_MS).catch(() => 0);
  };
  await generator.untilPrinted(/records produced/);
  stack.bouncer.start(
    [['__transaction_state', 0], 'controller', ['__consumer_offsets', 0], ['data', 0], ['echo', 1]],
    untilOneWorks,
  );
  await steps(processors);
  await stack.bouncer.stop();
  await generator.stop();
  const verifier = await stack.launch('verifier', MAIN, settings, command.replace('process', 'verify'));
  await verifier.untilEnded(VERIFIER_TIMEOUT_MS);
  const verified = await verifier.output();
  const produced = [...(await generator.output()).matchAll(/(\d+) records produced/g)].at(-1)?.[1] ?? '?';
  return {
    outcome: `${produced} produced, ${verified.includes('ALL-RECORDS-DELIVERED') ? 'all' : 'not all'} delivered`,
    findings: verified.includes('ALL-RECORDS-DELIVERED')
      ? []
      : [`the verifier does not say ALL-RECORDS-DELIVERED: ${verified.split('\n').slice(-8).join('; ')}`],
    topics,
  };
}
