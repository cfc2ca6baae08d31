import { describe, expect, test } from '@jest/globals';
import { topicTable } from '../../../../src/config/index.ts';
import { applyChanges, OPERATION, validateChanges } from '../../../../src/server/admin/config-changes.ts';

const { SET, DELETE, APPEND, SUBTRACT } = OPERATION;

function changed(
  current: Readonly<Record<string, string>>,
  ...changes: readonly (readonly [name: string, operation: number, value: string | null])[]
): Readonly<Record<string, string>> {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  validateChanges(configs);
  return applyChanges(current, configs, topicTable);
}

describe('changes of settings', () => {
  test('what is not named stays', () => {
    expect(
      changed({ 'retention.ms': '1', 'segment.ms': '2' }, ['retention.ms', SET, '3'], ['flush.ms', SET, '4']),
    ).toEqual({ 'retention.ms': '3', 'segment.ms': '2', 'flush.ms': '4' });
    expect(changed({ 'retention.ms': '1' }, ['retention.ms', DELETE, null])).toEqual({});
  });

  test('a list that is not set begins with its default, and holds nothing twice', () => {
    expect(changed({}, ['cleanup.policy', APPEND, 'compact,delete'])).toEqual({
      'cleanup.policy': 'delete,compact',
    });
    expect(changed({ 'cleanup.policy': 'compact' }, ['cleanup.policy', SUBTRACT, 'compact'])).toEqual({
      'cleanup.policy': '',
    });
  });

  test('only lists are appended to', () => {
    expect(() => changed({}, ['retention.ms', APPEND, '1'])).toThrow(
      'Config value append is not allowed for config key: retention.ms',
    );
  });

  test('a key twice and a null that is not deleted are refused', () => {
    expect(() => changed({}, ['a', SET, '1'], ['a', DELETE, null])).toThrow('duplicate config keys');
    expect(() => changed({}, ['a', SET, null], ['b', APPEND, null])).toThrow(
      'Null value not supported for : a, b',
    );
  });
});
