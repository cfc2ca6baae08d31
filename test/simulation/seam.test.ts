/**
 * The seam between the broker and its machine holds: whole brokers live on a virtual clock, memory disks and a memory
 * network for ten minutes, and what happens to them is decided by the seed and by nothing else. A date, a timer, a
 * random number or a socket taken past the Runtime would show here as two different hashes.
 */
import { expect, test } from '@jest/globals';
import { startCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const TEN_MINUTES_MS = 600_000;
const SEEDS = Number(process.env['SEEDS'] ?? 1);
const MAX_PAUSE_MS = 1_000;

interface TenMinutes {
  readonly digest: string;
  readonly traceLines: number;
  readonly virtualMs: number;
  readonly acknowledged: readonly string[];
  readonly consumed: readonly string[];
  /** The largest stretch of virtual time in which the client did not read anything new. */
  readonly longestGapMs: number;
  readonly fatal: readonly string[];
}

/** A cluster of three with a client that writes and reads from the first moment to the last. */
async function tenMinutes(seed: string): Promise<TenMinutes> {
  const cluster = await startCluster(seed);
  const { world } = cluster;
  const { timers } = world.runtimeFor('client');
  const producer = new SimulatedClient(cluster);
  const consumer = new SimulatedClient(cluster);
  await world.settle(producer.createTopic(TOPIC, { 'min.insync.replicas': '2', 'segment.bytes': '4096' }));

  const beganMs = world.nowMs;
  const hasTime = (): boolean => world.nowMs - beganMs < TEN_MINUTES_MS;
  const acknowledged: string[] = [];
  const consumed: string[] = [];
  let longestGapMs = 0;
  const produce = async (): Promise<void> => {
    while (hasTime()) {
      const value = `record ${acknowledged.length}`;
      const offset = await producer.produce(TOPIC, value);
      acknowledged.push(value);
      world.note('client', `${value} is acknowledged at ${offset}`);
      await timers.sleep(world.random.below(MAX_PAUSE_MS));
    }
  };
  const consume = async (): Promise<void> => {
    let readAtMs = world.nowMs;
    for (let fetchOffset = 0; hasTime() || consumed.length < acknowledged.length;) {
      const { values, nextOffset } = await consumer.poll(TOPIC, fetchOffset);
      if (values.length === 0) continue;
      consumed.push(...values);
      fetchOffset = nextOffset;
      world.note('client', `reads ${values.join(', ')}`);
      longestGapMs = Math.max(longestGapMs, world.nowMs - readAtMs);
      readAtMs = world.nowMs;
    }
  };
  // What is produced last is acknowledged, and read, after the ten minutes.
  await world.settle(Promise.all([produce(), consume()]), TEN_MINUTES_MS + 60_000);
  return {
    digest: world.trace.digest(),
    traceLines: world.trace.count,
    virtualMs: world.nowMs - beganMs,
    acknowledged,
    consumed,
    longestGapMs,
    fatal: cluster.fatal,
  };
}

test.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))(
  'storage, server and a client run ten virtual minutes on virtual clock, memory disk and memory network; the trace hash is the same twice: %s',
  async (seed) => {
    const first = await tenMinutes(seed);
    expect(first.virtualMs).toBeGreaterThanOrEqual(TEN_MINUTES_MS);
    expect(first.traceLines).toBeGreaterThan(10_000);
    expect(first.fatal).toEqual([]);
    // The client was at it all along: records go every half second on average, and each is read once and in order.
    expect(first.acknowledged.length).toBeGreaterThan(900);
    expect(first.consumed).toEqual(first.acknowledged);
    expect(first.longestGapMs).toBeLessThan(2 * MAX_PAUSE_MS);

    const again = await tenMinutes(seed);
    expect(again.digest).toBe(first.digest);
    expect(again).toEqual(first);

    const other = await tenMinutes(`not ${seed}`);
    expect(other.digest).not.toBe(first.digest);
    expect(other.consumed).toEqual(other.acknowledged);
  },
  120_000,
);
