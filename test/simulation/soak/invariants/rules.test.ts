/** Each rule finds what it is there for: stories made up of facts, in which one promise is broken. */
import { describe, expect, test } from '@jest/globals';
import { batchesOf, buildBatch } from '../../../../src/records/index.ts';
import type { Fact } from '../../../../src/observe/index.ts';
import { readBatches, type ObservedBatch } from './observed-log.ts';
import { assignedIn } from './one-assignment.ts';
import { Story } from './story.ts';

const found = (story: Story): string[] => [...new Set(story.invariants.violations.map(({ rule }) => rule))];

/** Broker 0 leads in epoch 0, 1 and 2 follow; ten records are everywhere and committed. */
function ordinary(): Story {
  const story = new Story();
  story.state({ leader: 0, leaderEpoch: 0, isr: [0, 1, 2] });
  story.role(0, 'leader', 0);
  for (const follower of [1, 2]) story.role(follower, 'follower', 0);
  for (let offset = 0; offset < 10; offset++) for (const broker of [0, 1, 2]) story.append(broker, offset, 0);
  for (const broker of [0, 1, 2]) story.highWatermark(broker, 10);
  return story;
}

test('an ordinary story breaks no rule', () => {
  const story = ordinary();
  story.append(0, 10, 0);
  story.append(1, 10, 0);
  story.state({ leader: 1, leaderEpoch: 1, isr: [1, 2] });
  story.role(1, 'leader', 1);
  story.role(2, 'follower', 1);
  story.append(1, 11, 1);
  story.append(2, 10, 0);
  story.append(2, 11, 1);
  story.highWatermark(1, 12);
  // The deposed one went on for itself, and is cut back.
  story.append(0, 11, 0);
  story.role(0, 'follower', 1);
  story.truncate(0, 11);
  story.append(0, 11, 1);
  story.highWatermark(0, 12);
  story.state({ leader: 1, leaderEpoch: 1, isr: [0, 1, 2] });
  expect(story.invariants.violations).toEqual([]);
  expect(story.partition.ledger.endOffset).toBe(12);
});

