import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { BROKER_HEAP_OPTIONS } from '../../../src/kit/index.ts';

const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

test.each(['bin/kafka-server-start', 'docker/Dockerfile'])(
  '%s gives a broker the heap that the kit gives it',
  (path) => {
    const text = textOf(path);
    expect(BROKER_HEAP_OPTIONS.filter((option) => !text.includes(option))).toEqual([]);
  },
);
