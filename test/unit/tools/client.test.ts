import { describe, expect, test } from '@jest/globals';
import { assignRanges, murmur2, parseHostPort, partitionForKey } from '../../../src/tools/client/index.ts';

describe('the hash of keys', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is that of the Java client', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test('chooses a partition without regard to the sign', () => {
    expect(partitionForKey(Buffer.from('21'), 10)).toBe((-973932308 & 0x7fffffff) % 10);
  });
});

describe('the range assignor', () => {
  test('gives each member a run of partitions, the first members one more', () => {
    const members = ['b', 'a', 'c'].map((memberId) => ({ memberId, topics: ['t'] }));
    const assignment = assignRanges(members, new Map([['t', 7]]));
    expect(Object.fromEntries(assignment)).toEqual({
      a: [{ topic: 't', partitions: [0, 1, 2] }],
      b: [{ topic: 't', partitions: [3, 4] }],
      c: [{ topic: 't', partitions: [5, 6] }],
    });
  });

  test('gives a topic to its subscribers only', () => {
    const assignment = assignRanges(
      [
        { memberId: 'a', topics: ['x'] },
        { memberId: 'b', topics: ['x', 'y'] },
      ],
      new Map([
        ['x', 1],
        ['y', 1],
      ]),
    );
    expect(Object.fromEntries(assignment)).toEqual({
      a: [{ topic: 'x', partitions: [0] }],
      b: [{ topic: 'y', partitions: [0] }],
    });
  });
});

test('bootstrap servers may carry a scheme and an IPv6 address', () => {
  expect(parseHostPort('BROKER://host:9092')).toEqual({ host: 'host', port: 9092 });
  expect(parseHostPort('[::1]:9092')).toEqual({ host: '::1', port: 9092 });
  expect(() => parseHostPort('nonsense')).toThrow('Invalid url in bootstrap.servers: nonsense');
});
