/** What the nemesis of `klassik verify` may do, and that it mends what it did. */
import { describe, expect, test } from '@jest/globals';
import { createNodeRuntime } from '../../../../src/runtime/node/index.ts';
import {
  DescriptionError,
  parseClusterDescription,
} from '../../../../src/tools/verify/cluster-description.ts';
import { sessionPassword } from '../../../../src/tools/verify/expire-session.ts';
import { describedFaults, type PossibleFault } from '../../../../src/tools/verify/faults.ts';
import { HistoryRecorder } from '../../../../src/tools/verify/history-recorder.ts';
import { chooseFaults, runNemesis } from '../../../../src/tools/verify/nemesis.ts';
import { SETTINGS } from '../../verify/told-history.ts';

const runtime = createNodeRuntime();
const nothing = (): Promise<void> => Promise.resolve();

/** Gives the numbers in turn, each as it is. */
const dice = (...numbers: number[]) => ({ ...runtime.random, below: () => numbers.shift() ?? 0 });

describe('the description of a cluster', () => {
  test('gives each broker and each ZooKeeper server its faults, and every broker one of its session', () => {
    const text = JSON.stringify({
      zookeeperConnect: 'localhost:2181',
      brokers: { 1: { kill: { begin: 'true', end: 'true' } }, 2: {} },
      zookeepers: { 3: { pause: { begin: 'true', end: 'true' } } },
    });
    const faults = describedFaults(parseClusterDescription(text), runtime);
    expect(faults.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      'kill broker 1',
      'expire broker 1',
      'expire broker 2',
      'pause ZooKeeper 3',
    ]);
  });

  test('runs its commands, and a command that fails is told', async () => {
    const pair = { begin: 'exit 0', end: 'exit 7' };
    const [fault] = describedFaults(
      parseClusterDescription(JSON.stringify({ brokers: { 1: { cut: pair } } })),
      runtime,
    );
    await expect(fault!.begin()).resolves.toBeUndefined();
    await expect(fault!.end()).rejects.toThrow('"exit 7" ended with exit code 7');
  });

  test.each([
    ['{', 'the description of the cluster is not JSON'],
    ['[]', 'the description of the cluster must be an object'],
    ['{"brokers":{"one":{}}}', 'the broker "one" must be named by its id'],
    ['{"brokers":{"1":{"kill":"kill -9"}}}', '"kill" of broker 1 must be an object'],
    [
      '{"zookeepers":{"1":{"kill":{"begin":"kill -9"}}}}',
      '"kill" of ZooKeeper 1 needs a command to "begin" and one to "end"',
    ],
    ['{"zookeeperConnect":2181}', '"zookeeperConnect" must be a text'],
  ])('%s is refused', (text, message) => {
    expect(() => parseClusterDescription(text)).toThrow(new DescriptionError(message));
  });
});

describe('the choice', () => {
  const faults = ['kill', 'pause'].flatMap((kind) =>
    [1, 2, 3].map((id): PossibleFault => ({ kind, target: `broker ${id}`, begin: nothing, end: nothing })),
  );
  const chosen = (...numbers: number[]): string[] =>
    chooseFaults(faults, dice(...numbers)).map(({ kind, target }) => `${kind} ${target}`);

  test('is one kind, mostly at one target', () => expect(chosen(1, 9, 2)).toEqual(['pause broker 3']));

  test('now and then at a majority', () => {
    expect(chosen(0, 2, 2, 0)).toEqual(['kill broker 3', 'kill broker 1']);
  });

  test('or at all', () => expect(chosen(0, 0)).toHaveLength(3));
});

test('what was begun is ended, also when the run is over meanwhile or a begin fails, and stands in the history', async () => {
  const recorder = new HistoryRecorder(SETTINGS, runtime.clock);
  const log: string[] = [];
  let isOver = false;
  const fault: PossibleFault = {
    kind: 'kill',
    target: 'broker 1',
    begin: () => {
      log.push('begin');
      isOver = true;
      return Promise.reject(new Error('it is dead already'));
    },
    end: () => {
      log.push('end');
      return nothing();
    },
  };
  await runNemesis({
    faults: [fault],
    intervalMs: 1,
    runtime: { ...runtime, random: dice() },
    recorder,
    isOver: () => isOver,
    onProgress: () => undefined,
  });
  expect(log).toEqual(['begin', 'end']);
  expect(recorder.events.map((event) => (event.type === 'fault' ? event.text : event.type))).toEqual([
    'kill broker 1 begins',
    'kill broker 1 failed to begin: it is dead already',
    'kill broker 1 ends',
  ]);
});

test("a session's password is what ZooKeeper 3.8.4 makes of its id: java.util.Random(id ^ 0xB3415C00L)", () => {
  expect(sessionPassword(0x1000_0c3a_5b90_000n).toString('hex')).toBe('cd324dfdd600149df36a8ddb0f24f370');
  expect(sessionPassword(-0x6fff_ffff_0000_0001n).toString('hex')).toBe('20f6db9b648d454a7147e3fd24866404');
});
