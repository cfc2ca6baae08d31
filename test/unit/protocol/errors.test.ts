/** The table of errors as a whole; Apache's own list stands behind it through the generated page. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ErrorCode, errorNameOf, errors, KafkaError } from '../../../src/protocol/index.ts';

const rows = Object.entries(errors);

describe('the table of errors', () => {
  test('has every code from -1 to 127 that Kafka 3.9 has, each once', () => {
    const codes = rows.map(([, { code }]) => code).sort((a, b) => a - b);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes[0]).toBe(-1);
    expect(codes).toEqual(Array.from({ length: codes.length }, (_, index) => index - 1));
  });

  test('is what docs/reference/errors.md lists, line by line', () => {
    const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| (-?\d+) \| `(\w+)` \| (yes)? ?\| (?:`(\w+)`)? ?\| (.*) \|$/gm)].map(
      ([, code, name, retriable, exception, message]) => [
        Number(code),
        name,
        retriable === 'yes',
        exception ?? '',
        message,
      ],
    );
    const ours = rows.map(([name, row]) => [row.code, name, row.retriable, row.exception, row.message]);
    expect(listed).toEqual(ours.sort((a, b) => Number(a[0]) - Number(b[0])));
  });

  test('gives names for numbers and back; a number from a newer Kafka is an unknown server error', () => {
    for (const [name, { code }] of rows) expect(errorNameOf(code)).toBe(name);
    expect(errorNameOf(12_345)).toBe('UNKNOWN_SERVER_ERROR');
    expect(ErrorCode.NOT_CONTROLLER).toBe(41);
  });

  test('a KafkaError carries code and retriability, and the default text unless given a better one', () => {
    const error = new KafkaError('NOT_LEADER_OR_FOLLOWER');
    expect([error.code, error.retriable, error.message]).toEqual([
      6,
      true,
      errors.NOT_LEADER_OR_FOLLOWER.message,
    ]);
    expect(new KafkaError('INVALID_REQUEST', 'two topics of one name').message).toBe(
      'two topics of one name',
    );
  });
});
