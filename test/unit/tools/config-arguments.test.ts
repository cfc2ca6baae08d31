import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../../src/tools/cli/options.ts';
import { changesOf, checkArguments, entityOf } from '../../../src/tools/config-arguments.ts';
import { configsTool } from '../../../src/tools/configs.ts';

const parse = (line: string): ReturnType<typeof parseOptions> =>
  parseOptions(configsTool, ['--bootstrap-server', 'x:1', ...line.split(' ')]);

describe('the command line of kafka-configs', () => {
  test('names an entity in two ways', () => {
    expect(entityOf(parse('--describe --entity-type topics --entity-name orders'))).toEqual({
      type: 'topics',
      name: 'orders',
    });
    expect(entityOf(parse('--describe --topic orders'))).toEqual({ type: 'topics', name: 'orders' });
    expect(entityOf(parse('--describe --broker-defaults'))).toEqual({ type: 'brokers', name: '' });
    expect(entityOf(parse('--describe --entity-type brokers'))).toEqual({ type: 'brokers', name: undefined });
  });

  test('holds values with commas together by square brackets', () => {
    const { added, deleted } = changesOf(
      parse('--alter --topic t --add-config a=1,b=[x,y],c= --delete-config d,e'),
    );
    expect([...added]).toEqual([
      ['a', '1'],
      ['b', 'x,y'],
      ['c', ''],
    ]);
    expect(deleted).toEqual(['d', 'e']);
  });

  test.each([
    ['--topic t', 'Command must include exactly one action: --describe, --alter'],
    ['--describe', 'At least one entity type must be specified'],
    ['--describe --topic t --entity-type topics', 'Duplicate entity type(s) specified: topics'],
    ['--describe --topic t --add-config a=b', `Option "[describe]" can't be used with option "[add-config]"`],
    [
      '--alter --entity-type topics --add-config a=b',
      'an entity name must be specified with --alter of topics',
    ],
    [
      '--describe --entity-type broker-loggers',
      'an entity name must be specified with --describe of broker-loggers',
    ],
    [
      '--alter --broker-logger one --add-config a=b',
      'The entity name for broker-loggers must be a valid integer broker id, but it is: one',
    ],
    [
      '--alter --broker one --add-config a=b',
      'The entity name for brokers must be a valid integer broker id, but it is: one',
    ],
    [
      '--alter --topic t',
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    ],
  ])('refuses %s in the words of the original', (line, words) => {
    expect(() => checkArguments(parse(line))).toThrow(words);
  });
});
