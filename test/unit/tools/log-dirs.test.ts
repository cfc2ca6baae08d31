import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { LogDirOfBroker } from '../../../src/tools/client/index.ts';
import { printedLogDirs } from '../../../src/tools/log-dirs.ts';

const FIXTURE = new URL('fixtures/kafka-3.9.1-log-dirs.json', import.meta.url);
const { printed: PRINTED } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly printed: string };

interface Printed {
  readonly brokers: readonly {
    readonly broker: number;
    readonly logDirs: readonly {
      readonly partitions: readonly {
        readonly partition: string;
        readonly size: number;
        readonly offsetLag: number;
        readonly isFuture: boolean;
      }[];
      readonly error: string | null;
      readonly logDir: string;
    }[];
  }[];
}

/** What the broker must have answered: by topic, and what falls into one bucket in the order it came. */
function answered(): LogDirOfBroker[] {
  const dirs = (JSON.parse(PRINTED) as Printed).brokers[0]!.logDirs.map(({ logDir, error, partitions }) => ({
    path: logDir,
    error: error === null ? ('NONE' as const) : ('KAFKA_STORAGE_ERROR' as const),
    replicas: partitions
      .map(({ partition: name, size, offsetLag, isFuture }) => {
        const [, topic = '', partition = ''] = /^(.*)-(\d+)$/.exec(name) ?? [];
        return { topic, partition: Number(partition), sizeInBytes: size, offsetLag, isFuture };
      })
      .sort((left, right) => left.topic.localeCompare(right.topic)),
  }));
  return dirs.sort((left, right) => left.path.localeCompare(right.path));
}

test('dirs and partitions are printed in the order of the hash maps that the original prints', () => {
  expect(JSON.stringify(printedLogDirs(new Map([[0, answered()]]), new Set()))).toBe(PRINTED);
});

test('a topic list leaves all other topics out, but no dir', () => {
  const { brokers } = printedLogDirs(new Map([[0, answered()]]), new Set(['orders'])) as unknown as Printed;
  const names = brokers[0]!.logDirs.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
  expect(names).toHaveLength(13);
  expect(names.every((name) => name.startsWith('orders-'))).toBe(true);
  expect(brokers[0]!.logDirs).toHaveLength(5);
});
