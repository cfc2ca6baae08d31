import { describe, expect, test } from '@jest/globals';
import { FactStream, TraceFile } from '../../../src/observe/index.ts';
import { createWorld } from '../../simulation/world/index.ts';

function setUp() {
  const world = createWorld('trace');
  const { disk, clock } = world.runtimeFor('broker');
  const facts = new FactStream({ broker: 1, nowMs: () => clock.wallMs() });
  const lines = (): unknown[] =>
    (world.disk('broker').peek('/trace')?.toString() ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  return { world, disk, facts, lines };
}

describe('a trace file', () => {
  test('holds every fact in its order, with its time and broker', async () => {
    const { world, disk, facts, lines } = setUp();
    const trace = await world.settle(TraceFile.open({ disk, path: '/trace', facts }));
    for (let count = 0; count < 100; count++) {
      facts.emit({ kind: 'controller-event', event: `event ${count}` });
      if (count % 10 === 0) await world.run(1);
    }
    await world.settle(trace.close());
    facts.emit({ kind: 'controller-event', event: 'after the end' });
    expect(lines()).toHaveLength(100);
    expect(lines()[99]).toMatchObject({ kind: 'controller-event', event: 'event 99', broker: 1 });
    expect([trace.written, trace.dropped, facts.active]).toEqual([100, 0, false]);
  });

  test('drops what a slow disk cannot take, and says where', async () => {
    const { world, disk, facts, lines } = setUp();
    const trace = await world.settle(TraceFile.open({ disk, path: '/trace', facts, maxWaiting: 200 }));
    world.disk('broker').latencyMs = [1000, 1000];
    facts.emit({ kind: 'broker-state', state: 'first' });
    await world.run(1);
    for (let count = 0; count < 50; count++) facts.emit({ kind: 'broker-state', state: `state ${count}` });
    await world.run(5000);
    facts.emit({ kind: 'broker-state', state: 'last' });
    await world.settle(trace.close());
    expect(trace.dropped).toBeGreaterThan(40);
    const kinds = lines().map((line) => (line as { kind: string }).kind);
    expect(kinds.filter((kind) => kind === 'facts-dropped')).toHaveLength(1);
    expect(lines().at(-2)).toEqual({ kind: 'facts-dropped', count: trace.dropped });
    expect(lines().at(-1)).toMatchObject({ state: 'last' });
  });

  test('ends quietly when the disk fails', async () => {
    const { world, disk, facts } = setUp();
    const errors: unknown[] = [];
    await world.settle(
      TraceFile.open({ disk, path: '/trace', facts, onError: (error) => errors.push(error) }),
    );
    world.disk('broker').fault = (operation) => (operation === 'write' ? 'EIO' : undefined);
    facts.emit({ kind: 'broker-state', state: 'starting' });
    await world.run(100);
    facts.emit({ kind: 'broker-state', state: 'running' });
    expect(errors).toMatchObject([{ code: 'EIO' }]);
    expect(facts.active).toBe(false);
  });
});

test('a subscriber that throws is dropped, the others go on', () => {
  const { facts } = setUp();
  const seen: string[] = [];
  facts.subscribe(() => {
    throw new Error('a broken viewer');
  });
  facts.subscribe(({ kind }) => seen.push(kind));
  facts.emit({ kind: 'broker-state', state: 'a' });
  facts.emit({ kind: 'broker-state', state: 'b' });
  expect(seen).toEqual(['broker-state', 'broker-state']);
});