describe('records', () => {
  test('a leader that lacks what was committed', () => {
    const story = ordinary();
    story.truncate(1, 8);
    story.state({ leader: 1, leaderEpoch: 1, isr: [1, 2] });
    story.role(1, 'leader', 1);
    expect(found(story)).toEqual(expect.arrayContaining(['acknowledged-kept', 'strong-isr']));
  });

  test('a leader of an older epoch that hears of it late lacks nothing that it had to have', () => {
    const story = ordinary();
    story.state({ leader: 1, leaderEpoch: 2, isr: [1, 2] });
    story.role(1, 'leader', 2);
    story.role(2, 'follower', 2);
    for (const broker of [1, 2]) story.append(broker, 10, 2);
    story.highWatermark(1, 11);
    story.role(0, 'leader', 1);
    expect(story.invariants.violations).toEqual([]);
  });

  test('a member of the ISR that lacks what a leader calls committed', () => {
    const story = ordinary();
    story.append(0, 10, 0);
    story.append(1, 10, 0);
    story.highWatermark(0, 11);
    expect(found(story)).toEqual(['strong-isr']);
  });

  test('a topic that is being deleted goes replica by replica, which is no loss', () => {
    const story = ordinary();
    story.askForDeletion();
    story.highWatermark(1, 0);
    story.truncate(1, 0);
    story.role(1, 'follower', 1);
    story.state({ leader: -1, leaderEpoch: 1, isr: [1] });
    expect(story.invariants.violations).toEqual([]);
  });

  test('an ISR that grows by one who has not caught up', () => {
    const story = ordinary();
    story.state({ leader: 0, leaderEpoch: 0, isr: [0, 1] });
    story.append(0, 10, 0);
    story.append(1, 10, 0);
    story.highWatermark(0, 11);
    expect(story.invariants.violations).toEqual([]);
    story.state({ leader: 0, leaderEpoch: 0, isr: [0, 1, 2] });
    expect(found(story)).toEqual(['strong-isr']);
  });

  test('a member of the ISR that has other records than those committed', () => {
    const story = ordinary();
    story.append(0, 10, 0);
    story.append(1, 10, 0);
    story.append(2, 10, 0, 'another');
    story.highWatermark(0, 11);
    expect(found(story)).toEqual(['strong-isr']);
    expect(story.invariants.violations[0]!.what).toContain('it has 10..10');
  });

  test('a high watermark beyond what min.insync.replicas replicas have', () => {
    const story = ordinary();
    story.state({ leader: 0, leaderEpoch: 0, isr: [0] });
    story.append(0, 10, 0);
    story.highWatermark(0, 11);
    expect(found(story)).toEqual(['min-isr']);
  });

  test('a high watermark that falls on a leader; on a follower it may', () => {
    const story = ordinary();
    story.highWatermark(1, 9);
    expect(story.invariants.violations).toEqual([]);
    story.highWatermark(0, 9);
    expect(found(story)).toEqual(['high-watermark']);
  });

  test('records in a place that is taken, a hole, and a leader that cuts its log', () => {
    const again = ordinary();
    again.append(0, 9, 0);
    expect(found(again)).toContain('log-order');
    const hole = ordinary();
    hole.append(0, 12, 0);
    expect(found(hole)).toContain('log-order');
    const cut = ordinary();
    cut.truncate(0, 10);
    expect(found(cut)).toContain('log-order');
  });

  test('a hole that a cleaner has made is none where there is one, behind the active segment', () => {
    for (const isCompacted of [true, false]) {
      const story = ordinary();
      story.isCompacted = isCompacted;
      story.tell(0, { kind: 'log-segment', action: 'rolled', topic: 'orders', partition: 0, baseOffset: 10 });
      story.state({ leader: 0, leaderEpoch: 0, isr: [0, 1] });
      story.role(3, 'follower', 0);
      story.append(3, 4, 0, 'cleaned');
      story.append(3, 9, 0);
      expect(found(story)).toEqual(isCompacted ? [] : ['log-order']);
    }
  });

  test('an acknowledgement of what is not committed', () => {
    const story = ordinary();
    story.invariants.acknowledged('orders', 0, 9);
    expect(story.invariants.violations).toEqual([]);
    story.append(0, 10, 0);
    story.invariants.acknowledged('orders', 0, 10);
    expect(found(story)).toEqual(['committed-first']);
  });

  test('offsets out of order', () => {
    const story = ordinary();
    story.lastStableOffset = 11;
    story.highWatermark(0, 10);
    expect(found(story)).toContain('offset-order');
  });

  test('an LSO at the high watermark while a transaction is open', () => {
    const story = ordinary();
    for (const broker of [0, 1, 2]) story.appendOfTransaction(broker, 10);
    story.lastStableOffset = 10;
    story.highWatermark(0, 11);
    expect(story.invariants.violations).toEqual([]);
    story.lastStableOffset = 11;
    story.highWatermark(0, 11);
    expect(found(story)).toEqual(['last-stable-offset']);
  });
});

describe('without power', () => {
  test('one of several may lack something until it is out of the ISR; a leader may not', () => {
    const story = ordinary();
    story.losePower(1, 8);
    story.state({ leader: 0, leaderEpoch: 1, isr: [0, 2] });
    story.role(0, 'leader', 1);
    story.role(1, 'follower', 1);
    expect(story.invariants.violations).toEqual([]);
    story.state({ leader: 1, leaderEpoch: 2, isr: [1, 2] });
    story.role(1, 'leader', 2);
    expect(found(story)).toContain('acknowledged-kept');
    expect(story.invariants.excused).toEqual([]);
  });

  test('who is back before the next controller looks leads on with what it has left', () => {
    const story = ordinary();
    story.losePower(0, 8);
    story.controllerEpoch(2);
    story.role(0, 'leader', 0);
    expect(story.invariants.violations).toEqual([]);
    story.state({ leader: 0, leaderEpoch: 1, isr: [0, 1, 2], controllerEpoch: 2 });
    story.role(0, 'leader', 1);
    expect(story.invariants.violations).toEqual([]);
    expect(story.invariants.excused).toEqual(['orders-0']);
  });

  test('the only member of the ISR may lose what it had not synced', () => {
    const story = ordinary();
    story.state({ leader: 0, leaderEpoch: 0, isr: [0] });
    story.losePower(0, 8);
    story.state({ leader: 0, leaderEpoch: 1, isr: [0] });
    story.role(0, 'leader', 1);
    expect(story.invariants.violations).toEqual([]);
    expect(story.invariants.excused).toEqual(['orders-0']);
  });
});

