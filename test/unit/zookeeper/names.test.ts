import { describe, expect, test } from '@jest/globals';
import {
  desanitize,
  entityPath,
  parseConnectString,
  sanitize,
  userClientPath,
} from '../../../src/zookeeper/index.ts';
import { pathFault, shuffled } from '../../../src/zookeeper/engine/connect-string.ts';
import { encodeJson, inHashOrder } from '../../../src/zookeeper/json.ts';

describe('names in paths', () => {
  test('of users and clients are percent-encoded as the original does', () => {
    expect(sanitize('al ice@x/y')).toBe('al%20ice%40x%2Fy');
    expect(sanitize("*+!'()~-_.ä")).toBe('%2A%2B%21%27%28%29%7E-_.%C3%A4');
    for (const name of ['al ice@x/y', '*', 'ü+%', 'CN=a,OU=b']) expect(desanitize(sanitize(name))).toBe(name);
  });

  test('of topics and of the defaults are left alone', () => {
    expect(entityPath('topics', 'a_b.c')).toBe('topics/a_b.c');
    expect(entityPath('users', '<default>')).toBe('users/<default>');
    expect(userClientPath('alice', 'c 1')).toBe('users/alice/clients/c%201');
  });
});

describe('zookeeper.connect', () => {
  test('names servers and one chroot', () => {
    expect(parseConnectString('a:1, b ,[::1]:3/kafka/one')).toEqual({
      servers: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2181 },
        { host: '::1', port: 3 },
      ],
      chroot: '/kafka/one',
    });
    expect(parseConnectString('a:1/').chroot).toBe('');
  });

  test('that makes no sense is refused', () => {
    for (const connect of ['', '/kafka', 'a:x', 'a:70000', 'a:1/b//c']) {
      expect(() => parseConnectString(connect)).toThrow(RangeError);
    }
  });

  test('servers are tried in an order of chance', () => {
    const random = { below: () => 0, bytes: () => Buffer.alloc(0), uuid: () => '' };
    expect(shuffled([1, 2, 3], random)).toEqual([2, 3, 1]);
  });
});

test('paths ZooKeeper forbids are known before it is asked', () => {
  expect(pathFault('/')).toBeNull();
  expect(pathFault('/config/brokers/<default>')).toBeNull();
  expect(pathFault('/ä/漢')).toBeNull();
  for (const path of ['', 'a', '/a/', '//', '/a/.', '/a/../b', '/a\u0000', '/a\u007f', '/\ud83d\ude00'])
    expect(pathFault(path)).not.toBeNull();
});

test('JSON keeps the order of a map, where an object would sort numbers', () => {
  expect(
    encodeJson(
      new Map([
        ['10', [1]],
        ['2', [2]],
      ]),
    ),
  ).toBe('{"10":[1],"2":[2]}');
  expect(encodeJson({ a: null, b: 'ü"', c: [true, { d: 1 }] })).toBe(
    '{"a":null,"b":"ü\\"","c":[true,{"d":1}]}',
  );
});

test('partitions are written in the order of the hash table that held them', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => [String(index), 0] as const);
  expect([...inHashOrder(numbers(11)).keys()]).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    '10',
  ]);
  expect([...inHashOrder(numbers(12)).keys()]).toHaveLength(12);
});
