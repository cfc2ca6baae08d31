import { describe, expect, test } from '@jest/globals';
import { parseDatetime, parseDuration } from '../../../src/tools/consumer-groups-reset.ts';
import { lineReaderSettings, parseLine } from '../../../src/tools/line-reader.ts';
import { defaultFormatter } from '../../../src/tools/record-formatter.ts';
import { parseReplicaAssignment, topicFilter } from '../../../src/tools/topic-arguments.ts';

describe('a line of the console producer', () => {
  const keyed = lineReaderSettings({ 'parse.key': 'true', 'key.separator': ':' });

  test('is the value, unless a key is to be parsed', () => {
    expect(parseLine('a:b', 1, lineReaderSettings({}))).toEqual({
      key: null,
      value: Buffer.from('a:b'),
      headers: [],
    });
    expect(parseLine('a:b:c', 1, keyed)).toEqual({
      key: Buffer.from('a'),
      value: Buffer.from('b:c'),
      headers: [],
    });
  });

  test('without a separator is an error, or all value when errors are ignored', () => {
    expect(() => parseLine('x', 7, keyed)).toThrow("No key separator found on line number 7: 'x'");
    expect(parseLine('x', 7, { ...keyed, ignoreError: true })).toEqual({
      key: null,
      value: Buffer.from('x'),
      headers: [],
    });
  });

  test('begins with the headers, and a marker stands for null', () => {
    const settings = lineReaderSettings({
      'parse.headers': 'true',
      'parse.key': 'true',
      'null.marker': 'NULL',
    });
    expect(parseLine('h:1,g:NULL\tNULL\tv', 1, settings)).toEqual({
      key: null,
      value: Buffer.from('v'),
      headers: [
        { key: 'h', value: Buffer.from('1') },
        { key: 'g', value: null },
      ],
    });
  });
});

describe('a line of the console consumer', () => {
  const record = {
    topic: 't',
    partition: 3,
    offset: 7,
    timestamp: 1700000000000,
    timestampType: 'CreateTime' as const,
    key: null,
    value: Buffer.from('v'),
    headers: [{ key: 'h', value: Buffer.from('x') }],
  };

  test('is the value alone unless more is asked for', () => {
    expect(defaultFormatter({})(record).toString()).toBe('v\n');
  });

  test('has timestamp, partition, offset, headers, key and value in this order', () => {
    const all = Object.fromEntries(
      ['timestamp', 'partition', 'offset', 'headers', 'key'].map((part) => [`print.${part}`, 'true']),
    );
    expect(defaultFormatter(all)(record).toString()).toBe(
      'CreateTime:1700000000000\tPartition:3\tOffset:7\th:x\tnull\tv\n',
    );
    expect(defaultFormatter({ ...all, 'print.value': 'false' })({ ...record, headers: [] }).toString()).toBe(
      'CreateTime:1700000000000\tPartition:3\tOffset:7\tNO_HEADERS\tnull\n',
    );
  });

  test('shows numbers that Java serializers wrote', () => {
    const value = Buffer.alloc(8);
    value.writeBigInt64BE(42n);
    const format = defaultFormatter({
      'value.deserializer': 'org.apache.kafka.common.serialization.LongDeserializer',
    });
    expect(format({ ...record, value }).toString()).toBe('42\n');
  });
});

describe('arguments', () => {
  test('topics are regular expressions over the whole name, several with commas', () => {
    const allowed = topicFilter('or.*,a\\.b');
    expect(['orders', 'a.b', 'axb', 'xorders'].map(allowed)).toEqual([true, true, false, false]);
  });

  test('a replica assignment names the brokers of each partition', () => {
    expect(parseReplicaAssignment('0:1,1:2')).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(() => parseReplicaAssignment('0:0')).toThrow(
      'Partition replica lists may not contain duplicate entries: 0',
    );
  });

  test('times are read with and without a zone, durations as Java writes them', () => {
    expect(parseDatetime('2026-01-02T03:04:05.006Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(parseDatetime('2026-01-02T03:04:05.006+01')).toBe(Date.UTC(2026, 0, 2, 2, 4, 5, 6));
    expect(parseDatetime('2026-01-02T03:04:05.006+0130')).toBe(Date.UTC(2026, 0, 2, 1, 34, 5, 6));
    expect(parseDatetime('2026-01-02T03:04:05.006')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(() => parseDatetime('2026-01-02')).toThrow("does not contain a 'T'");
    expect(parseDuration('P1DT2H3M4.5S')).toBe((((24 + 2) * 60 + 3) * 60 + 4.5) * 1000);
    expect(() => parseDuration('1h')).toThrow('cannot be parsed');
  });
});
