/**
 * Apache's StreamsSmokeTest: a driver writes 20,000 numbers in 90 seconds and then verifies what a Streams application of
 * sixteen stores made of them. The application is one process after another, as in the original's system test, with
 * brokers that go and come back.
 */
import { join } from 'node:path';
import type { AttachedProgram } from '../attached-program.ts';
import { runProgram } from '../conformance/run-program.ts';
import { jvmArguments } from '../jvm-program.ts';
import type { Target } from './bouncer.ts';
import type { Stack, Story, StoryEnd } from './stack.ts';

const MAIN = 'org.apache.kafka.streams.tests.StreamsSmokeTest';
/** Writing takes 90 s, and verifying ends by itself after 6 minutes. */
const DRIVER_TIMEOUT_MS = 600_000;
const STARTED = /REBALANCING -> RUNNING/;
const PROCESSED = /processed \d+ records/;
const STEP_TIMEOUT_MS = 180_000;

const SMOKE_TOPICS = [
  ...['data', 'echo', 'min', 'min-suppressed', 'min-raw', 'max', 'sum', 'sws-raw', 'sws-suppressed'],
  ...['dif', 'cnt', 'avg', 'tagg', 'fk'],
];

interface SmokeOptions {
  readonly guarantee: 'exactly_once_v2' | 'at_least_once';
  /** How the first two processes end. */
  readonly ending: 'clean' | 'hard';
}

export const STREAMS_SMOKE: readonly Story[] = [
  {
    name: 'streams-smoke',
    about:
      "StreamsSmokeTest with exactly_once_v2: two processes of the application are killed in turn, the third works to the end; 20,000 numbers, each counted once in all fourteen topics (the driver's SUCCESS)",
    run: (stack) => smoke(stack, { guarantee: 'exactly_once_v2', ending: 'hard' }),
  },
  {
    name: 'streams-smoke-at-least-once',
    about:
      "StreamsSmokeTest with at_least_once: two processes are stopped in turn; every number is in the result, those behind the last commit before a broker went perhaps twice (SUCCESS, or the driver's PROCESSED-MORE-THAN-GENERATED)",
    run: (stack) => smoke(stack, { guarantee: 'at_least_once', ending: 'clean' }),
  },
];

async function smoke(stack: Stack, { guarantee, ending }: SmokeOptions): Promise<StoryEnd> {
  await stack.createTopics(SMOKE_TOPICS, 5);
  const processors: AttachedProgram[] = [];
  const start = async (): Promise<AttachedProgram> => {
    const program = await startProcessor(stack, processors.length + 1, guarantee);
    processors.push(program);
    return program;
  };
  const first = await start();
  const settings = await stack.properties('driver', { 'bootstrap.servers': stack.bootstrap });
  const driver = await stack.launch('driver', MAIN, settings, 'run');
  await first.untilPrinted(PROCESSED, 0, STEP_TIMEOUT_MS);
  const transactions: readonly Target[] = guarantee === 'at_least_once' ? [] : [['__transaction_state', 0]];
  stack.bouncer.start(
    ['controller', ...transactions, ['__consumer_offsets', 0], ['data', 0], ['echo', 1]],
    async () => {
      const working = processors.at(-1)!;
      await working.untilPrinted(PROCESSED, (await working.output()).length, STEP_TIMEOUT_MS).catch(() => 0);
    },
  );
  await end(first, ending);
  for (const turn of ['second', 'third']) {
    const processor = await start();
    await processor.untilPrinted(PROCESSED, 0, STEP_TIMEOUT_MS);
    stack.progress(`the ${turn} process works`);
    if ((await driver.output()).includes('Result Verification'))
      throw new Error('the driver has come to its end before the third process worked');
    if (turn === 'second') await end(processor, ending);
  }
  await driver.untilEnded(DRIVER_TIMEOUT_MS);
  await stack.bouncer.stop();
  const last = processors.at(-1)!;
  await last.stop();
  const output = await driver.output();
  const findings = [
    ...verdicts(output, guarantee),
    ...((await last.output()).includes('SMOKE-TEST-CLIENT-EXCEPTION')
      ? ['the third process ended with an exception']
      : []),
  ];
  return { outcome: countsOf(output), findings, topics: SMOKE_TOPICS };
}

/** The same application for a few seconds, by one process: 500 numbers. */
export async function shortSmoke(stack: Stack): Promise<StoryEnd> {
  await stack.createTopics(SMOKE_TOPICS, 2);
  const processor = await startProcessor(stack, 1, 'exactly_once_v2');
  const driver = [...jvmArguments(stack.stackLibraries, 'ShortSmoke.java'), stack.bootstrap, '10', '50', '5'];
  const output = await runProgram('java', driver, { timeoutMs: DRIVER_TIMEOUT_MS });
  await processor.stop();
  return { outcome: countsOf(output), findings: verdicts(output, 'exactly_once_v2'), topics: SMOKE_TOPICS };
}

function countsOf(output: string): string {
  const counted = (what: string): string => new RegExp(`${what}=(\\d+)`).exec(output)?.[1] ?? '?';
  return `${counted('recordGenerated')} generated, ${counted('recordProcessed')} processed`;
}

/** What the driver says is wrong. */
function verdicts(output: string, guarantee: SmokeOptions['guarantee']): string[] {
  const isMore = output.includes('PROCESSED-MORE-THAN-GENERATED') && guarantee === 'at_least_once';
  const lines = output.split('\n');
  return [
    ...(output.includes('ALL-RECORDS-DELIVERED') ? [] : ['the driver does not say ALL-RECORDS-DELIVERED']),
    ...(lines.includes('SUCCESS') || isMore
      ? []
      : [`the driver does not say SUCCESS: ${lines.filter((line) => line.includes('fail')).join('; ')}`]),
    ...(guarantee === 'exactly_once_v2' && /PROCESSED-(MORE|LESS)-THAN-GENERATED/.test(output)
      ? ['the driver counts another number of records than it wrote']
      : []),
  ];
}

async function startProcessor(
  stack: Stack,
  number: number,
  guarantee: SmokeOptions['guarantee'],
): Promise<AttachedProgram> {
  const name = `processor-${number}`;
  const settings = await stack.properties(name, {
    'bootstrap.servers': stack.bootstrap,
    'processing.guarantee': guarantee,
    'state.dir': join(stack.dir, name),
    // As the original's system test sets it.
    'num.stream.threads': '3',
    'replication.factor': '3',
    'num.standby.replicas': '2',
    'buffered.records.per.partition': '100',
    'commit.interval.ms': '1000',
    'auto.offset.reset': 'earliest',
    acks: 'all',
    'acceptable.recovery.lag': '9223372036854775807',
    'session.timeout.ms': '10000',
  });
  const program = await stack.launch(name, MAIN, settings, 'process');
  await program.untilPrinted(STARTED, 0, STEP_TIMEOUT_MS);
  return program;
}

const end = (program: AttachedProgram, ending: SmokeOptions['ending']): Promise<void> =>
  ending === 'clean' ? program.stop() : program.kill();
