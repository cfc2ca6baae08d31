/**
 * Connect in distributed mode: two workers, a file source with exactly-once support and a file sink. Numbered lines go
 * through the topic from one file to the other while a worker is killed, comes back, and both are stopped and started.
 */
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../until.ts';
import { ConnectWorker } from './connect-worker.ts';
import { compareNumbers, findingsOf, readValues } from './read-topic.ts';
import type { Stack, Story, StoryEnd } from './stack.ts';

const TOPIC = 'lines';
const LINES_EACH = 2000;
const LINES_EACH_IN_SHORT = 300;
/** Transactions of a worker that was killed are waited out, and coordinators that move. */
const PATIENCE_MS = 300_000;
const LINE = /line-(\d{7})/g;

export const CONNECT: Story = {
  name: 'connect',
  about:
    'two workers of Connect in distributed mode take 10,000 lines from a file through a topic to another file, the source with exactly-once support: the worker with the source task is killed, the other takes over, the first comes back and shares, both are stopped and go on from the offsets they kept; each line is in the topic once and in order, and none is missing in the file',
  run: connect,
};

async function connect(stack: Stack): Promise<StoryEnd> {
  const flow = new Flow(stack, LINES_EACH);
  const workers = await begin(stack, flow);
  stack.bouncer.start(
    [['__transaction_state', 0], ['connect-offsets', 0], 'controller', ['__consumer_offsets', 0], [TOPIC, 0]],
    () => flow.untilAnyIsThrough(),
  );
  const victim = await takeOver(workers, flow);

  await victim.start();
  await flow.write();
  await untilRunning(workers, ['source', 'sink']);
  await flow.untilThrough('both workers again');

  await Promise.all(workers.map((worker) => worker.stop()));
  await flow.write();
  await Promise.all(workers.map((worker) => worker.start()));
  await flow.write();
  await flow.untilThrough('both, started again,');
  return end(stack, workers, flow);
}

/** Few lines, and one worker that takes over from the other. */
export async function shortConnect(stack: Stack): Promise<StoryEnd> {
  const flow = new Flow(stack, LINES_EACH_IN_SHORT);
  const workers = await begin(stack, flow);
  await takeOver(workers, flow);
  return end(stack, workers, flow);
}

async function begin(stack: Stack, flow: Flow): Promise<ConnectWorker[]> {
  await stack.createTopics([TOPIC], 1);
  const workers = [
    await ConnectWorker.create(stack, 'worker-1'),
    await ConnectWorker.create(stack, 'worker-2'),
  ];
  await flow.write();
  await Promise.all(workers.map((worker) => worker.start()));
  await workers[0]!.createConnector('source', flow.source);
  await workers[0]!.createConnector('sink', flow.sink);
  await untilRunning(workers, ['source', 'sink']);
  await flow.untilThrough('both workers');
  return workers;
}

/** The worker with the source task is killed; the other one goes on. Returns the one that was killed. */
async function takeOver(workers: readonly ConnectWorker[], flow: Flow): Promise<ConnectWorker> {
  const { taskWorker } = await workers[0]!.status('source');
  const victim = workers.find(({ id }) => id === taskWorker);
  const others = workers.filter((worker) => worker !== victim);
  if (victim === undefined) throw new Error(`nobody knows the worker ${taskWorker ?? ''}`);
  await victim.kill();
  await flow.write();
  await untilRunning(others, ['source', 'sink']);
  await flow.untilThrough('the worker that is left');
  return victim;
}

async function end(stack: Stack, workers: readonly ConnectWorker[], flow: Flow): Promise<StoryEnd> {
  await stack.bouncer.stop();
  const left = workers.find(({ isRunning }) => isRunning)!;
  const findings = [...(await flow.findings()), ...(await offsetsOf(left, flow))];
  await Promise.all(workers.map((worker) => worker.stop()));
  return { outcome: await flow.outcome(), findings, topics: [TOPIC] };
}

/** The lines on their way from file to file. */
class Flow {
  readonly #stack: Stack;
  readonly #from: string;
  readonly #to: string;
  readonly #linesEach: number;
  #written = 0;

  constructor(stack: Stack, linesEach: number) {
    this.#stack = stack;
    this.#linesEach = linesEach;
    this.#from = join(stack.dir, 'from.txt');
    this.#to = join(stack.dir, 'to.txt');
  }

  get source(): Record<string, string> {
    return {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
      'tasks.max': '1',
      file: this.#from,
      topic: TOPIC,
      'batch.size': '100',
    };
  }

  get sink(): Record<string, string> {
    return {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      'tasks.max': '1',
      file: this.#to,
      topics: TOPIC,
    };
  }

  async write(): Promise<void> {
    const numbers = Array.from({ length: this.#linesEach }, (_, index) => this.#written + index);
    this.#written += this.#linesEach;
    await appendFile(
      this.#from,
      numbers.map((number) => `line-${String(number).padStart(7, '0')}\n`).join(''),
    );
  }

  async writtenBytes(): Promise<number> {
    return (await stat(this.#from)).size;
  }

  async untilThrough(who: string): Promise<void> {
    const areThrough = async (): Promise<boolean> => {
      this.#stack.bouncer.check();
      return new Set(await this.#arrived()).size === this.#written;
    };
    await until(`all lines are through, with ${who}`, areThrough, PATIENCE_MS);
    this.#stack.progress(`${this.#written} lines are through, with ${who}`);
  }

  /** Something has come through since then, or all that there was. */
  async untilAnyIsThrough(): Promise<void> {
    const before = (await this.#arrived()).length;
    await until('something is through', async () => {
      const arrived = await this.#arrived();
      return arrived.length > before || new Set(arrived).size === this.#written;
    });
  }

  async findings(): Promise<string[]> {
    const values = await readValues(this.#stack.brokers.client, TOPIC, 0);
    const inTopic = compareNumbers(numbersIn(values.join('\n')), this.#written);
    const inFile = compareNumbers(await this.#arrived(), this.#written);
    return [...findingsOf('the topic', inTopic), ...findingsOf('the file', inFile, true)];
  }

  async outcome(): Promise<string> {
    const { twice } = compareNumbers(await this.#arrived(), this.#written);
    return `${this.#written} lines, each in the topic once; the sink wrote ${twice} again`;
  }

  async #arrived(): Promise<number[]> {
    return numbersIn(await readFile(this.#to, 'utf8').catch(() => ''));
  }
}

/** A worker that is killed may leave half a line behind. */
const numbersIn = (text: string): number[] => [...text.matchAll(LINE)].map(([, number]) => Number(number));

async function untilRunning(workers: readonly ConnectWorker[], connectors: readonly string[]): Promise<void> {
  for (const worker of workers)
    for (const connector of connectors)
      await until(`${worker.id} knows that ${connector} runs`, async () => {
        const { states, taskWorker } = await worker.status(connector);
        const isHere = workers.some(({ id }) => id === taskWorker);
        return isHere && states.length === 2 && states.every((state) => state === 'RUNNING');
      });
}

/** Where the source says that it stands: at the end of the file. */
async function offsetsOf(worker: ConnectWorker, flow: Flow): Promise<string[]> {
  const told = JSON.stringify(await worker.offsets('source'));
  const bytes = await flow.writtenBytes();
  return told.includes(`"position":${bytes}`)
    ? []
    : [`the source keeps ${told} where ${bytes} bytes are read`];
}
