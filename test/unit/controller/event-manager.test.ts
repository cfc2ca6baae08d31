import { describe, expect, test } from '@jest/globals';
import { Deferred } from '../../../src/common/index.ts';
import { ControllerContext } from '../../../src/controller/controller-context.ts';
import type { ControllerEvent } from '../../../src/controller/controller-event.ts';
import { ControllerEventManager } from '../../../src/controller/event-manager.ts';
import type { Turn } from '../../../src/controller/turn.ts';
import { Metrics, Timing } from '../../../src/metrics/index.ts';
import { FactStream } from '../../../src/observe/index.ts';
import { ManualTimers, recordingLogger, stoppedClock } from './fixtures.ts';

interface Setup {
  readonly events: ControllerEventManager;
  readonly log: string[];
  readonly errors: string[];
  readonly turns: Turn[];
  readonly metrics: Metrics;
  readonly timers: ManualTimers;
  /** The next event waits for this. */
  gate: Deferred<void> | null;
}

function setup(): Setup {
  const [log, errors, turns]: [string[], string[], Turn[]] = [[], [], []];
  const metrics = new Metrics(stoppedClock);
  const timers = new ManualTimers();
  const made: Setup = {
    log,
    errors,
    turns,
    metrics,
    timers,
    gate: null,
    events: new ControllerEventManager({
      clock: stoppedClock,
      timers,
      metrics,
      facts: new FactStream({ broker: 1, nowMs: () => 0 }),
      logger: recordingLogger(errors),
      processor: {
        async process(event: ControllerEvent, turn: Turn) {
          log.push(`begin ${event.kind}`);
          turns.push(turn);
          await made.gate?.promise;
          if (event.kind === 'TopicDeletion') throw new Error('no such luck');
          log.push(`end ${event.kind}`);
        },
        preempt: (event) => void log.push(`preempted ${event.kind}`),
      },
    }),
  };
  return made;
}

describe('the event queue', () => {
  test('an event is over before the next begins', async () => {
    const { events, log } = setup();
    events.put({ kind: 'BrokerChange' });
    await events.putAndWait({ kind: 'TopicChange' });
    expect(log).toEqual(['begin BrokerChange', 'end BrokerChange', 'begin TopicChange', 'end TopicChange']);
  });

  test('an event that fails is logged and stops nobody', async () => {
    const { events, log, errors } = setup();
    events.put({ kind: 'TopicDeletion' });
    await events.putAndWait({ kind: 'TopicChange' });
    expect(errors).toEqual(['Error processing event TopicDeletion']);
    expect(log.at(-1)).toBe('end TopicChange');
  });

  test('clearing lets the running event end, and tells the waiting ones', async () => {
    const made = setup();
    made.gate = new Deferred();
    made.events.put({ kind: 'BrokerChange' });
    made.events.put({ kind: 'TopicChange' });
    const expired = made.events.clearAndPut({ kind: 'Expire' });
    made.gate.resolve();
    await expired;
    expect(made.log).toEqual([
      'begin BrokerChange',
      'preempted TopicChange',
      'end BrokerChange',
      'begin Expire',
      'end Expire',
    ]);
  });

  test('after closing nothing runs any more', async () => {
    const { events, log } = setup();
    await events.close();
    await events.putAndWait({ kind: 'BrokerChange' });
    expect(log).toEqual(['preempted BrokerChange']);
  });

  test('closing does not wait for ever for an event that hangs', async () => {
    const made = setup();
    made.gate = new Deferred();
    made.events.put({ kind: 'BrokerChange' });
    const closed = made.events.close();
    made.timers.fireAll();
    await closed;
    expect(made.log).toEqual(['begin BrokerChange']);
  });

  test("counts and times events under Kafka's names, which exist before the first event", async () => {
    const { events, metrics } = setup();
    const name = 'kafka.controller:type=ControllerStats,name=LeaderElectionRateAndTimeMs';
    expect(metrics.get(name)).toBeInstanceOf(Timing);
    await events.putAndWait({ kind: 'BrokerChange' });
    expect(metrics.timing(name).meter.count).toBe(1);
    expect(
      metrics.histogram('kafka.controller:type=ControllerEventManager,name=EventQueueTimeMs').count,
    ).toBe(1);
  });
});

describe('the turn of an event', () => {
  test('is worth nothing once the event has ended', async () => {
    const { events, turns } = setup();
    await events.putAndWait({ kind: 'BrokerChange' });
    const context = new ControllerContext();
    expect(() => {
      context.setAllTopics(turns[0]!, ['orders']);
    }).toThrow('the BrokerChange event has ended');
    expect(context.allTopics.size).toBe(0);
  });
});
