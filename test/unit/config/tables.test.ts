/** The tables beside the original's own definitions, recorded once (see `provenance` in the fixture). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { brokerTable, formatValue, topicSynonyms, topicTable } from '../../../src/config/index.ts';
import type { ConfigRow, ConfigTable } from '../../../src/config/index.ts';

type Recorded = readonly [name: string, type: string, def: string | null, importance: string, scope: string];

const recorded = JSON.parse(
  readFileSync(new URL('fixtures/kafka-3.9.1-config-defs.json', import.meta.url), 'utf8'),
) as {
  broker: readonly Recorded[];
  topic: readonly Recorded[];
  synonyms: Readonly<Record<string, readonly string[]>>;
};

function facts([name, row]: readonly [string, ConfigRow]): readonly (string | null)[] {
  const text = row.default === null ? null : formatValue(row.type, row.default);
  return [name, row.type, text, row.importance];
}

function byName(table: ConfigTable): readonly (readonly (string | null)[])[] {
  return Object.entries(table).map(facts).sort(compare);
}

function compare(left: readonly (string | null)[], right: readonly (string | null)[]): number {
  return String(left[0]) < String(right[0]) ? -1 : 1;
}

describe('the tables of configuration keys', () => {
  test('have every broker key of Kafka 3.9.1 with its type, default and importance', () => {
    expect(byName(brokerTable)).toEqual(recorded.broker.map((row) => row.slice(0, 4)).sort(compare));
  });

  test('have every topic key of Kafka 3.9.1 with its type, default and importance', () => {
    expect(byName(topicTable)).toEqual(recorded.topic.map((row) => row.slice(0, 4)).sort(compare));
  });

  test('say of every broker key whether it can change while the broker runs, as Kafka does', () => {
    const table: ConfigTable = brokerTable;
    for (const [name, , , , scope] of recorded.broker) {
      expect([name, table[name]?.dynamic ?? 'read-only']).toEqual([name, scope]);
    }
  });

  test('know the broker key that holds the default of each topic key', () => {
    const first = Object.entries(recorded.synonyms).map(([topicKey, keys]) => [topicKey, keys[0]]);
    expect(topicSynonyms).toEqual(Object.fromEntries(first));
  });

  test('explain every key', () => {
    const rows = [...Object.entries<ConfigRow>(brokerTable), ...Object.entries<ConfigRow>(topicTable)];
    expect(rows.filter(([, row]) => row.doc === '')).toEqual([]);
  });
});
