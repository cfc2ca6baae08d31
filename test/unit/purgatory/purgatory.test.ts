import { describe, expect, test } from '@jest/globals';
import { Metrics } from '../../../src/metrics/index.ts';
import { DelayedOperation, Purgatory, TimingWheel } from '../../../src/purgatory/index.ts';
import { createWorld } from '../../simulation/world/index.ts';

class Waiting extends DelayedOperation {
  isReady = false;
  tries = 0;
  readonly events: string[] = [];

  tryComplete(): boolean {
    this.tries += 1;
    return this.isReady && this.forceComplete();
  }

  onComplete(): void {
    this.events.push('completed');
  }

  override onExpiration(): void {
    this.events.push('expired');
  }
}

function setUp(maxOperations?: number) {
  const world = createWorld('purgatory');
  const runtime = world.runtimeFor('broker');
  const metrics = new Metrics(runtime.clock);
  const wheel = new TimingWheel(runtime);
  const purgatory = new Purgatory<Waiting>({
    name: 'Produce',
    timers: runtime.timers,
    wheel,
    metrics,
    ...(maxOperations === undefined ? {} : { maxOperations }),
  });
  return { world, metrics, wheel, purgatory };
}

const ORDERS_0 = { topic: 'orders', partition: 0 };
const ORDERS_1 = { topic: 'orders', partition: 1 };

describe('an operation', () => {
  test('that can complete at once is not kept', () => {
    const { purgatory } = setUp();
    const operation = new Waiting(1000);
    operation.isReady = true;
    expect(purgatory.tryCompleteElseWatch(operation, [ORDERS_0])).toBe(true);
    expect([operation.events, purgatory.watched, purgatory.delayed]).toEqual([['completed'], 0, 0]);
  });

  test('completes when something it waits for changes, at the end of that turn and once', async () => {
    const { world, purgatory, wheel } = setUp();
    const operation = new Waiting(1000);
    expect(purgatory.tryCompleteElseWatch(operation, [ORDERS_0, ORDERS_1, 'group'])).toBe(false);
    expect([purgatory.watched, purgatory.delayed]).toEqual([3, 1]);
    operation.isReady = true;
    purgatory.checkAndComplete(ORDERS_0);
    purgatory.checkAndCompletePartition('orders', 1);
    purgatory.checkAndComplete('group');
    expect(operation.events).toEqual([]);
    await world.run(0);
    expect([operation.events, operation.tries]).toEqual([['completed'], 2]);
    expect([purgatory.watched, purgatory.delayed, wheel.size]).toEqual([0, 0, 0]);
    await world.run(5000);
    expect(operation.events).toEqual(['completed']);
  });

  test('is not tried for keys it does not wait for', async () => {
    const { world, purgatory } = setUp();
    const operation = new Waiting(1000);
    purgatory.tryCompleteElseWatch(operation, [ORDERS_0]);
    operation.isReady = true;
    purgatory.checkAndComplete(ORDERS_1);
    purgatory.checkAndComplete('orders-0');
    await world.run(10);
    expect(operation.isCompleted).toBe(false);
  });

  test('expires when its time is up, completing first', async () => {
    const { world, purgatory } = setUp();
    const operation = new Waiting(1000);
    purgatory.tryCompleteElseWatch(operation, ['group']);
    await world.run(999);
    expect(operation.events).toEqual([]);
    await world.run(2);
    expect(operation.events).toEqual(['completed', 'expired']);
    expect(operation.forceComplete()).toBe(false);
  });

  test('that completes another one does so after its own turn', async () => {
    const { world, purgatory } = setUp();
    const second = new Waiting(1000);
    const order: string[] = [];
    class First extends Waiting {
      override onComplete(): void {
        second.isReady = true;
        purgatory.checkAndComplete('second');
        order.push(`first done, second ${second.isCompleted ? 'done' : 'waiting'}`);
      }
    }
    const first = new First(1000);
    purgatory.tryCompleteElseWatch(first, ['first']);
    purgatory.tryCompleteElseWatch(second, ['second']);
    first.isReady = true;
    purgatory.checkAndComplete('first');
    await world.run(1);
    expect(order).toEqual(['first done, second waiting']);
    expect(second.isCompleted).toBe(true);
  });
});

describe('the purgatory', () => {
  test('shows its sizes under the names of Kafka', () => {
    const { purgatory, metrics } = setUp();
    purgatory.tryCompleteElseWatch(new Waiting(1000), [ORDERS_0, ORDERS_1]);
    const values = metrics.snapshot().map(({ name, attributes }) => [name.mbean, attributes['Value']]);
    expect(values).toEqual([
      ['kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,delayedOperation=Produce', 2],
      ['kafka.server:type=DelayedOperationPurgatory,name=NumDelayedOperations,delayedOperation=Produce', 1],
    ]);
  });

  test('answers at once when it is full', () => {
    const { purgatory } = setUp(1);
    const [first, second] = [new Waiting(1000), new Waiting(1000)];
    purgatory.tryCompleteElseWatch(first, ['key']);
    purgatory.tryCompleteElseWatch(second, ['key']);
    expect([first.events, second.events]).toEqual([[], ['completed', 'expired']]);
  });

  test('answers everybody when it shuts down', () => {
    const { purgatory, wheel } = setUp();
    const operations = [new Waiting(1000), new Waiting(2000)];
    for (const operation of operations) purgatory.tryCompleteElseWatch(operation, [ORDERS_0]);
    purgatory.shutdown();
    expect(operations.map(({ events }) => events)).toEqual(Array(2).fill(['completed', 'expired']));
    expect([purgatory.watched, wheel.size]).toEqual([0, 0]);
  });
});