describe('epochs and leaders', () => {
  test.each<readonly [string, (story: Story) => void, string]>([
    [
      'a leader epoch that falls',
      (story) => story.state({ leader: 0, leaderEpoch: -1, isr: [0] }),
      'epochs-grow',
    ],
    [
      'another leader in the same epoch',
      (story) => story.state({ leader: 1, leaderEpoch: 0, isr: [1] }),
      'epochs-grow',
    ],
    [
      'a broker that goes back to an older epoch',
      (story) => {
        story.role(2, 'follower', 3);
        story.role(2, 'follower', 2);
      },
      'epochs-grow',
    ],
    ['two leaders in one epoch', (story) => story.role(1, 'leader', 0), 'one-leader'],
    [
      'a leader from outside the ISR',
      (story) => {
        story.state({ leader: 0, leaderEpoch: 0, isr: [0] });
        story.state({ leader: 1, leaderEpoch: 1, isr: [1] });
      },
      'clean-election',
    ],
    [
      'a controller that was deposed and writes',
      (story) => {
        story.controllerEpoch(2);
        story.state({ leader: 0, leaderEpoch: 0, isr: [0, 1], controllerEpoch: 1 });
      },
      'controller-fence',
    ],
    [
      'a controller epoch that falls',
      (story) => {
        story.controllerEpoch(2);
        story.controllerEpoch(1);
      },
      'epochs-grow',
    ],
    [
      'an ISR change that ZooKeeper has not seen',
      (story) =>
        story.tell(0, { kind: 'isr-change', topic: 'orders', partition: 0, isr: [0], partitionEpoch: 7 }),
      'epochs-grow',
    ],
  ])('%s', (_name, play, rule) => {
    const story = ordinary();
    play(story);
    expect(found(story)).toContain(rule);
  });
});

describe('groups', () => {
  const group = (to: string, generationId: number, reason = 'some'): Fact => ({
    ...{ kind: 'group-state', group: 'billing', from: 'Empty', to, generationId, reason },
  });

  test('a generation that two coordinators complete', () => {
    const story = new Story();
    story.tell(0, group('Stable', 3));
    story.tell(1, group('Stable', 3));
    expect(found(story)).toEqual(['one-assignment']);
  });

  test('a generation that falls under one coordinator; not where the group died, or moved and came back', () => {
    const story = new Story();
    story.tell(0, group('Stable', 3));
    story.tell(0, { kind: 'coordinator-unloaded', topic: '__consumer_offsets', partition: 0 });
    story.tell(0, group('PreparingRebalance', 2));
    story.tell(0, group('Dead', 2, 'it was deleted'));
    story.tell(0, group('Stable', 1));
    expect(story.invariants.violations).toEqual([]);
    story.tell(0, group('PreparingRebalance', 0));
    expect(found(story)).toEqual(['one-assignment']);
  });

  test('what a consumer is assigned is read from its bytes', () => {
    const bytes = Buffer.from(
      '0003 00000002 0001 61 00000002 00000000 00000005 0002 6262 00000001 00000001 ffffffff'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    expect(assignedIn(bytes)).toEqual(['a-0', 'a-5', 'bb-1']);
    expect(assignedIn(Buffer.alloc(0))).toEqual([]);
  });
});

test('batches are read whole, up to an offset', () => {
  const bytes = Buffer.concat([0, 1, 2].map((offset) => batchAtOffset(offset)));
  const offsetsOf = (batches: readonly ObservedBatch[]): number[] =>
    batches.map(({ baseOffset }) => baseOffset);
  expect(offsetsOf(readBatches(bytes, 3).batches)).toEqual([0, 1, 2]);
  expect(offsetsOf(readBatches(bytes, 2).batches)).toEqual([0, 1]);
  expect(offsetsOf(readBatches(bytes.subarray(0, bytes.length - 1), 3).batches)).toEqual([0, 1]);
});

function batchAtOffset(offset: number): Buffer {
  const bytes = buildBatch({ records: [{ value: Buffer.from('value'), timestamp: 0 }] });
  for (const batch of batchesOf(bytes)) batch.baseOffset = offset;
  return bytes;
}
