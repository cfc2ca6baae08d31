/**
 * fixtures/scala-order.json holds what scala-library 2.13.15 (of Kafka 3.9.1) answered: `put` were put one by one into
 * a mutable HashMap, an immutable Map and an immutable HashMap, and their keys listed.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  inScalaImmutableOrder,
  inScalaMapOrder,
  inScalaMutableOrder,
  javaHashCode,
} from '../../../src/common/index.ts';

interface Recorded {
  readonly put: readonly string[];
  readonly mutable: readonly string[];
  readonly map: readonly string[];
  readonly immutable: readonly string[];
}

const RECORDED = JSON.parse(
  readFileSync(new URL('fixtures/scala-order.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

test.each(RECORDED.map((recorded) => [recorded.put.length, recorded] as const))(
  'maps of %i entries are listed as Scala lists them',
  (_size, { put, mutable, map, immutable }) => {
    expect(inScalaMutableOrder(put, javaHashCode)).toEqual(mutable);
    expect(inScalaMapOrder(put, javaHashCode)).toEqual(map);
    expect(inScalaImmutableOrder(put, javaHashCode)).toEqual(immutable);
  },
);
