/**
 * What is built on brokers, on three of Klassik, in short: Apache's StreamsSmokeTest with exactly_once_v2, and two workers
 * of Connect of which one is killed. Both at once, on the same brokers. `npm run test:stack` tells the long stories,
 * MirrorMaker 2 among them, in every line-up, with brokers that go and come back (docs/stack.md).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, KAFKA_STACK_JARS } from '../support/conformance/requirements.ts';
import { conformanceFolder, removeFolder } from '../support/conformance/test-cluster.ts';
import { kafkaLibraries } from '../support/kafka-jars.ts';
import { LINE_UPS, ORIGINALS } from '../support/mixed/scenarios/index.ts';
import { shortConnect } from '../support/stack/connect.ts';
import { Stack } from '../support/stack/stack.ts';
import { shortSmoke } from '../support/stack/streams-smoke.ts';

jest.setTimeout(300_000);

describeNeeding(KAFKA_STACK_JARS, 'what is built on brokers', (stackLibraries) => {
  const [klassik] = LINE_UPS;
  const lineUp = process.env['KLASSIK_CONFORMANCE_BROKERS'] === 'jvm' ? ORIGINALS : klassik!;
  let dir: string;
  let stack: Stack;
  const stories = new Map<string, ReturnType<typeof shortSmoke>>();

  beforeAll(async () => {
    dir = await conformanceFolder();
    const progress = (): void => undefined;
    stack = await Stack.start({ dir, libraries: kafkaLibraries()!, stackLibraries, lineUp, progress });
    stories.set('Streams', shortSmoke(stack));
    stories.set('Connect', shortConnect(stack));
    await Promise.allSettled(stories.values());
  });

  afterAll(async () => {
    await stack.close();
    await removeFolder(dir);
  });

  test.each([
    ['Streams', '500 generated, 500 processed'],
    ['Connect', '600 lines, each in the topic once'],
  ])('%s', async (name, expected) => {
    const { outcome, findings } = await stories.get(name)!;
    expect(findings).toEqual([]);
    expect(outcome).toContain(expected);
  });
});
