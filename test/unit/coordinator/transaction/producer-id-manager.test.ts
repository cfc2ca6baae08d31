import { describe, expect, test } from '@jest/globals';
import { ProducerIdManager, type ProducerIdBlock } from '../../../../src/coordinator/index.ts';
import { KafkaError } from '../../../../src/protocol/index.ts';
import { settle, SILENT_LOGGER, VirtualTime } from '../coordinator-world.ts';

function manager(allocateBlock: () => Promise<ProducerIdBlock>) {
  const time = new VirtualTime();
  return { time, ids: new ProducerIdManager({ allocateBlock }, time.clock, SILENT_LOGGER) };
}

const inBlocksOf =
  (len: number) =>
  (start = -len) =>
  () =>
    Promise.resolve({ start: (start += len), len });

describe('producer ids', () => {
  test('the first request finds no block and makes the next one succeed', async () => {
    const { ids } = manager(inBlocksOf(1000)());
    expect(() => ids.generateProducerId()).toThrow(
      new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', 'Waiting for the next block of producer ids'),
    );
    await settle();
    expect([ids.generateProducerId(), ids.generateProducerId()]).toEqual([0, 1]);
  });

  test('the next block is fetched before the present one ends, so that no id is missed or given twice', async () => {
    const { ids } = manager(inBlocksOf(10)());
    expect(() => ids.generateProducerId()).toThrow(KafkaError);
    const given: number[] = [];
    for (let count = 0; count < 35; count++) {
      await settle();
      given.push(ids.generateProducerId());
    }
    expect(given).toEqual(Array.from({ length: 35 }, (_, index) => index));
  });

  test('a controller that refuses is not asked again at once', async () => {
    let asked = 0;
    const { ids, time } = manager(() => {
      asked += 1;
      return asked < 2
        ? Promise.reject(new KafkaError('STALE_BROKER_EPOCH'))
        : Promise.resolve({ start: 5, len: 10 });
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(() => ids.generateProducerId()).toThrow(KafkaError);
      await settle();
    }
    expect(asked).toBe(1);
    time.nowMs += 50;
    expect(() => ids.generateProducerId()).toThrow(KafkaError);
    await settle();
    expect(ids.generateProducerId()).toBe(5);
  });

  test.each([
    ['that was given before', { start: 0, len: 10 }],
    ['without ids', { start: 100, len: 0 }],
    ['beyond the numbers', { start: Number.MAX_SAFE_INTEGER, len: 10 }],
  ])('a block %s is not taken', async (_name, second) => {
    const blocks = [{ start: 0, len: 1 }, second];
    const { ids } = manager(() => Promise.resolve(blocks.shift() ?? { start: 1, len: 1 }));
    expect(() => ids.generateProducerId()).toThrow(KafkaError);
    await settle();
    expect(ids.generateProducerId()).toBe(0);
    await settle();
    expect(() => ids.generateProducerId()).toThrow(KafkaError);
  });
});
