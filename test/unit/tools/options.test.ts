import { describe, expect, test } from '@jest/globals';
import type { Tool } from '../../../src/tools/cli/index.ts';
import { run } from './support.ts';

/** Prints what it was given. */
const echo: Tool = {
  name: 'echo',
  summary: 'Prints its options.',
  options: [
    { name: 'topic', argument: 'topic', doc: 'A topic.' },
    { name: 'topics-with-overrides', doc: 'A flag that begins alike.' },
    { name: 'partitions', argument: 'count', integer: true, doc: 'A number.' },
    { name: 'state', argument: 'states', optionalArgument: true, doc: 'With or without a value.' },
    { name: 'config', argument: 'name=value', doc: 'Repeated.' },
  ],
  run(options, io) {
    const shown = ['topic', 'partitions', 'state'].map(
      (name) => `${name}=${options.value(name) ?? (options.has(name) ? 'set' : '-')}`,
    );
    io.out(`${shown.join(' ')} config=${options.values('config').join('|')}\n`);
    return Promise.resolve(0);
  },
};

describe('a command line of Kafka', () => {
  test.each([
    [['--topic', 'orders'], 'topic=orders partitions=- state=- config=\n'],
    [['--topic=orders'], 'topic=orders partitions=- state=- config=\n'],
    [['--part', '3'], 'topic=- partitions=3 state=- config=\n'],
    [['--partitions', '-1'], 'topic=- partitions=-1 state=- config=\n'],
    [['--config', 'a=1', '--config', 'b=2'], 'topic=- partitions=- state=- config=a=1|b=2\n'],
    [['--state', '--topic', 'x'], 'topic=x partitions=- state=set config=\n'],
    [['--state', 'Stable'], 'topic=- partitions=- state=Stable config=\n'],
    [['-topic', 'x'], 'topic=x partitions=- state=- config=\n'],
  ])('%j is understood', async (argv, out) => {
    expect(await run(echo, argv)).toEqual({ exitCode: 0, out, err: '' });
  });

  test.each([
    [['--frob'], 'frob is not a recognized option\n'],
    [['--topi'], 'topi is an ambiguous option: topic, topics-with-overrides\n'],
    [['--partitions', 'x'], "Cannot parse argument 'x' of option partitions\n"],
    [['--topic'], 'Option topic requires an argument\n'],
    [
      ['--topic', 'a', '--topic', 'b'],
      'Found multiple arguments for option topic, but you asked for only one\n',
    ],
  ])('%j is refused in the words of Kafka', async (argv, err) => {
    expect(await run(echo, argv)).toEqual({ exitCode: 1, out: '', err });
  });

  test('--help goes to stderr with exit code 1 as in Kafka, and to stdout with 0 under the name klassik', async () => {
    const legacy = await run(echo, ['--help']);
    const klassik = await run(echo, ['--help'], 'klassik');
    expect([legacy.exitCode, legacy.out]).toEqual([1, '']);
    expect([klassik.exitCode, klassik.err]).toEqual([0, '']);
    expect(klassik.out).toBe(legacy.err);
    expect(legacy.err).toContain('--partitions <Integer: count>');
  });
});
